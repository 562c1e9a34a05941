"""The running platform for a long form: on PostgreSQL where the tests are, on SQLite else."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection

from tests.databases import own_database
from tests.live import WITHOUT_END, LiveServer, live_server

# A crash to be found: a table that lists read is away, as after a migration that went wrong.
CRASH = """
from django.db import connection
with connection.cursor() as cursor:
    cursor.execute("ALTER TABLE claims_claim RENAME TO claims_claim_away")
"""


@contextmanager
def platform(blocker: Any, name: str, seed: str) -> Iterator[LiveServer]:
    """With two workers, and nobody counted out. `blocker`: django_db_blocker, set up; `name`: of its database, where it has one."""
    variables = {"WEB_CONCURRENCY": "2"} | WITHOUT_END
    if connection.vendor != "postgresql":
        with live_server(variables, seed=seed) as running:
            yield running
        return
    with own_database(blocker, name) as url, live_server(variables | {"DATABASE_URL": url}, seed=seed) as running:
        yield running
