"""R7: every process of PostgreSQL is stopped where it is (SIGSTOP) for thirty seconds, under load."""

import signal
import threading
import time

import httpx

from tests.faults import figure
from tests.faults.load import Caller, counted, prepare, require_whole, writers
from tests.faults.parts import Postgres, signal_all, until
from tests.live import live_server

HANGS, WRITERS, READERS, DEADLINE = 30.0, 6, 3, 5.0


def test_an_error_comes_within_the_deadline_and_liveness_stays_up(database: Postgres) -> None:
    with live_server({"WEB_CONCURRENCY": "2", "DATABASE_URL": database.url(), "DATABASE_POOL_SIZE": "4"}) as server:
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
            stopped = database.freeze()
            gone = time.monotonic()
            alive = []
            while time.monotonic() < gone + HANGS:
                began = time.monotonic()
                assert httpx.get(f"{server.url}/health/live", timeout=5).status_code == 200
                alive.append(time.monotonic() - began)
                time.sleep(0.25)
            signal_all(stopped, signal.SIGCONT)
            there = time.monotonic()
            before = load.count()
            back = until(lambda: load.count() > before + WRITERS, "writes after the fault")
            time.sleep(3)
        for reader in readers:
            reader.join(timeout=60)
        meanwhile = [each for each in load.between(gone - DEADLINE, there) if each.sent + each.seconds > gone]
        slowest = max(each.seconds for each in meanwhile)
        statuses = counted(meanwhile)
        whole = require_whole(load, server, database)
        told = f"hung for {HANGS:.0f} s: answers {statuses}, the slowest after {slowest:.1f} s"
        figure("R7", f"{told}; /health/live within {max(alive) * 1000:.0f} ms; writes again {back:.1f} s after; {whole}")
        late = [(each.status, round(each.sent - gone, 1), round(each.seconds, 1)) for each in meanwhile if each.seconds > DEADLINE]
        assert late == [], f"status, sent, took: {late}"
        assert set(load.statuses()) <= {200, 201, 503}
