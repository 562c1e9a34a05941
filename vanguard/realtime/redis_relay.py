"""Between workers and machines: Redis' publish and subscribe, on one channel.

A worker subscribes when its first socket opens. It publishes from its event loop, whichever thread has something to tell; a process
without one (a command) publishes at once, within a second, and does not try again for a while where Redis is away.
"""

import asyncio
import hashlib
import logging
from contextlib import suppress
from contextvars import Context, copy_context
from time import monotonic
from typing import Any
from uuid import uuid4

import redis.asyncio
from django.conf import settings
from redis.exceptions import RedisError

from vanguard.observability.tracing import is_recording
from vanguard.realtime.hub import Hub, loop_with_hub
from vanguard.realtime.messages import unpacked

SECONDS = 1.0
# What waits to be published while Redis is slow.
MOST_WAITING = 1000
AGAIN_SECONDS = 2.0
HEALTH_SECONDS = 5
SENDER_LENGTH = 32
# In a message's place: the sender could not publish all that it had.
SOME_LOST = b""

logger = logging.getLogger(__name__)


def channel() -> str:
    """Redis knows no databases here: platforms that share one Redis are told apart by their secret and their database."""
    known = f"{settings.SECRET_KEY} {settings.DATABASES['default']['NAME']}"
    return f"vanguard:live:{hashlib.sha256(known.encode()).hexdigest()[:24]}"


class RedisRelay:
    """The relay over the Redis at `url`."""

    def __init__(self, url: str) -> None:
        self.url, self.channel = url, channel()
        # Goes before each message, so that nobody is told again what this process delivered itself.
        self.sender = uuid4().hex.encode()
        limits = {"socket_connect_timeout": SECONDS, "socket_timeout": SECONDS}
        self.options: dict[str, Any] = limits | {"health_check_interval": HEALTH_SECONDS}
        # Each with the context of who has it published, where that is part of a trace.
        self.waiting: asyncio.Queue[tuple[bytes, Context | None]] = asyncio.Queue(MOST_WAITING)
        self._publishing: asyncio.Task[None] | None = None
        self._not_before = 0.0
        self._lost_some = False

    # -- Telling others
    def send(self, packed: bytes) -> None:
        if (loop := loop_with_hub()) is not None:
            with suppress(RuntimeError):  # the worker is ending
                loop.call_soon_threadsafe(self._put, packed)
        elif monotonic() >= self._not_before:
            self._send_now(packed)

    def _send_now(self, packed: bytes) -> None:
        try:
            with redis.Redis.from_url(self.url, **self.options) as client:
                client.publish(self.channel, self.sender + packed)
        except RedisError as error:
            self._away(error)

    def _put(self, packed: bytes) -> None:
        try:
            self.waiting.put_nowait((packed, copy_context() if is_recording() else None))
        except asyncio.QueueFull:
            self._lost_some = True
        if self._publishing is None or self._publishing.done():
            self._publishing = asyncio.get_running_loop().create_task(self._publish(), context=Context())

    async def _publish(self) -> None:
        async with redis.asyncio.Redis.from_url(self.url, **self.options) as client:
            while True:
                packed, traced = await self.waiting.get()
                if monotonic() < self._not_before:
                    self._lost_some = True
                    continue
                try:
                    await self._publish_one(client, packed, traced)
                    if self._lost_some:
                        await client.publish(self.channel, self.sender + SOME_LOST)
                        self._lost_some = False
                except (RedisError, OSError) as error:
                    self._away(error)

    async def _publish_one(self, client: redis.asyncio.Redis, packed: bytes, traced: Context | None) -> None:
        async def publish() -> None:
            await client.publish(self.channel, self.sender + packed)

        await (publish() if traced is None else asyncio.get_running_loop().create_task(publish(), context=traced))

    def _away(self, error: Exception) -> None:
        self._lost_some = True
        self._not_before = monotonic() + AGAIN_SECONDS
        logger.warning("Redis takes no events: %s. Sockets of other workers do not hear of them.", type(error).__name__)

    async def close(self) -> None:
        if self._publishing is not None:
            self._publishing.cancel()
            with suppress(asyncio.CancelledError):
                await self._publishing

    # -- Hearing from others
    async def listen(self, hub: Hub) -> None:
        interrupted = False
        while True:
            try:
                await self._hear(hub, interrupted)
            except (RedisError, OSError) as error:
                logger.warning("Redis tells nothing: %s. It is asked again.", type(error).__name__)
            interrupted = True
            await asyncio.sleep(AGAIN_SECONDS / 2)

    async def _hear(self, hub: Hub, interrupted: bool) -> None:
        async with redis.asyncio.Redis.from_url(self.url, **self.options) as client, client.pubsub(ignore_subscribe_messages=True) as heard:
            await heard.subscribe(self.channel)
            if interrupted:
                hub.missed()
            while True:
                # A connection that died silently is noticed by the health check that goes with each wait.
                found = await heard.get_message(timeout=HEALTH_SECONDS)
                if found is None:
                    continue
                sender, packed = found["data"][:SENDER_LENGTH], found["data"][SENDER_LENGTH:]
                if sender == self.sender:
                    continue
                if packed == SOME_LOST:
                    hub.missed()
                elif message := unpacked(packed):
                    hub.take(message)
