"""The platform behind PgBouncer in transaction mode, with fewer connections than threads that write and read."""

import threading

import httpx

from tests.faults import figure
from tests.faults.load import Caller, counted, p99, prepare, require_whole, writers
from tests.faults.parts import Postgres, pgbouncer, until
from tests.faults.r09_redis_away import workbench
from tests.live import live_server, manage

WRITERS, READERS = 8, 4
LIMITS = "ALTER ROLE postgres SET {name} = '{value}'"


def test_it_writes_reads_and_exports_over_five_connections(database: Postgres) -> None:
    for name, value in {
        "statement_timeout": "25s",
        "lock_timeout": "10s",
        "idle_in_transaction_session_timeout": "60s",
        "jit": "off",
        "hash_mem_multiplier": "16",
    }.items():
        database.query(LIMITS.format(name=name, value=value))
    with pgbouncer(database.port) as port:
        url = f"postgres://postgres@127.0.0.1:{port}/vanguard?pgbouncer=true"
        with live_server({"WEB_CONCURRENCY": "2", "DATABASE_URL": url}) as server:
            load = prepare(server, database)

            def read() -> None:
                caller = Caller(load)
                while not load.ended.is_set():
                    caller.ask("GET", "/api/policies?page=1&page_size=20")

            readers = [threading.Thread(target=read, daemon=True) for _ in range(READERS)]
            with writers(load, WRITERS):
                for reader in readers:
                    reader.start()
                with workbench(server.url) as client:
                    assert client.get("/admin/claims/claim/").status_code == 200
                until(lambda: load.count() > 400, "writes", seconds=300)
                # Whole tables, piece by piece: a server-side cursor would meet another connection.
                manage(server.environment, "reconcile_totals")
                manage(server.environment, "audit_seal")
                manage(server.environment, "verify_all")
                assert httpx.get(f"{server.url}/health", timeout=30).status_code == 200
            for reader in readers:
                reader.join(timeout=60)
            whole = require_whole(load, server, database)
            held = database.query("SELECT count(*) FROM pg_stat_activity WHERE datname = 'vanguard'")[0][0]
            answers = f"answers {counted(load.answers)}, p99 {p99(load.answers) * 1000:.0f} ms"
            told = f"{len(load.answers):,} requests over {held} connections: {answers}"
            figure("PGBOUNCER", f"{told}; {whole}")
            assert set(load.statuses()) == {200, 201}
