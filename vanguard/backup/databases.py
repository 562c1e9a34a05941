"""The two kinds of databases, spoken to alike."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from django.db import DEFAULT_DB_ALIAS, connections

from vanguard.backup import postgresql, sqlite


def vendor() -> str:
    return connections[DEFAULT_DB_ALIAS].vendor


def dump(target: Any, beside: Path) -> tuple[dict[str, int], str]:
    """Writes the database into `target`: the rows of each table, and the server's version. `beside`: a folder for what lies between."""
    return postgresql.dump(target) if vendor() == "postgresql" else sqlite.dump(target, beside)


def roles() -> list[str]:
    """Whom a dump names, though no dump makes them: there are none on SQLite."""
    return postgresql.roles() if vendor() == "postgresql" else []


def load(source: IO[bytes], roles: Iterable[str]) -> None:
    """Makes the database what `source` holds: all of it, or nothing has changed. Connections of this process are given up first."""
    connections.close_all()
    if vendor() == "postgresql":
        postgresql.load(source, roles)
    else:
        sqlite.load(source)


def is_empty() -> bool:
    return postgresql.is_empty() if vendor() == "postgresql" else sqlite.is_empty()


def counts() -> dict[str, int]:
    return postgresql.counts() if vendor() == "postgresql" else sqlite.counts()


@contextmanager
def scratch() -> Iterator[str]:
    """The name of an empty database beside the configured one, which goes again."""
    with (postgresql if vendor() == "postgresql" else sqlite).scratch() as name:
        yield name
