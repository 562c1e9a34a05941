"""Databases of a test's own on the tests' PostgreSQL, for servers beside it, and what is said to the test's own connection."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import psycopg
from django.db import connection
from psycopg import sql

from tests import migrated


@contextmanager
def own_database(blocker: Any, name: str) -> Iterator[str]:
    """The URL of a migrated, empty database until the block ends. `blocker`: django_db_blocker, set up.

    A copy of what the tests' own is a copy of: to that one threads of earlier tests may still be connected, and need to stay so.
    """
    with blocker.unblock():
        source = migrated.on_postgresql(str(connection.settings_dict["NAME"]))
    url = urlsplit(os.environ["DATABASE_URL"])
    name = f"{name}_{os.getpid()}"
    with psycopg.connect(url._replace(path="/postgres").geturl(), autocommit=True) as server:
        server.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(source)))
        try:
            yield url._replace(path=f"/{name}").geturl()
        finally:
            server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def on_postgresql(statement: str) -> None:
    """Runs it on the test's own connection, where that is PostgreSQL."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(statement)
