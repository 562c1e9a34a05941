"""R14: failed serialisations by running all of it at SERIALIZABLE, and deadlocks by somebody who locks in the other order."""

import threading
import time

import psycopg
import pytest

from tests.faults import figure, size
from tests.faults.load import prepare, require_whole, writers
from tests.faults.parts import Postgres, until
from tests.live import LiveServer, live_server

WRITERS, WRITES, DEADLOCKS = 6, size("writes", 600), size("deadlocks", 10)
WAITING = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'vanguardai' AND wait_event_type = 'Lock'"


def undone(server: LiveServer) -> int:
    return sum(1 for line in server.log_lines() if "done again" in str(line.get("message", "")))


@pytest.mark.parametrize("fault", ["serialisation", "deadlock"])
def test_none_of_them_reaches_the_user(database: Postgres, fault: str) -> None:
    if fault == "serialisation":
        database.query("ALTER DATABASE vanguard SET default_transaction_isolation = 'serializable'")
    with live_server({"WEB_CONCURRENCY": "2", "DATABASE_URL": database.url(), "DATABASE_POOL_SIZE": "4"}) as server:
        load = prepare(server, database)
        load.policies = load.policies[:4]
        if fault == "serialisation":
            with writers(load, WRITERS, count=WRITES // WRITERS) as threads:
                until(lambda: not any(thread.is_alive() for thread in threads), "all are filed", seconds=600)
            made = "at SERIALIZABLE"
        else:
            with writers(load, WRITERS):
                for _ in range(DEADLOCKS):
                    lock_in_the_other_order(database, load.policies[0])
                    time.sleep(0.2)
            made = f"{DEADLOCKS} deadlocks"
        whole = require_whole(load, server, database)
        often = undone(server)
        figure("R14", f"{made}: {often} transactions undone and done again; answers {load.statuses()}; {whole}")
        assert often >= 1
        assert set(load.statuses()) == {201}


def lock_in_the_other_order(database: Postgres, policy: str) -> None:
    """A filing locks its policy first, and the table of claims by writing to it."""
    with psycopg.connect(database.url()) as connection:
        # The other side looks for the deadlock first, and is the one that is undone.
        connection.execute("SET deadlock_timeout = '60s'")
        connection.execute("LOCK TABLE claims_claim IN SHARE ROW EXCLUSIVE MODE")
        waited = threading.Event()
        deadline = time.monotonic() + 20
        while not waited.is_set() and time.monotonic() < deadline:
            (waiting,) = database.query(WAITING)[0]
            if int(str(waiting)) > 0:
                waited.set()
        connection.execute("SELECT id FROM policies_policy WHERE id = %s FOR UPDATE", [policy])
