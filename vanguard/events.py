"""Telling other rooms what happened, after the commit: no listener sees a row that is not there.

A room publishes a frozen dataclass; a room to its right subscribes in its `handlers.py`. A failing listener is logged and
stops neither the others nor the change, which has been committed.
"""

from collections import defaultdict
from collections.abc import Callable
from functools import partial
from typing import Any

from django.db import transaction

_handlers: dict[type, list[Callable[[Any], None]]] = defaultdict(list)


def on[Event](kind: type[Event]) -> Callable[[Callable[[Event], None]], Callable[[Event], None]]:
    """Subscribe the decorated function to events of exactly `kind`."""

    def subscribe(handler: Callable[[Event], None]) -> Callable[[Event], None]:
        if handler not in _handlers[kind]:
            _handlers[kind].append(handler)
        return handler

    return subscribe


def publish(event: object) -> None:
    """Deliver `event` to its subscribers once the open transaction has committed; at once where none is open."""
    for handler in _handlers[type(event)]:
        transaction.on_commit(partial(handler, event), robust=True)


def consult(question: object) -> None:
    """Ask the subscribers at once, inside the transaction: one that objects raises a DomainError, and nothing is changed."""
    for handler in _handlers[type(question)]:
        handler(question)
