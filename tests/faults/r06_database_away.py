"""R6: PostgreSQL is stopped for ten seconds and started again, under load."""

import time

from tests.faults import figure
from tests.faults.load import counted, prepare, require_whole, writers
from tests.faults.parts import Postgres, until
from tests.live import live_server

AWAY, WRITERS = 10.0, 6


def test_it_answers_503_while_the_database_is_away_and_writes_again_within_five_seconds(database: Postgres) -> None:
    with live_server({"WEB_CONCURRENCY": "2", "DATABASE_URL": database.url(), "DATABASE_POOL_SIZE": "4"}) as server:
        load = prepare(server, database)
        with writers(load, WRITERS):
            until(lambda: load.count() > 30, "writes before the fault")
            database.stop()
            gone = time.monotonic()
            time.sleep(AWAY)
            database.start()
            there = time.monotonic()
            before = load.count()
            back = until(lambda: load.count() > before + WRITERS, "writes after the fault")
            time.sleep(5)
        meanwhile = load.between(gone, there)
        statuses = counted(meanwhile)
        slowest = max(each.seconds for each in meanwhile)
        whole = require_whole(load, server, database)
        told = f"away for {there - gone:.0f} s: answers {statuses}, the slowest after {slowest:.1f} s"
        figure("R6", f"{told}; writes again {back:.1f} s after; {whole}")
        assert set(load.statuses()) <= {201, 503}
        assert back <= 5
