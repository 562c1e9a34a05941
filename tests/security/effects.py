"""What SQL a request writes: whoever only opens an address must leave nothing behind."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection

# What is said in quotes, or beside, is no statement; an even number of quotes within makes no difference.
TEXT = re.compile(r"'[^']*'|/\*.*?\*/|--[^\n]*", re.DOTALL)
# A write begins a statement, or a part of one: changes that are sent at once (vanguard.plans) are `WITH c0 AS (INSERT …) INSERT …`.
# FOR UPDATE and ON CONFLICT … DO UPDATE begin nothing.
WRITES = re.compile(
    r"(?:^|[;()])\s*(?:INSERT|REPLACE|UPDATE|DELETE|TRUNCATE|MERGE|CREATE|DROP|ALTER)\b"
    r"\s*(?:OR \w+ )?(?:(?:INTO|FROM|TABLE)\b)?\s*(?:ONLY\b)?\s*\"?(\w+)",
    re.IGNORECASE,
)
# That somebody is there is no effect of what was asked.
NO_EFFECT = frozenset({"django_session"})


def tables_of(sql: str) -> set[str]:
    """The tables that a statement writes to, wherever in it that stands."""
    return set(WRITES.findall(TEXT.sub(" ", sql)))


@contextmanager
def written() -> Iterator[set[str]]:
    """The tables that the block writes to by this thread's connection, but for sessions."""
    tables: set[str] = set()

    def watch(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        tables.update(tables_of(sql) - NO_EFFECT)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(watch):
        yield tables
