"""Databases of a test's own on the tests' PostgreSQL, for servers that run beside it."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import psycopg
from django.db import connection, connections
from django.db.backends.postgresql.base import DatabaseWrapper
from psycopg import sql


def close_pools() -> None:
    """Later tests of this process would be handed a connection that the server has ended."""
    for each in connections.all(initialized_only=True):
        if isinstance(each, DatabaseWrapper):
            each.close_pool()


@contextmanager
def own_database(blocker: Any, name: str) -> Iterator[str]:
    """The URL of a migrated, empty copy of the tests' own database until the block ends. `blocker`: django_db_blocker, set up."""
    with blocker.unblock():
        source = str(connection.settings_dict["NAME"])
        connection.close()  # nobody may be connected to what is copied
        close_pools()
    url = urlsplit(os.environ["DATABASE_URL"])
    name = f"{name}_{os.getpid()}"
    with psycopg.connect(url._replace(path="/postgres").geturl(), autocommit=True) as server:
        # Threads of earlier tests that have ended may have left theirs open.
        server.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s AND state = 'idle'", [source])
        server.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(source)))
        try:
            yield url._replace(path=f"/{name}").geturl()
        finally:
            server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
