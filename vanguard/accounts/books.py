"""What must hold of who may change what: the net beneath the writes of policyholders is there."""

from collections.abc import Iterator

from django.db import connection

from vanguard import own_writes
from vanguard.books import Invariant, Looking, Offender, keep, search


def _unwatched(_looking: Looking) -> Iterator[Offender]:
    for table in own_writes.missing():
        says = f"Policyholders' writes to {table} are not looked at: its trigger is missing, off or another. Run manage.py migrate."
        yield Offender("", "", "Triggers", says)


if connection.vendor == "postgresql":  # SQLite has no such net
    keep(
        Invariant(
            "own_writes",
            "Log-ins",
            "Every table whose rows belong to somebody has the trigger that refuses a policyholder somebody else's rows.",
            search(_unwatched),
        )
    )
