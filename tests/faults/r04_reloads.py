"""R4: the platform is reloaded (SIGHUP) ten times behind nginx, while claims are filed without a pause."""

import os
import signal
import time

from tests.faults import figure, size
from tests.faults.load import p99, prepare, require_whole, writers
from tests.faults.parts import Postgres, family, nginx
from tests.live import live_server

RELOADS, POSTS, WRITERS = size("reloads", 10), size("posts", 20_000), 8


def test_a_deploy_loses_no_request(database: Postgres) -> None:
    with (
        live_server({"WEB_CONCURRENCY": "2", "DATABASE_URL": database.url(), "DATABASE_POOL_SIZE": "4"}) as server,
        nginx(server.port) as front,
    ):
        load = prepare(server, database, front)
        reloads = 0
        with writers(load, WRITERS, count=POSTS // WRITERS) as threads:
            while any(thread.is_alive() for thread in threads):
                time.sleep(0.2)
                if reloads < RELOADS and load.count() > (reloads + 1) * POSTS / (RELOADS + 2):
                    before = set(family(server.pid)[1:])
                    os.kill(server.pid, signal.SIGHUP)
                    reloads += 1
                    deadline = time.monotonic() + 40
                    while before & set(family(server.pid)) and time.monotonic() < deadline:
                        time.sleep(0.1)
        whole = require_whole(load, server, database)
        told = f"{reloads} reloads behind nginx, {len(load.answers):,} POSTs: answers {load.statuses()}"
        figure("R4", f"{told}, p99 {p99(load.answers) * 1000:.0f} ms; {whole}")
        assert reloads == RELOADS
        assert set(load.statuses()) == {201}
