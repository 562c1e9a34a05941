"""A room that objects, for the length of a test."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

from vanguard import events
from vanguard.errors import Conflict


@contextmanager
def objecting(question: type, words: str) -> Iterator[None]:
    """Whoever asks `question` inside is refused."""

    def object_to(_question: object) -> NoReturn:
        raise Conflict(words)

    events.on(question)(object_to)
    try:
        yield
    finally:
        events._handlers[question].remove(object_to)
