"""Limits on what a client may send, held in front of Django: on bodies, and on addresses that are no text.

A request over a limit still goes through the middleware, empty and marked, so that its answer has its headers and its log line.
Those on the request line, the header fields and slow clients are held before there is a request at all: config/worker.py.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, ClassVar
from urllib.parse import unquote_to_bytes

from vanguard.observability.metrics import ACTIVE
from vanguard.web.refusals import SCOPE_KEY, Refusal

type Scope = dict[str, Any]
type Message = Mapping[str, Any]
type Receive = Callable[[], Awaitable[Message]]
type Send = Callable[[Message], Awaitable[None]]
type Application = Callable[[Scope, Receive, Send], Awaitable[None]]

MIB = 1024 * 1024
BODY = MIB
# A document of 10 MiB, and the multipart lines around it.
UPLOAD = 10 * MIB + 64 * 1024
# A body has so long to come, and a second more for so many bytes that did: 10 MiB on a bad telephone line, and nobody who drips.
BODY_SECONDS = 20.0
BYTES_A_SECOND = 16 * 1024
# So many bytes of bodies that have not come whole a process keeps, beside the first ones of each: beyond it, long ones are told to come
# again. Whoever drips by the thousand takes neither the memory nor others' requests, which are short.
MOST_COMING, FIRST_BYTES = 256 * MIB, 64 * 1024
# A refused body is read on for so long and so far: a client that is still sending would otherwise lose the answer with the connection.
DRAIN_BYTES = 32 * MIB
DRAIN_SECONDS = 5.0

BODY_TOO_LARGE = Refusal(
    413, "too_large", "The body is too large: 1 MiB of JSON, 10 MiB for a document.", headers=(("Connection", "close"),)
)
BODY_TOO_SLOW = Refusal(408, "too_slow", "The body came too slowly.", headers=(("Connection", "close"),))
NO_ROOM = Refusal(
    503, "busy", "More comes at once than can be taken. Try again shortly.", headers=(("Retry-After", "1"), ("Connection", "close"))
)
NO_SUCH_PATH = Refusal(404, "not_found", "There is nothing at this address.")
# Under /api a part of the path is a value, and a value that is no text is invalid like any other.
NO_TEXT = Refusal(422, "invalid_text", "The address holds bytes that are no text.", field="path")


type Step = Callable[[], Awaitable[None]]


class Limited:
    """`application` within the limits, beside it the WebSockets. Also answers the server's lifespan, which Django does not."""

    def __init__(
        self, application: Application, *, sockets: Application | None = None, at_start: Step | None = None, at_end: Step | None = None
    ) -> None:
        self.application = application
        self.sockets = sockets or _no_websocket
        self.at_start, self.at_end = at_start, at_end

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
            return
        ACTIVE.inc()
        try:
            if scope["type"] == "http":
                await self._serve(scope, receive, send)
            else:
                await self.sockets(scope, receive, send)
        finally:
            ACTIVE.dec()

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        if refusal := address_refusal(scope):
            scope = refused(scope, refusal)
        body = Body(scope, receive)
        try:
            await self.application(scope, body.receive, send)
        finally:
            body.no_longer_comes()

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        """Says that it is ready, and that it has ended."""
        while True:
            message = await receive()
            ends = message["type"] == "lifespan.shutdown"
            if (step := self.at_end if ends else self.at_start) is not None:
                await step()
            await send({"type": f"{message['type']}.complete"})
            if ends:
                return


def address_refusal(scope: Scope) -> Refusal | None:
    """What is wrong with the path or the query, if anything."""
    path: bytes = scope.get("raw_path") or scope["path"].encode()
    if not is_text(unquote_to_bytes(path) if b"%" in path else path):
        # No address of ours holds a NUL or half a character, and a database must never be asked for one.
        return NO_TEXT if scope["path"].startswith("/api/") else NO_SUCH_PATH
    return query_refusal(scope.get("query_string", b""))


def query_refusal(query: bytes) -> Refusal | None:
    """A parameter that is no text: 422 and its name, as for any other bad value."""
    if query.isascii() and b"%" not in query:
        return None
    for part in query.split(b"&"):
        name, _, value = part.partition(b"=")
        if not query.isascii() or not is_text(unquote_to_bytes(value)) or not is_text(unquote_to_bytes(name)):
            field = name.decode() if name.replace(b"_", b"").isalpha() else ""
            return Refusal(422, "invalid_text", "A parameter holds bytes that are no text.", field=field)
    return None


def is_text(value: bytes) -> bool:
    """UTF-8 without NUL."""
    if b"\x00" in value:
        return False
    try:
        value.decode()
    except UnicodeDecodeError:
        return False
    return True


def refused(scope: Scope, refusal: Refusal) -> Scope:
    """The scope of a refused request, without the bytes that Django could not read."""
    path = scope["path"].replace("\x00", "\N{REPLACEMENT CHARACTER}")
    return {**scope, "path": path, "query_string": b"", SCOPE_KEY: refusal}


class Body:
    """A request's body, counted as it comes: what it says of its own length is not believed, only used to refuse it sooner."""

    # Of all that this process is receiving, as far as they have come.
    all_coming: ClassVar[int] = 0

    def __init__(self, scope: Scope, receive: Receive) -> None:
        self.scope = scope
        self._receive = receive
        self.limit = BODY
        # Content-Length; 0 where there is none, as with a chunked body.
        self.declared = 0
        self.waits_for_leave = False
        self.seen = 0
        self.held = 0
        self.refused = False
        self.comes = False
        self.began = 0.0
        for name, value in scope["headers"]:
            if name == b"content-length" and value.isdigit():
                # 18 digits are more than any limit, and few enough for int() whatever comes.
                self.declared = max(self.declared, int(value[:18]))
                self.comes = self.declared > 0
            elif name == b"transfer-encoding":
                self.comes = True
            elif name == b"content-type" and value.lower().startswith(b"multipart/form-data"):
                self.limit = UPLOAD
            elif name == b"expect":
                self.waits_for_leave = True
        if SCOPE_KEY in scope:
            self.limit = 0

    async def receive(self) -> Message:
        if self.refused:
            # Django listens for the client's going away; there is nothing more to hear before our answer.
            await asyncio.get_running_loop().create_future()
        if self.declared > self.limit:
            return await self._refuse(BODY_TOO_LARGE, more=True)
        try:
            message = await self._next()
        except TimeoutError:
            return await self._refuse(BODY_TOO_SLOW, more=False)
        if message["type"] == "http.request":
            self.seen += len(message.get("body", b""))
            self.comes = bool(message.get("more_body"))
            if self.seen > self.limit:
                return await self._refuse(BODY_TOO_LARGE, more=self.comes)
            if self.comes and self.seen != self.declared and not self._has_room():
                return await self._refuse(NO_ROOM, more=True)
        if self.held and not (self.comes and message["type"] == "http.request"):
            self.no_longer_comes()
        return message

    def _has_room(self) -> bool:
        """Whether the process can keep what has come of a body that is not whole; it is counted then."""
        more = max(self.seen - FIRST_BYTES, 0) - self.held
        if more > 0 and Body.all_coming + more > MOST_COMING:
            return False
        Body.all_coming += more
        self.held += more
        return True

    def no_longer_comes(self) -> None:
        """It is whole, refused, or its sender is gone."""
        Body.all_coming -= self.held
        self.held = 0

    async def _next(self) -> Message:
        """Raises TimeoutError. Once the body is there, what comes next is the client's going away, for which there is no hurry."""
        if not self.comes:
            return await self._receive()
        self.began = self.began or asyncio.get_running_loop().time()
        async with asyncio.timeout_at(self.began + BODY_SECONDS + self.seen / BYTES_A_SECOND):
            return await self._receive()

    async def _refuse(self, refusal: Refusal, *, more: bool) -> Message:
        self.refused = True
        self.no_longer_comes()
        self.scope.setdefault(SCOPE_KEY, refusal)
        if more and not self.waits_for_leave and self.declared <= DRAIN_BYTES:
            await self._drain()
        return {"type": "http.request", "body": b"", "more_body": False}

    async def _drain(self) -> None:
        try:
            async with asyncio.timeout(DRAIN_SECONDS):
                while self.seen <= DRAIN_BYTES:
                    message = await self._receive()
                    self.seen += len(message.get("body", b""))
                    if message["type"] != "http.request" or not message.get("more_body"):
                        return
        except TimeoutError:
            return


async def _no_websocket(_scope: Scope, receive: Receive, send: Send) -> None:
    """No WebSocket is offered: closing before accepting is a plain 403 to the client."""
    await receive()
    await send({"type": "websocket.close", "code": 1000})
