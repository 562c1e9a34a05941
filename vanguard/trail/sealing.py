"""Sealing: committed records get their place in the chain, in an order into which nothing can slip later.

Writers do not wait for each other: what a transaction recorded is chained after its commit. On PostgreSQL only transactions older than any
that still runs are sealed, by their numbers; so whoever commits late is not passed over, it holds the sealing up until it has ended. One
process seals at a time; each batch is a transaction, so a kill loses nothing and repeats nothing.
"""

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections, transaction
from django.utils import timezone

from vanguard.observability.compliance import record_event
from vanguard.trail.chain import START, TOLD, Chain, Head, last_head, open_or_begin, vendor
from vanguard.trail.models import AuditHead

BATCH = 10_000
LOCK = 0x76616E_61756469  # any number that nothing else of ours locks
OLDEST_RUNNING = "SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint"
# One look into an index for each record; as an anti-join it would be planned by statistics that a table which grows never has.
UNSEALED = "(SELECT l.sequence FROM audit_link l WHERE l.record_id = r.id) IS NULL"


@dataclass(frozen=True, slots=True)
class Sealed:
    """What one call has done: so many records, and the head that the chain now has."""

    records: int
    head: Head | None
    busy: bool = False


def seal() -> Sealed:
    """Seal all that can be sealed now. `busy` where another process is at it."""
    total, after = 0, (0, 0)
    while True:
        with transaction.atomic():
            if not _is_alone():
                return Sealed(total, last_head(), busy=True)
            number, after = _seal_batch(open_or_begin(), after)
        total += number
        if number < BATCH:
            return Sealed(total, last_head())


def _is_alone() -> bool:
    return bool(vendor() != "postgresql" or _rows("SELECT pg_try_advisory_xact_lock(%s)", [LOCK])[0][0])


def _seal_batch(chain: Chain, after: tuple[int, int]) -> tuple[int, tuple[int, int]]:
    """How many were sealed, and the last of them: transaction and id. `after` is that of the batch before in this call."""
    head = last_head()
    found, reached = _unsealed(head, after)
    if not found:
        return 0, after
    digest, sequence, links = (head.digest, head.sequence, []) if head else (START, 0, [])
    for record_id, _, told in found:
        sequence += 1
        digest = chain.digest(digest, sequence, bytes(told))
        links.append((sequence, record_id, digest))
    _store(links)
    last = (found[-1][1], found[-1][0])
    _sign(chain, Head(sequence, digest, timezone.now(), reached if len(found) < BATCH else last[0]), len(found))
    return len(found), last


def _sign(chain: Chain, head: Head, records: int) -> None:
    signed = dataclasses.replace(head, signature=chain.sign(head))
    AuditHead.objects.create(**{field.name: getattr(signed, field.name) for field in dataclasses.fields(signed)})
    # Where the compliance log is kept elsewhere, each head is out of the database's owner's reach from here on.
    transaction.on_commit(lambda: record_event("audit_sealed", records=records, **signed.exported()))


def _unsealed(head: Head | None, after: tuple[int, int]) -> tuple[list[tuple[int, int, Any]], int]:
    """The next records (id, transaction, as told), and below which transaction nothing will be left when they are sealed."""
    if vendor() != "postgresql":
        [(last,)] = _rows("SELECT coalesce(max(record_id), 0) FROM audit_link", [])
        return _rows(f"{_told()} WHERE r.id > %s ORDER BY r.id LIMIT {BATCH}", [last]), 0
    [(reached,)] = _rows(OLDEST_RUNNING, [])
    since = head.sealed_before if head else 0
    # A dump that was restored elsewhere: the numbers of transactions began anew there.
    first = max((0 if reached < since else since, 0), after)
    where = f"(r.transaction, r.id) > (%s, %s) AND r.transaction < %s AND {UNSEALED}"
    return _rows(f"{_told()} WHERE {where} ORDER BY r.transaction, r.id LIMIT {BATCH}", [*first, reached]), reached


def _told() -> str:
    return f'SELECT r.id, r."transaction", {TOLD[vendor()]} FROM audit_record r'  # noqa: S608  # names of ours


def _store(links: Sequence[tuple[int, int, bytes]]) -> None:
    connection = connections[DEFAULT_DB_ALIAS]
    with connection.cursor() as cursor:
        if connection.vendor != "postgresql":
            cursor.executemany("INSERT INTO audit_link (sequence, record_id, digest) VALUES (%s, %s, %s)", links)
            return
        with connection.wrap_database_errors, cursor.copy("COPY audit_link (sequence, record_id, digest) FROM STDIN") as copy:
            for link in links:
                copy.write_row(link)


def _rows(sql: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
    with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
        cursor.execute(sql, values)
        return list(cursor.fetchall())
