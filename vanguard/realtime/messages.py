"""One thing that happened to a record, as sockets and other processes are told of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson

from vanguard import context
from vanguard.http.rendering import timestamp, to_json
from vanguard.realtime.streams import Stream

# Some events may not have come: whoever shows what it learnt from them reads it anew.
MISSED = "events.missed"


@dataclass(frozen=True, slots=True)
class Message:
    """What is sent, ready made: `text` to who sees all of the stream, `to_owner` to whose the record is; empty means to them nothing."""

    stream: str
    subject: UUID
    text: str
    to_owner: str = ""
    # The request that it happened in: by it and the subject the recorded change is known as told.
    request: str = ""

    def packed(self) -> bytes:
        """For another process."""
        return to_json(self)


def message(stream: Stream, kind: str, subject: UUID, data: Mapping[str, Any], for_owner: Mapping[str, Any] | None = None) -> Message:
    """`kind` is such as "claim.approved"; `for_owner` is what its owner is told, None where that is nothing."""
    at = timestamp()
    text, to_owner = ("" if content is None else _text(stream, kind, subject, at, content) for content in (data, for_owner))
    return Message(stream.name, subject, text, to_owner, context.correlation_id.get())


def missed(stream: Stream) -> str:
    """The text that tells a socket so."""
    return _text(stream, MISSED, None, timestamp(), {})


def unpacked(content: bytes) -> Message | None:
    """A message as another process sent it; None for what is none (another version of us may be at work beside this one)."""
    try:
        found = orjson.loads(content)
        told = str(found["text"]), str(found["to_owner"]), str(found.get("request", ""))
        return Message(str(found["stream"]), UUID(found["subject"]), *told)
    except (ValueError, KeyError, TypeError):
        return None


def _text(stream: Stream, kind: str, subject: UUID | None, at: str, data: Mapping[str, Any]) -> str:
    return to_json({"type": kind, stream.key: None if subject is None else str(subject), "at": at, "data": data}).decode()
