"""From recorded changes to deliveries: what was committed and somebody has subscribed to, once, in the order of the commits' transactions.

The database records each change in its own transaction (vanguard.recording), so what was rolled back is not there and what was committed
cannot be missing. On PostgreSQL only transactions older than any that still runs are looked at: nothing can slip in behind.
"""

import datetime
from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID, uuid5

from django.db import connection, transaction
from django.utils import timezone

from vanguard.http.rendering import to_json
from vanguard.trail import sealing
from vanguard.trail.models import AuditRecord
from vanguard.webhooks.models import Cursor, Delivery, Endpoint, Event
from vanguard.webhooks.sources import Source, sources

WINDOW = 5_000
# Ids of events are made from those of the rows that tell of them, within this namespace.
EVENTS = UUID("5d0c3b7e-6a57-4c54-9d39-0d7a3b1f2c11")
# A step that was taken so long before it was written down came with a book that was taken over: for partners it is no news.
NEWS_FOR = datetime.timedelta(hours=1)
LOOKED_AT_EVERY = datetime.timedelta(seconds=30)

type Place = tuple[int, int]


def notice() -> int:
    """Make deliveries of what is new. Returns how many; 0 where another process is at it."""
    made, more = 0, True
    while more:
        with transaction.atomic():
            cursor = _cursor()
            if cursor is None:
                return made
            number, more = _noticed(cursor)
        made += number
    return made


def catch_up() -> None:
    """Look at nothing that was recorded before: for the first endpoint that is switched on. Inside a transaction."""
    Cursor.objects.get_or_create(pk=1)
    cursor = Cursor.objects.select_for_update().get(pk=1)
    _move(cursor, _end(), highest_record())


def _cursor() -> Cursor | None:
    """The row, locked; None where another process has it."""
    found = Cursor.objects.select_for_update(skip_locked=True).filter(pk=1).first()
    if found is None and not Cursor.objects.filter(pk=1).exists():
        Cursor.objects.bulk_create([Cursor(pk=1)], ignore_conflicts=True)
        found = Cursor.objects.select_for_update(skip_locked=True).filter(pk=1).first()
    return found


def _noticed(cursor: Cursor) -> tuple[int, bool]:
    """How many deliveries were made, and whether there is more to look at."""
    end, highest = _end(), highest_record()
    endpoints = list(Endpoint.objects.on())
    if not endpoints:
        _move_seldom(cursor, end, highest)
        return 0, False
    if end[0] < cursor.transaction:
        # A dump that was restored elsewhere: the numbers of transactions began anew there, those of records went on.
        cursor.transaction, cursor.record, cursor.floor = 0, 0, cursor.highest
    start = (cursor.transaction, cursor.record)
    full = _window(start, end)
    found = _records(start, full or end, cursor.floor)
    made = _made(found, endpoints)
    if found or full:
        _move(cursor, full or end, highest)
    else:
        _move_seldom(cursor, end, highest)
    return made, full is not None


def _move(cursor: Cursor, to: Place, highest: int) -> None:
    cursor.transaction, cursor.record = to
    cursor.highest, cursor.looked_at = max(cursor.highest, highest), timezone.now()
    cursor.save()


def _move_seldom(cursor: Cursor, to: Place, highest: int) -> None:
    """Where nothing was found: what is looked through twice costs less than a write each time."""
    if cursor.looked_at is None or cursor.looked_at < timezone.now() - LOOKED_AT_EVERY:
        _move(cursor, to, highest)


def _end() -> Place:
    """Up to where nothing will be recorded any more."""
    if connection.vendor != "postgresql":
        return 0, highest_record()
    return int(_row(sealing.OLDEST_RUNNING)[0]), 0


def highest_record() -> int:
    """The last recorded change that can be seen now."""
    return int(_row("SELECT coalesce(max(id), 0) FROM audit_record")[0])


BETWEEN = '("transaction", id) > (%s, %s) AND ("transaction", id) <= (%s, %s)'
IN_ORDER = 'ORDER BY "transaction", id'


def _window(start: Place, end: Place) -> Place | None:
    """The place of the last record of a full window; None where fewer are left."""
    asked = f'SELECT "transaction", id FROM audit_record WHERE {BETWEEN} {IN_ORDER} LIMIT 1 OFFSET %s'  # noqa: S608  # of our own
    found = _row(asked, *start, *end, WINDOW - 1)
    return (int(found[0]), int(found[1])) if found else None


def _records(start: Place, end: Place, floor: int) -> list[AuditRecord]:
    tables = sorted({table for table, _ in sources()})
    places = ", ".join(["%s"] * len(tables))
    asked = f"SELECT * FROM audit_record WHERE {BETWEEN} AND id > %s AND table_name IN ({places}) {IN_ORDER}"  # noqa: S608  # of our own
    found = AuditRecord.objects.raw(asked, [*start, *end, floor, *tables])
    return [each for each in found if (each.table_name, each.operation) in sources()]


def _made(records: Sequence[AuditRecord], endpoints: Sequence[Endpoint]) -> int:
    """The deliveries of what `records` tell, stored."""
    wanted = {each for endpoint in endpoints for each in endpoint.event_types}
    told = [(record, source, kind) for record in records for source, kind in _events_of(record) if kind in wanted]
    told = [each for each in told if _hears_any(endpoints, each[0], each[2])]
    if not told:
        return 0
    data = _data(told)
    events = [(record, _event(record, source, kind, data[record.pk])) for record, source, kind in told if record.pk in data]
    Event.objects.bulk_create([event for _, event in events], ignore_conflicts=True)
    deliveries = [
        Delivery(endpoint=endpoint, event=event, subject=event.subject)
        for record, event in events
        for endpoint in endpoints
        if _hears(endpoint, record, event.type)
    ]
    Delivery.objects.bulk_create(deliveries, ignore_conflicts=True)
    return len(deliveries)


def _events_of(record: AuditRecord) -> Iterable[tuple[Source, str]]:
    source = sources()[record.table_name, record.operation]
    row = _row_of(record)
    kind = source.type_of(row)
    if kind is not None and not _came_with_a_book(record, row):
        yield source, kind


def _row_of(record: AuditRecord) -> dict[str, Any]:
    return (record.old if record.operation == "delete" else record.new) or {}


def _came_with_a_book(record: AuditRecord, row: dict[str, Any]) -> bool:
    taken = row.get("at")
    if not isinstance(taken, str):
        return False
    moment = datetime.datetime.fromisoformat(taken)
    moment = moment if moment.tzinfo else moment.replace(tzinfo=datetime.UTC)
    return moment < record.at - NEWS_FOR


def _hears(endpoint: Endpoint, record: AuditRecord, kind: str) -> bool:
    return kind in endpoint.event_types and record.pk > endpoint.told_after


def _hears_any(endpoints: Sequence[Endpoint], record: AuditRecord, kind: str) -> bool:
    return any(_hears(endpoint, record, kind) for endpoint in endpoints)


def _data(told: Sequence[tuple[AuditRecord, Source, str]]) -> dict[int, dict[str, Any]]:
    """By record, what its source tells, of those that it tells; each source is asked once."""
    by_source: dict[tuple[str, str], list[AuditRecord]] = {}
    for record, _, _ in told:
        by_source.setdefault((record.table_name, record.operation), []).append(record)
    data: dict[int, dict[str, Any]] = {}
    for place, records in by_source.items():
        shown = sources()[place].tell([_row_of(record) for record in records])
        data |= {record.pk: each for record, each in zip(records, shown, strict=True) if each is not None}
    return data


def _event(record: AuditRecord, source: Source, kind: str, data: dict[str, Any]) -> Event:
    key = uuid5(EVENTS, f"{record.operation} {record.table_name} {record.key}")
    return make_event(key, kind, UUID(str(_row_of(record)[source.subject])), record.at, data)


def make_event(key: UUID, kind: str, subject: UUID, at: datetime.datetime, data: dict[str, Any]) -> Event:
    """The event, with its body as it is sent."""
    when = at.astimezone(datetime.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    body = to_json({"id": str(key), "type": kind, "createdAt": when, "data": data}).decode()
    return Event(id=key, type=kind, subject=subject, created_at=at, body=body)


def _row(asked: str, *values: Any) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(asked, values or None)
        return cursor.fetchone()
