"""Between processes: what happened in one reaches the sockets of the others. Redis where REDIS_URL names one, else this machine's workers.

A relay promises nothing: what it cannot hand on is lost, no write waits for it, and no answer of the API fails by it. Sockets that may
have missed something are told so, as soon as that is known.
"""

from functools import cache
from typing import Protocol

from django.conf import settings

from vanguard.realtime.hub import Hub
from vanguard.realtime.neighbours import Neighbours
from vanguard.realtime.redis_relay import RedisRelay


class Relay(Protocol):
    def send(self, packed: bytes) -> None:
        """To all other processes, from any thread, without waiting."""

    async def listen(self, hub: Hub) -> None:
        """Hands on to `hub` what others send, until it is cancelled."""

    async def close(self) -> None:
        """Before the event loop ends."""


@cache
def relay() -> Relay:
    """This process's."""
    return RedisRelay(settings.REDIS_URL) if settings.REDIS_URL else Neighbours(settings.VAR_DIR / "live")
