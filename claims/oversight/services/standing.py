"""Reading a lot, while others write."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction

# So long may one statement take; requests have seconds.
LONGEST = "15min"


@contextmanager
def standing_still() -> Iterator[None]:
    """All that is read inside is as of one instant, whoever writes meanwhile. Nothing is written.

    On SQLite a transaction would hold every writer up, so there each statement stands for itself.
    """
    if connection.vendor != "postgresql":
        yield
        return
    alone = not connection.in_atomic_block
    with transaction.atomic(), connection.cursor() as cursor:
        if alone:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        cursor.execute(f"SET LOCAL statement_timeout = '{LONGEST}'")
        yield
