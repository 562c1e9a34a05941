"""Telling what happened, from wherever it happened."""

from vanguard.realtime import hub
from vanguard.realtime.messages import Message
from vanguard.realtime.relays import relay


def announce(message: Message) -> None:
    """To every socket of every process that may hear it. Called after the commit, from any thread; waits for nobody's network."""
    hub.deliver(message)
    relay().send(message.packed())
