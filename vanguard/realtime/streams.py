"""What can be followed: `/ws/claims` for all that one may see of it, `/ws/claims/{id}` for one."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from vanguard.accounts.models import User
from vanguard.observability.metrics import EVENTS_MISSED


@dataclass(frozen=True, slots=True, eq=False)
class Stream:
    """A kind of record that tells what happens to it. The functions may ask the database; they run beside the event loop."""

    name: str
    # What a message calls the record's id: claimId.
    key: str
    # Who holds it sees every record; all others only those whose owner they are.
    permission: str
    # Whether this user may know of this record.
    is_visible: Callable[[User, UUID], bool]
    # Each record's owner (a user's id); without those that nobody with a log-in owns.
    owners: Callable[[Iterable[UUID]], Mapping[UUID, UUID]]
    # Whose recorded changes are told of: by table, the column with the record's id; empty where it is the row's own key.
    tables: Mapping[str, str]


_streams: dict[str, Stream] = {}


def register(stream: Stream) -> None:
    """Offer `stream` at /ws/ and its name."""
    _streams[stream.name] = stream
    EVENTS_MISSED.labels(stream.name)  # at 0 from the start: a rate needs a beginning


def stream_named(name: str) -> Stream | None:
    return _streams.get(name)
