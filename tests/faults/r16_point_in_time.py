"""R16: a wrong bulk change under load, and the platform put back as it was the moment before: PostgreSQL's own archive and base copy."""

import shutil
import time
from pathlib import Path

from tests.faults import figure
from tests.faults.load import POLICIES, prepare, require_whole, writers
from tests.faults.parts import OWNER, Postgres, folder_of, until
from tests.live import live_server

WRITERS = 4
WRONG = "UPDATE customers_customer SET first_name = 'oops'"


def test_it_is_as_it_was_the_moment_before(database: Postgres) -> None:
    with folder_of(OWNER) as folder:
        archive, restored = folder / "archive", Postgres(folder / "restored")
        archive.mkdir(mode=0o777)
        shutil.chown(archive, OWNER)
        database.settings |= {"archive_mode": "on", "archive_command": f"cp %p {archive}/%f", "wal_level": "replica"}
        database.stop()
        database.start()
        with live_server({"WEB_CONCURRENCY": "2", "DATABASE_URL": database.url(), "DATABASE_POOL_SIZE": "4"}) as server:
            load = prepare(server, database)
            names = database.query("SELECT count(DISTINCT first_name) FROM customers_customer")
            with writers(load, WRITERS):
                until(lambda: load.count() > 30, "writes before the base copy")
                options = [
                    "-h",
                    "127.0.0.1",
                    "-p",
                    str(database.port),
                    "-U",
                    "postgres",
                    "-D",
                    str(restored.data),
                    "-X",
                    "none",
                    "-c",
                    "fast",
                ]
                database.run("pg_basebackup", *options)
                until(lambda: load.count() > 100, "writes after the base copy")
                kept = dict(load.acknowledged)
                time.sleep(1.5)
                ((moment,),) = database.query("SELECT clock_timestamp()::text")
                time.sleep(0.5)
                database.query(WRONG)
                wrong_at = time.monotonic()
                until(lambda: load.count() > len(kept) + 20, "writes after the wrong change")
            database.query("SELECT pg_switch_wal()")
            until(lambda: not list((database.data / "pg_wal" / "archive_status").glob("*.ready")), "everything is archived")
            began = time.monotonic()
            recover(restored, archive, str(moment))
            seconds = time.monotonic() - began
            try:
                assert restored.query("SELECT count(DISTINCT first_name) FROM customers_customer") == names
                there = {str(key) for (key,) in restored.query("SELECT description FROM claims_claim")}
                later = set(load.acknowledged) - there
                assert set(kept) <= there
                load.acknowledged = {key: pk for key, pk in load.acknowledged.items() if key in there}
                verifying = time.monotonic()
                whole = require_whole(load, server, restored)
                verified = time.monotonic() - verifying
            finally:
                restored.stop()
        told = (
            f"as of the moment before {POLICIES} customers were renamed under load: back in {seconds:.1f} s, verified in {verified:.1f} s"
        )
        lost = f"{len(later)} later writes are in the old cluster only ({time.monotonic() - wrong_at:.0f} s later)"
        figure("R16", f"{told}; {whole}; {lost}")


def recover(restored: Postgres, archive: Path, moment: str) -> None:
    """The base copy, and the archive on top of it up to `moment`; then it takes writes."""
    (restored.data / "recovery.signal").touch()
    shutil.chown(restored.data / "recovery.signal", OWNER)
    restored.settings = {
        "archive_mode": "off",
        "restore_command": f"cp {archive}/%f %p",
        "recovery_target_time": moment,
        "recovery_target_action": "promote",
    }
    restored.start()
    until(lambda: restored.query("SELECT pg_is_in_recovery()") == [(False,)], "recovery is done")
