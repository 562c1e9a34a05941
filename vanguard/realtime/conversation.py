"""What goes over an open socket, until either side ends it."""

import asyncio
from contextlib import suppress
from time import monotonic
from typing import Any

from vanguard.realtime import codes
from vanguard.realtime.hub import Subscriber
from vanguard.web.limits import Receive, Send

# All that a client may say, so that it can find out whether anybody is there; the answer to it, and how soon it may say it again.
PING, PONG, PING_SECONDS = "ping", '{"type":"pong"}', 1.0
# So long a client that does not read may hold up its own end.
GOODBYE_SECONDS = 1.0


async def converse(subscriber: Subscriber, receive: Receive, send: Send) -> None:
    writing: asyncio.Future[None] = asyncio.ensure_future(_write(subscriber, send))
    reading: asyncio.Future[None] = asyncio.ensure_future(_read(subscriber, receive))
    try:
        either: set[asyncio.Future[Any]] = {writing, reading, subscriber.ended}
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in (writing, reading):
            task.cancel()
        await asyncio.gather(writing, reading, return_exceptions=True)
    if subscriber.ended.done():
        code, reason = subscriber.ended.result()
        with suppress(OSError):  # gone already, or not in time
            async with asyncio.timeout(GOODBYE_SECONDS):
                await send({"type": "websocket.close", "code": code, "reason": reason})


async def _write(subscriber: Subscriber, send: Send) -> None:
    while True:
        await send({"type": "websocket.send", "text": await subscriber.waiting.get()})


async def _read(subscriber: Subscriber, receive: Receive) -> None:
    said_at = 0.0
    while True:
        message = await receive()
        if message["type"] == "websocket.disconnect":
            return
        if message.get("text") != PING or monotonic() - said_at < PING_SECONDS:
            subscriber.end(codes.NOTHING_TO_SAY, "Nothing but “ping” is heard here, and that not often.")
            return
        said_at = monotonic()
        subscriber.tell(PONG)
