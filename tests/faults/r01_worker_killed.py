"""R1: workers are killed (-9) twenty times while claims are filed; who gets no answer asks again under the same key."""

import os
import signal
import time

from tests.faults import figure, size
from tests.faults.load import prepare, require_whole, writers
from tests.faults.parts import Postgres, family, until
from tests.live import LiveServer, live_server

KILLS, WRITERS = size("kills", 20), 6


def workers_of(server: LiveServer) -> list[int]:
    return family(server.pid)[1:]


def test_what_was_acknowledged_is_there_once(database: Postgres) -> None:
    with live_server({"WEB_CONCURRENCY": "2", "DATABASE_URL": database.url(), "DATABASE_POOL_SIZE": "4"}) as server:
        load = prepare(server, database)
        killed = 0
        with writers(load, WRITERS):
            while killed < KILLS:
                before = load.count()
                until(lambda before=before: load.count() > before + 5, "writes between two kills")  # type: ignore[misc]
                if pids := workers_of(server):
                    os.kill(pids[killed % len(pids)], signal.SIGKILL)
                    killed += 1
            time.sleep(1)
        whole = require_whole(load, server, database)
        figure("R1", f"{killed} kills: {load.tried_again} tries were repeated; {whole}")
        assert load.tried_again > 0
