"""What SQL a request writes: whoever only opens an address must leave nothing behind."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection

WRITES = re.compile(
    r"\s*(?:INSERT|UPDATE|DELETE|TRUNCATE|MERGE|CREATE|DROP|ALTER)\b\s*(?:OR \w+ )?(?:INTO|FROM|TABLE)?\s*\"?(\w+)", re.IGNORECASE
)
# That somebody is there is no effect of what was asked.
NO_EFFECT = frozenset({"django_session"})


@contextmanager
def written() -> Iterator[set[str]]:
    """The tables that the block writes to by this thread's connection, but for sessions."""
    tables: set[str] = set()

    def watch(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        if (found := WRITES.match(sql)) and found[1] not in NO_EFFECT:
            tables.add(found[1])
        return execute(sql, params, many, context)

    with connection.execute_wrapper(watch):
        yield tables
