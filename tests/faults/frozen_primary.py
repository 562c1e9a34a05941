"""The primary freezes (SIGSTOP of all its processes: it takes connections and answers nothing), and its replica is promoted.

Not R8, whose primary is dead and refuses: a frozen one keeps every connection open. Not R7 either, where nobody else can answer. It
wakes up at the end, as a machine does that was only slow; then the platform, which knows both addresses, must not write to it: whoever
promotes has to have fenced it (here: it is ended before it can answer).
"""

import signal
import threading
import time

import httpx

from tests.faults import figure
from tests.faults.load import Caller, counted, prepare, require_whole, writers
from tests.faults.parts import OWNER, Postgres, folder_of, signal_all, until
from tests.live import live_server

WRITERS, READERS, NOTICED, DEADLINE = 6, 3, 2.0, 5.0


def test_requests_end_in_time_and_go_on_at_the_promoted_replica(database: Postgres) -> None:
    with folder_of(OWNER) as folder:
        replica = database.replica(folder / "replica")
        try:
            # A commit is acknowledged when the replica has it too: without that, some are lost with the primary.
            database.query("ALTER SYSTEM SET synchronous_standby_names = '*'")
            database.query("SELECT pg_reload_conf()")
            until(lambda: database.query("SELECT 1 FROM pg_stat_replication WHERE sync_state = 'sync'") != [], "a synchronous replica")
            freeze(database, replica)
        finally:
            replica.stop()


def freeze(database: Postgres, replica: Postgres) -> None:
    url = f"postgres://postgres@127.0.0.1:{database.port},127.0.0.1:{replica.port}/vanguard"
    with live_server({"WEB_CONCURRENCY": "2", "DATABASE_URL": url, "DATABASE_POOL_SIZE": "4"}) as server:
        load = prepare(server, database)

        def read() -> None:
            caller = Caller(load)
            while not load.ended.is_set():
                caller.ask("GET", f"/api/policies/{load.policies[0]}")
                time.sleep(0.05)

        readers = [threading.Thread(target=read, daemon=True) for _ in range(READERS)]
        with writers(load, WRITERS):
            for reader in readers:
                reader.start()
            until(lambda: load.count() > 30, "writes before the fault")
            frozen = database.freeze()
            gone = time.monotonic()
            time.sleep(NOTICED)  # as long as whoever watches takes at least
            replica.run("pg_ctl", "promote", "-D", str(replica.data))
            promoted = time.monotonic()
            before = load.count()
            until(lambda: load.count() > before + WRITERS, "writes to the new primary")
            back = time.monotonic()
            until(lambda: any(each.status == 200 and each.sent > promoted for each in load.answers), "reads from the new primary")
            alive = httpx.get(f"{server.url}/health/live", timeout=5).status_code
            time.sleep(5)
            settled = [each for each in load.answers if each.sent > back + 2]
        for reader in readers:
            reader.join(timeout=60)
        signal_all(frozen, signal.SIGKILL)  # fenced: it never answers again
        meanwhile = [each for each in load.answers if gone - DEADLINE < each.sent < back and each.sent + each.seconds > gone]
        slowest = max(each.seconds for each in meanwhile)
        whole = require_whole(load, server, replica)
        told = f"writes again {back - gone:.1f} s after it froze and {back - promoted:.1f} s after the replica was promoted"
        later = f"two seconds later {counted(settled)}"
        figure("FROZEN", f"{told}; answers meanwhile {counted(meanwhile)}, the slowest after {slowest:.1f} s; {later}; {whole}")
        assert alive == 200
        assert set(load.statuses()) <= {200, 201, 503}
        assert set(counted(settled)) <= {200, 201}
        late = [(each.status, round(each.sent - gone, 1), round(each.seconds, 1)) for each in meanwhile if each.seconds > DEADLINE]
        assert late == [], f"status, sent, took: {late}"
        assert back - gone <= 15
