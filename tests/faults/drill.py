"""The restore drill: everything is lost but the backup and the keys, and a platform that was verified serves again. Timed, step by step."""

import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.faults import figure, size
from tests.faults.load import Caller, prepare, writers
from tests.faults.parts import Postgres, postgres, until
from tests.live import live_server, manage, server_environment

CLAIMS = size("claims", 200)


class Clock:
    """What each step took."""

    def __init__(self) -> None:
        self.steps: dict[str, float] = {}

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        began = time.monotonic()
        yield
        self.steps[name] = time.monotonic() - began

    def told(self) -> str:
        return ", ".join(f"{name} {seconds:.1f} s" for name, seconds in self.steps.items())


def test_from_nothing_to_a_verified_platform(database: Postgres, tmp_path: Path) -> None:
    backups = tmp_path / "backups"
    kept = a_night_before(database, backups)
    clock, began = Clock(), time.monotonic()
    with postgres() as empty:
        folder = tmp_path / "restored"
        folder.mkdir()
        settings = server_environment(folder, 0) | {"DATABASE_URL": empty.url(), "MEDIA_ROOT": str(folder / "documents")}
        settings |= {"ERASURE_LEDGER": str(folder / "erasures.jsonl")}
        (found,) = backups.glob("vanguard-*")
        with clock.step("restore"):
            manage(settings, "restore", str(found))
        with clock.step("migrate"):
            manage(settings, "migrate", "--verbosity", "0")
        if Path(settings["ERASURE_LEDGER"]).exists():  # nobody was ever erased otherwise
            with clock.step("erasures replayed"):
                manage(settings, "replay_erasures")
        with clock.step("verified"):
            manage(settings, "verify_all")
        with clock.step("served and filed"):
            serves_again(empty, settings, kept)
        figure("DRILL", f"from an empty cluster and folder to a claim filed in {time.monotonic() - began:.1f} s: {clock.told()}")


def a_night_before(database: Postgres, backups: Path) -> set[str]:
    """Work, a backup that is proven, and the loss of everything else. Returns the claims that were acknowledged."""
    backups.mkdir()
    with live_server({"WEB_CONCURRENCY": "1", "DATABASE_URL": database.url()}) as server:
        load = prepare(server, database)
        with writers(load, 2, count=CLAIMS // 2) as threads:
            until(lambda: not any(thread.is_alive() for thread in threads), "the claims are filed", seconds=600)
        assert load.wrong == []
        server.manage("audit_seal")
        server.manage("backup", str(backups))
    database.stop()
    shutil.rmtree(database.data)
    return set(load.acknowledged.values())


def serves_again(restored: Postgres, settings: dict[str, str], kept: set[str]) -> None:
    told = {name: settings[name] for name in ("DATABASE_URL", "MEDIA_ROOT", "ERASURE_LEDGER")}
    with live_server({"WEB_CONCURRENCY": "1", **told}) as server:
        load = prepare(server, restored, name="after")
        filed = Caller(load).file("after0-0", 0)
        there = {str(pk) for (pk,) in restored.query("SELECT id::text FROM claims_claim")}
        assert filed in there
        assert kept <= there
