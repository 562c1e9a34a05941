"""An answer's head and body leave in one write; what comes late is not waited for, and nothing is lost or turned round."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from config.writing import LARGEST_JOINED, JoinedWrites

pytestmark = pytest.mark.once
LONG = b"x" * (LARGEST_JOINED + 1)


class Wire:
    """In place of the connection: what was written, and that it was closed."""

    def __init__(self) -> None:
        self.told: list[bytes | str] = []

    def write(self, data: bytes) -> None:
        self.told.append(data)

    def close(self) -> None:
        self.told.append("closed")

    def write_eof(self) -> None:
        self.told.append("ended")

    def set_protocol(self, _protocol: object) -> None:
        self.told.append("handed over")

    def is_closing(self) -> bool:
        return "closed" in self.told


def written_by(work: Callable[[Any], None], *later: Callable[[Any], None]) -> list[bytes | str]:
    """What reached the wire, each piece of work in a turn of the event loop of its own."""

    async def turns() -> list[bytes | str]:
        wire = Wire()
        joined = JoinedWrites(wire, asyncio.get_running_loop())  # type: ignore[arg-type]  # as much of a transport as is needed
        for each in (work, *later):
            each(joined)
            await asyncio.sleep(0)
        return wire.told

    return asyncio.run(turns())


def writing(*parts: bytes) -> Callable[[Any], None]:
    def work(joined: Any) -> None:
        for part in parts:
            joined.write(part)

    return work


@pytest.mark.parametrize(
    ("turns", "written"),
    [
        ([writing(b"head", b"body")], [b"headbody"]),
        ([writing(b"head", b"")], [b"head"]),
        ([writing(b"head"), writing(b"body")], [b"head", b"body"]),
        ([writing(b"one", b"two", b"three")], [b"onetwo", b"three"]),
        ([writing(b"head", LONG)], [b"head", LONG]),
        ([writing(LONG, b"end")], [LONG, b"end"]),
        ([lambda joined: (joined.write(b"last"), joined.close())], [b"last", "closed"]),
        ([lambda joined: (joined.write(b"last"), joined.write_eof())], [b"last", "ended"]),
        ([lambda joined: (joined.write(b"switch"), joined.set_protocol(None))], [b"switch", "handed over"]),
    ],
)
def test_what_reaches_the_wire(turns: list[Callable[[Any], None]], written: list[bytes | str]) -> None:
    assert written_by(*turns) == written
