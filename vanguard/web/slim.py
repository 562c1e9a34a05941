"""Django's request cycle without what only pages need: for /api and the probes, which are async from end to end.

Its middleware, its routing and its error handling are Django's own. What Django's stock cycle does there and this one does not
is listed, each with its reason, in docs/decisions/0033-slim-cycle.md.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from io import BytesIO
from typing import IO, Any, cast

from asgiref.sync import SyncToAsync, sync_to_async
from django.core.exceptions import RequestAborted
from django.core.handlers.asgi import ASGIHandler, get_script_prefix
from django.core.handlers.exception import convert_exception_to_response
from django.http import HttpRequest, HttpResponseBase
from django.urls import set_script_prefix

from vanguard.http.threads import on_its_own
from vanguard.web.cors import Cors
from vanguard.web.limits import Application, Message, Receive, Scope, Send
from vanguard.web.middleware import WebMiddleware
from vanguard.web.probes import is_probe
from vanguard.web.refusals import refused_past_limits

# Most answers are sooner; only then is it worth a task to notice that the client went away.
PATIENCE = 0.1


class BothCycles:
    """The slim cycle for its addresses, the stock one for all others."""

    def __init__(self, stock: Application) -> None:
        self.stock = stock
        self.slim = SlimHandler()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await (self.slim if is_slim(scope) else self.stock)(scope, receive, send)


def is_slim(scope: Scope) -> bool:
    path: str = scope.get("path", "")
    return scope["type"] == "http" and (path.startswith("/api/") or is_probe(path))


class SlimHandler(ASGIHandler):
    """As ASGIHandler, with two middlewares, both async, and no thread for a request that needs none."""

    def load_middleware(self, is_async: bool = True) -> None:
        self._view_middleware: list[Any] = []
        self._template_response_middleware: list[Any] = []
        self._exception_middleware: list[Any] = []
        view: Any = convert_exception_to_response(self._within_limits)
        inside = convert_exception_to_response(Cors(view))
        self._middleware_chain = convert_exception_to_response(WebMiddleware(inside, past_limits=False))

    async def _within_limits(self, request: HttpRequest) -> HttpResponseBase:
        """Inside Cors, because a script of another origin could not read a refusal without its headers."""
        if refused := refused_past_limits(request):
            return refused
        response: HttpResponseBase = await self._get_response_async(request)  # type: ignore[attr-defined]  # not in the stubs
        return response

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        token = on_its_own.set(True)
        try:
            with closing(await self.read_body(receive)) as body:
                await self._serve(scope, body, receive, send)
        except RequestAborted:
            return
        finally:
            on_its_own.reset(token)

    async def _serve(self, scope: Scope, body: IO[bytes], receive: Receive, send: Send) -> None:
        set_script_prefix(get_script_prefix(scope))
        request, refusal = self.create_request(scope, body)
        if request is None:
            await self.send_response(cast(HttpResponseBase, refusal), send)
            return
        async with while_client_waits(receive):
            response = await self.run_get_response(request)
            await self.send_response(response, send)
            await close(request, response)

    async def read_body(self, receive: Receive) -> IO[bytes]:
        """The body. One that comes in pieces may be long, so it is kept as Django keeps it, on disk beyond some size."""
        first = await receive()
        if first["type"] == "http.request" and not first.get("more_body"):
            return BytesIO(first.get("body", b""))
        body: IO[bytes] = await super().read_body(_replay(first, receive))
        return body


def _replay(first: Message, receive: Receive) -> Receive:
    waiting = [first]

    async def replayed() -> Message:
        return waiting.pop() if waiting else await receive()

    return replayed


@asynccontextmanager
async def while_client_waits(receive: Receive) -> AsyncIterator[None]:
    """Ends the block, quietly, once the client has gone away."""
    watchers: list[asyncio.Task[None]] = []
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(None) as block:
            timer = loop.call_later(PATIENCE, lambda: watchers.append(loop.create_task(_end_when_gone(block, receive))))
            try:
                yield
            finally:
                timer.cancel()
                for watcher in watchers:
                    watcher.cancel()
    except TimeoutError:
        if not block.expired():
            raise


async def _end_when_gone(block: asyncio.Timeout, receive: Receive) -> None:
    message = await receive()
    if message["type"] == "http.disconnect":
        block.reschedule(asyncio.get_running_loop().time())


async def close(request: HttpRequest, response: HttpResponseBase) -> None:
    """Frees what the request held. Only where something entered its thread, or streamed, is there more than uploaded files to close."""
    if response.streaming or entered_its_thread():
        await sync_to_async(response.close)()
    else:
        request.close()


def entered_its_thread() -> bool:
    """Whether a sync view or the like ran in the request's own thread, which may hold a database connection."""
    context: Any = SyncToAsync.thread_sensitive_context.get(None)
    return context in SyncToAsync.context_to_thread_executor
