"""A read replica for reports and lists: own writes are always there, whether it follows, lags, hangs, is gone or is no replica any more."""

import re
import signal
import time

import httpx

from tests.faults import figure
from tests.faults.load import AWAY, Caller, Load, prepare, require_whole, writers
from tests.faults.parts import OWNER, Postgres, folder_of, signal_all, until
from tests.faults.r09_redis_away import workbench
from tests.live import LiveServer, live_server
from vanguard.replica import ASIDE_SECONDS

WRITERS, LOOKS, DEADLINE, PATIENCE = 3, 30, 5.0, 60.0
ANSWERED = re.compile(r'vanguard_replica_reads_total\{answered="(\w+)"\} ([\d.]+)')


class Reader:
    """Files a claim and looks at once whether the list and a report have it."""

    def __init__(self, server: LiveServer, load: Load, database: Postgres, desk: httpx.Client) -> None:
        self.server, self.load, self.database, self.desk = server, load, database, desk
        self.caller, self.number = Caller(load), 0
        self.slowest = 0.0

    def look(self, *, after_writing: bool = True) -> None:
        number = self._file() if after_writing else None
        open_claims = self.database.query("SELECT count(*) FROM claims_claim WHERE closed_at IS NULL")[0][0]
        began = time.monotonic()
        page = self.desk.get("/admin/claims/claim/", params={"view": "all", "q": number or "CLM"})
        report = self.desk.get("/api/reports/inventory", headers={"Authorization": f"Bearer {self.load.token}"})
        self.slowest = max(self.slowest, time.monotonic() - began)
        assert (page.status_code, report.status_code) == (200, 200), (page.status_code, report.text[:300])
        if number:
            assert number in page.text.partition("<main")[2], f"{number} is not in the list"
        [table] = [each for each in report.json()["data"]["tables"] if each["name"] == "inventory"]
        assert table["total"]["claims"] >= open_claims, (table["total"], open_claims)

    def answered(self) -> dict[str, int]:
        found = ANSWERED.findall(httpx.get(f"{self.server.url}/metrics", timeout=30).text)
        return {name: int(float(count)) for name, count in found}

    def of(self, looks: int = 3, *, after_writing: bool = True) -> tuple[set[str], float]:
        """Who answered so many looks, and how long the slowest took."""
        before, self.slowest = self.answered(), 0.0
        for _ in range(looks):
            self.look(after_writing=after_writing)
        return {name for name, count in self.answered().items() if count > before.get(name, 0)}, self.slowest

    def _file(self) -> str:
        key, self.number = f"{self.load.name}9-{self.number}", self.number + 1
        latest = time.monotonic() + PATIENCE
        while (found := self.caller.file(key, self.number)) is None:
            assert self.load.wrong == []
            assert time.monotonic() < latest, f"{key}: {self.load.answers[-1]}"
            time.sleep(0.1)
        self.load.acknowledged[key] = found
        return str(self.database.query("SELECT claim_number FROM claims_claim WHERE id = %s::uuid", found)[0][0])


def test_nobody_misses_what_was_written_and_the_primary_answers_where_the_replica_cannot(database: Postgres) -> None:
    with folder_of(OWNER) as folder:
        replica = database.replica(folder / "replica")
        try:
            follow(database, replica)
        finally:
            if replica.process is not None:
                signal_all([replica.process.pid], signal.SIGCONT)
            replica.stop()


def follow(database: Postgres, replica: Postgres) -> None:
    variables = {"DATABASE_URL": database.url(), "DATABASE_REPLICA_URL": replica.url(), "DATABASE_POOL_SIZE": "4"}
    with live_server({"WEB_CONCURRENCY": "1", **variables}) as server, workbench(server.url) as desk:
        load = prepare(server, database)
        reader = Reader(server, load, database, desk)
        with writers(load, WRITERS):
            until(lambda: load.count() > 20, "writes")
            for _ in range(LOOKS):
                reader.look()
        shares, following = reader.answered(), reader.slowest
        assert shares["replica"] > 0, shares
        assert sum(shares.values()) == shares["replica"] + shares.get("lags", 0), shares

        replica.query("SELECT pg_wal_replay_pause()")
        lagging, lagged = reader.of()
        replica.query("SELECT pg_wal_replay_resume()")
        assert lagging == {"lags"}
        until(lambda: reader.of(1, after_writing=False)[0] == {"replica"}, "the replica follows again", seconds=30)

        frozen = replica.freeze()
        hanging, hung = reader.of()
        assert hanging <= {"away", "failed"}
        assert hung < DEADLINE, hung
        signal_all(frozen, signal.SIGCONT)
        time.sleep(ASIDE_SECONDS)
        until(lambda: reader.of(1, after_writing=False)[0] == {"replica"}, "the replica is asked again", seconds=60)

        replica.stop(signal.SIGKILL)
        gone, missed = reader.of()
        assert gone <= {"away", "failed"}
        # Once it was left alone for long enough it is asked again, and found gone again; whoever comes next does not wait.
        time.sleep(ASIDE_SECONDS)
        still, missed_again = reader.of()
        assert still == {"away"}
        missed = max(missed, missed_again)
        assert missed < DEADLINE, missed
        replica.start()
        replica.run("pg_ctl", "promote", "-D", str(replica.data))
        time.sleep(ASIDE_SECONDS)
        promoted, _ = reader.of()
        assert "replica" not in promoted, promoted
        assert "other" in promoted, promoted

        # AWAY: a connection that rested while the pages were looked at, and was closed for it.
        assert set(load.statuses()) <= {AWAY, 201, 503}, load.statuses()
        whole = require_whole(load, server, database)
        told = f"{LOOKS} lists and reports, each after a filing, beside {WRITERS} who file: {shares}, the slowest {following:.1f} s"
        faults = (
            f"paused {sorted(lagging)} within {lagged:.1f} s, frozen {sorted(hanging)} {hung:.1f} s, killed {sorted(gone)} {missed:.1f} s"
        )
        figure("REPLICA", f"{told}; {faults}, promoted {sorted(promoted)}; nothing written was missed in any; {whole}")
