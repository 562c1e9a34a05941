"""The WebSockets' ASGI application: who is let in, and what keeps the open ones going. Addresses, messages, close codes: docs/live.md.

Who is not let in gets a plain HTTP answer, with the status that the API would give, before any socket is open.
"""

import asyncio
import re
from collections.abc import Callable, Coroutine
from contextvars import Context
from io import BytesIO
from time import perf_counter
from typing import Any
from uuid import UUID

from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, HttpResponse, HttpResponseBase

from vanguard import context
from vanguard.errors import NotFound
from vanguard.http.errors import answer_to
from vanguard.http.threads import on_its_own
from vanguard.realtime import codes, hub, overlooked, standing
from vanguard.realtime.conversation import converse
from vanguard.realtime.door import let_in
from vanguard.realtime.hub import Subscriber
from vanguard.realtime.relays import relay
from vanguard.realtime.streams import Stream, stream_named
from vanguard.web import requestlog
from vanguard.web.limits import Receive, Scope, Send
from vanguard.web.middleware import CORRELATION_HEADER, WebMiddleware, end_trace

ADDRESS = re.compile(r"/ws/(?P<stream>[a-z]+)(?:/(?P<subject>[^/]+))?")
ENDPOINT, OPENED = "/ws/{stream}", 101
NO_SUCH_ADDRESS = "There is nothing at this address."


class Sockets:
    """All streams that apps have registered."""

    def __init__(self) -> None:
        # The steps of any request: its correlation id, the caller's true address, foreign hosts, TLS.
        self.web = WebMiddleware(_no_view, past_limits=False)
        self._tasks: dict[str, asyncio.Task[None]] = {}

    async def start(self) -> None:
        """As the event loop begins: from now on this process can be told something."""
        hub.running()

    async def close(self) -> None:
        """Before it ends."""
        for task in self._tasks.values():
            task.cancel()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)
        await relay().close()
        await hub.close()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await receive()  # the handshake, which says nothing more than the scope
        request, started = request_of(scope), perf_counter()
        self.web.begin(request)
        token = on_its_own.set(True)
        try:
            entered = self.web.turn_away(request) or await self._enter(request, scope)
            if isinstance(entered, Subscriber):
                # What is traced is coming in; the socket itself may stay open for hours.
                end_trace(request, ENDPOINT, OPENED, context.user_id.get())
                await self._serve(entered, receive, send)
                requestlog.write(request, OPENED, None, endpoint=ENDPOINT, seconds=perf_counter() - started, user_id=context.user_id.get())
            else:
                await _refuse(scope, send, self.web.finish(request, entered, started))
        finally:
            on_its_own.reset(token)

    async def _enter(self, request: HttpRequest, scope: Scope) -> Subscriber | HttpResponseBase:
        try:
            stream, follows = _asked(scope["path"])
            visitor = await let_in(request, list(scope.get("subprotocols", ())), stream, follows)
            subscriber = Subscriber(stream, visitor, follows)
            await overlooked.begin(hub.running())
            hub.running().join(subscriber)
        except Exception as error:  # noqa: BLE001  # whatever it is, it has an answer
            return answer_to(request, error)
        context.user_id.set(str(visitor.user_id))
        self._keep("standing", lambda: standing.watch(hub.running()))
        self._keep("overlooked", lambda: overlooked.watch(hub.running()))
        self._keep("relay", lambda: relay().listen(hub.running()))
        return subscriber

    async def _serve(self, subscriber: Subscriber, receive: Receive, send: Send) -> None:
        here = hub.running()
        headers = [(CORRELATION_HEADER.lower().encode(), context.correlation_id.get().encode())]
        try:
            await send({"type": "websocket.accept", "subprotocol": subscriber.visitor.protocol, "headers": headers})
            await converse(subscriber, receive, send)
        except OSError:
            pass  # it went away meanwhile
        finally:
            here.leave(subscriber)

    def _keep(self, name: str, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Begins what the first socket needs, or begins it again: on nobody's behalf, so its lines are not that socket's."""
        task = self._tasks.get(name)
        if task is None or task.done():
            self._tasks[name] = asyncio.get_running_loop().create_task(work(), context=Context())


def request_of(scope: Scope) -> HttpRequest:
    """The handshake as the HTTP request that it is."""
    scheme = {"ws": "http", "wss": "https"}.get(scope.get("scheme", "ws"), "http")
    return ASGIRequest({**scope, "type": "http", "method": "GET", "scheme": scheme}, BytesIO())


def _asked(path: str) -> tuple[Stream, UUID | None]:
    found = ADDRESS.fullmatch(path)
    stream = stream_named(found["stream"]) if found else None
    if found is None or stream is None:
        raise NotFound(NO_SUCH_ADDRESS)
    try:
        return stream, UUID(found["subject"]) if found["subject"] else None
    except ValueError:
        raise NotFound(NO_SUCH_ADDRESS) from None


async def _refuse(scope: Scope, send: Send, answer: HttpResponseBase) -> None:
    """By the answer, or by 403 where the server cannot send one."""
    if "websocket.http.response" not in scope.get("extensions", {}):
        await send({"type": "websocket.close", "code": codes.NOT_ALLOWED})
        return
    headers = [(name.lower().encode(), value.encode("latin1")) for name, value in answer.headers.items()]
    await send({"type": "websocket.http.response.start", "status": answer.status_code, "headers": headers})
    await send({"type": "websocket.http.response.body", "body": answer.content if isinstance(answer, HttpResponse) else b""})


def _no_view(_request: Any) -> HttpResponse:
    return HttpResponse(status=404)
