"""R5: each worker ends after a hundred requests and a fresh one comes, behind nginx, while claims are filed without a pause."""

from tests.faults import figure, size
from tests.faults.load import p99, prepare, require_whole, writers
from tests.faults.parts import Postgres, nginx, until
from tests.live import live_server

POSTS, WRITERS = size("posts", 20_000), 8


def test_recycling_loses_no_request(database: Postgres) -> None:
    recycled = {"GUNICORN_CMD_ARGS": "--max-requests 100 --max-requests-jitter 20"}
    with (
        live_server({"WEB_CONCURRENCY": "2", "DATABASE_URL": database.url(), "DATABASE_POOL_SIZE": "4", **recycled}) as server,
        nginx(server.port) as front,
    ):
        load = prepare(server, database, front)
        with writers(load, WRITERS, count=POSTS // WRITERS) as threads:
            until(lambda: not any(thread.is_alive() for thread in threads), "all are filed", seconds=2_000)
        began = sum(1 for line in server.log_lines() if "Booting worker" in str(line.get("message", "")))
        whole = require_whole(load, server, database)
        told = f"{began} workers began, {len(load.answers):,} POSTs through nginx: answers {load.statuses()}"
        figure("R5", f"{told}, p99 {p99(load.answers) * 1000:.0f} ms; {whole}")
        assert began > POSTS // 200
        assert set(load.statuses()) == {201}
