"""R8: the primary is killed (-9) under load and its replica promoted; the platform has both addresses and finds the new primary."""

import signal
import time

from tests.faults import figure
from tests.faults.load import counted, prepare, require_whole, writers
from tests.faults.parts import OWNER, Postgres, folder_of, until
from tests.live import live_server

WRITERS, NOTICED = 6, 2.0


def test_no_acknowledged_write_is_lost_and_writes_go_on(database: Postgres) -> None:
    with folder_of(OWNER) as folder:
        replica = database.replica(folder / "replica")
        try:
            # A commit is acknowledged when the replica has it too: without that, some are lost with the primary.
            database.query("ALTER SYSTEM SET synchronous_standby_names = '*'")
            database.query("SELECT pg_reload_conf()")
            until(lambda: database.query("SELECT 1 FROM pg_stat_replication WHERE sync_state = 'sync'") != [], "a synchronous replica")
            fail_over(database, replica)
        finally:
            replica.stop()


def fail_over(database: Postgres, replica: Postgres) -> None:
    url = f"postgres://postgres@127.0.0.1:{database.port},127.0.0.1:{replica.port}/vanguard"
    with live_server({"WEB_CONCURRENCY": "2", "DATABASE_URL": url, "DATABASE_POOL_SIZE": "4"}) as server:
        load = prepare(server, database)
        with writers(load, WRITERS):
            until(lambda: load.count() > 30, "writes before the fault")
            database.stop(signal.SIGKILL)
            killed = time.monotonic()
            time.sleep(NOTICED)  # as long as whoever watches takes at least
            replica.run("pg_ctl", "promote", "-D", str(replica.data))
            before = load.count()
            until(lambda: load.count() > before + WRITERS, "writes to the new primary")
            back = time.monotonic()
            time.sleep(5)
        meanwhile = counted(load.between(killed, back))
        whole = require_whole(load, server, replica)
        figure(
            "R8", f"writes again {back - killed:.1f} s after the kill (noticed after {NOTICED:g} s); answers meanwhile {meanwhile}; {whole}"
        )
        assert set(load.statuses()) <= {201, 503}
        assert back - killed <= 15
