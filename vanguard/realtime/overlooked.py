"""What was committed and told to nobody, because its worker was killed in between: every two seconds the recorded changes are asked.

The database records each change in its own transaction (vanguard.recording). A change counts as told where a message of the same record
and request came by; who listens is told to read anew otherwise, and once too often rather than never. Decision 0169.
"""

import asyncio
import logging
from collections.abc import Iterable
from uuid import UUID

from django.db import connection

from vanguard.observability.metrics import EVENTS_MISSED
from vanguard.realtime.beside import beside
from vanguard.realtime.hub import Hub, Place, Told
from vanguard.realtime.streams import Stream
from vanguard.trail.sealing import OLDEST_RUNNING

LOOK_SECONDS = 2.0
LOOK_TIMEOUT = 4.0
# With more at once, everybody had better read anew.
MOST = 2_000
BETWEEN = '("transaction", id) > (%s, %s) AND ("transaction", id) <= (%s, %s)'

logger = logging.getLogger(__name__)


async def begin(hub: Hub) -> None:
    """Before the first socket is accepted: whoever reads what is shown after that misses nothing."""
    if hub.compared is None:
        place = await beside(end)
        hub.compared = hub.compared or place


async def watch(hub: Hub) -> None:
    """For as long as the hub has sockets. What one look finds is judged at the next: a message may be under way still."""
    doubtful: set[Told] = set()
    while here := hub.everybody:
        await asyncio.sleep(LOOK_SECONDS)
        _judge(hub, doubtful)
        doubtful = set()
        streams, since = {each.stream for each in here}, hub.compared
        try:
            found = await asyncio.wait_for(beside(lambda streams=streams, since=since: look(streams, since)), LOOK_TIMEOUT)  # type: ignore[misc]
        except Exception:  # it is looked again, from the same place
            logger.warning("It could not be asked what nobody was told of.", exc_info=True)
        else:
            hub.compared, doubtful = found
    hub.compared = None


def look(streams: Iterable[Stream], since: Place | None) -> tuple[Place, set[Told]]:
    """Up to where it was looked, and what was recorded since the last time."""
    to = end()
    if since is None or to[0] < since[0]:  # a dump that was restored elsewhere counts transactions anew
        return to, set()
    return to, {told for stream in streams for told in _recorded(stream, since, to)}


def end() -> Place:
    """Up to where nothing will be recorded any more: on PostgreSQL, before any transaction that still runs."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(OLDEST_RUNNING)
            return int(cursor.fetchone()[0]), 0
        cursor.execute("SELECT coalesce(max(id), 0) FROM audit_record")
        return 0, int(cursor.fetchone()[0])


def _recorded(stream: Stream, since: Place, to: Place) -> list[Told]:
    subject = " ".join("WHEN %s THEN coalesce(new, old) ->> %s" for column in stream.tables.values() if column)
    named = [word for table, column in stream.tables.items() if column for word in (table, column)]
    places = ", ".join(["%s"] * len(stream.tables))
    asked = f"""
        SELECT DISTINCT CASE table_name {subject} ELSE row_id END, correlation_id FROM audit_record
        WHERE {BETWEEN} AND table_name IN ({places}) LIMIT {MOST + 1}
    """  # noqa: S608  # of our own
    with connection.cursor() as cursor:
        cursor.execute(asked, [*named, *since, *to, *stream.tables])
        rows = cursor.fetchall()
    return [(stream.name, UUID(subject), request) for subject, request in rows if subject]


def _judge(hub: Hub, doubtful: set[Told]) -> None:
    untold: dict[str, set[UUID]] = {}
    for stream, subject, request in doubtful:
        if (stream, subject, request) not in hub.told:
            untold.setdefault(stream, set()).add(subject)
    for stream, subjects in untold.items():
        EVENTS_MISSED.labels(stream).inc(len(subjects))
        hub.missed_about(stream, subjects)
    if len(doubtful) > MOST:
        hub.missed()
