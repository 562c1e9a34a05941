"""Django's request cycle without what only pages need: for /api and the probes, which are async from end to end.

Its views, its routing and its error handling are Django's own, its middleware the work of WebMiddleware and Cors, done in one piece.
What Django's stock cycle does there and this one does not is listed, each with its reason, in docs/decisions/0033-slim-cycle.md.
"""

from asyncio import CancelledError
from collections.abc import Awaitable, Callable
from functools import cache
from inspect import iscoroutinefunction
from io import BytesIO
from time import perf_counter
from typing import IO, Any, cast

from asgiref.sync import SyncToAsync, ThreadSensitiveContext, sync_to_async
from django.conf import settings
from django.core.exceptions import RequestAborted
from django.core.handlers.asgi import ASGIHandler, get_script_prefix
from django.core.handlers.exception import response_for_exception
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import set_script_prefix

from vanguard import context
from vanguard.http.threads import on_its_own
from vanguard.web.cors import Cors
from vanguard.web.departure import Departure
from vanguard.web.limits import Application, Message, Receive, Scope, Send
from vanguard.web.middleware import NO_ANSWER, WebMiddleware, logger
from vanguard.web.probes import answer_probe, is_probe
from vanguard.web.refusals import BUSY, CRASHED, SCOPE_KEY, is_refused, refuse, refused_past_limits
from vanguard.web.routes import Routes

# Most answers are sooner; only then is it worth a task to notice that the client went away.
PATIENCE = 0.1


class BothCycles:
    """The slim cycle for its addresses, the stock one for all others."""

    def __init__(self, stock: Application, at_once: int | None = None) -> None:
        self.stock = stock
        self.slim = SlimHandler(settings.REQUESTS_AT_ONCE if at_once is None else at_once)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not is_slim(scope):
            await self.stock(scope, receive, send)
            return
        try:
            await self.slim(scope, receive, send)
        finally:
            # Where the next request comes in the same context it is somebody else's.
            context.confined_to.set("")
            context.changes_only_of.set("")


# Of the views, which are few; to look at the code of each one anew costs more than to look it up.
is_async = cache(iscoroutinefunction)


def is_slim(scope: Scope) -> bool:
    path: str = scope.get("path", "")
    return scope["type"] == "http" and (path.startswith("/api/") or is_probe(path))


class SlimHandler(ASGIHandler):
    """As ASGIHandler, with two middlewares fused into it, and no thread for a request that needs none.

    Requests beyond `at_once` are told to come again: a line that only grows would serve nobody in time. Probes are answered. A request is
    one when its body is there: who drips takes nobody's place (what comes meanwhile is bounded by vanguard.web.limits).
    """

    def __init__(self, at_once: int) -> None:
        super().__init__()
        self.at_once = at_once
        self.running = 0

    def load_middleware(self, is_async: bool = True) -> None:
        self._view_middleware: list[Any] = []
        self._template_response_middleware: list[Any] = []
        self._exception_middleware: list[Any] = []
        self._middleware_chain = self._respond
        self.web = WebMiddleware(self._view, past_limits=False)
        self.cors = Cors(self._view)
        self.routes = Routes()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        token = on_its_own.set(True)
        try:
            async with ThreadSensitiveContext():
                await self.handle(scope, receive, send)
        finally:
            on_its_own.reset(token)

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            body = await self.read_body(receive)
        except RequestAborted:
            return
        self.running += 1
        try:
            if self.running > self.at_once and not is_probe(scope["path"]) and SCOPE_KEY not in scope:
                scope = {**scope, SCOPE_KEY: BUSY}
            await self._handle(scope, body, receive, send)
        finally:
            self.running -= 1

    async def _handle(self, scope: Scope, body: Any, receive: Receive, send: Send) -> None:
        if prefix := get_script_prefix(scope):
            set_script_prefix(prefix)
        request, refusal = self.create_request(scope, body)
        if request is None:
            await self.send_response(cast(HttpResponseBase, refusal), send)
            return
        departure = Departure(receive, PATIENCE)
        try:
            response = await self.get_response_async(request)
            await self.send_response(response, send)
        except CancelledError:
            if departure.ended_it():
                return
            raise
        finally:
            departure.ignore()
        await close(request, response)

    async def _respond(self, request: HttpRequest) -> HttpResponseBase:
        """Around everything, as WebMiddleware in the stock cycle."""
        started = perf_counter()
        self.web.begin(request)
        try:
            response = self.web.turn_away(request) or await self._inside(request)
        except CancelledError:
            self.web.client_gone(request, started)
            raise
        except Exception:  # noqa: BLE001  # logged, as in WebMiddleware
            logger.exception(NO_ANSWER)
            response = refuse(request, CRASHED)
        if is_refused(request):
            # Nothing of ours went wrong, and what went on is in the request's line: no error is to be logged by Django.
            response._has_been_logged = True  # type: ignore[attr-defined]
        return self.web.finish(request, response, started)

    async def _inside(self, request: HttpRequest) -> HttpResponseBase:
        if is_probe(request.path_info):
            return await self._answer(answer_probe, request)
        response = self.cors.check_preflight(request)
        if response is None:
            # Inside Cors, because a script of another origin could not read a refusal without its headers.
            response = refused_past_limits(request) or await self._answer(self._view, request)
        return self.cors.add_response_headers(request, response)

    async def _answer(self, view: Callable[[Any], Awaitable[HttpResponseBase]], request: HttpRequest) -> HttpResponseBase:
        """The view's answer, or Django's to what it raised."""
        try:
            return await view(request)
        except Exception as error:  # noqa: BLE001  # whatever it is, Django has an answer, and logs it
            self.web.headers.prepare(request)
            answered: HttpResponseBase = await sync_to_async(response_for_exception, thread_sensitive=False)(request, error)
            return answered

    async def _view(self, request: HttpRequest) -> HttpResponseBase:
        match = self.routes.resolve(request)
        response: HttpResponseBase
        if is_async(match.func):
            response = await match.func(request, *match.args, **match.kwargs)
            self.check_response(response, match.func)
        else:
            self.web.headers.prepare(request)
            response = await self._get_response_async(request)  # type: ignore[attr-defined]  # not in the stubs
        return response

    async def read_body(self, receive: Receive) -> IO[bytes]:
        """The body. One that comes in pieces may be long, so it is kept as Django keeps it, on disk beyond some size."""
        first = await receive()
        if first["type"] == "http.request" and not first.get("more_body"):
            return BytesIO(first.get("body", b""))
        body: IO[bytes] = await super().read_body(_replay(first, receive))
        return body

    async def send_response(self, response: HttpResponseBase, send: Send) -> None:
        if response.streaming or response.cookies:
            await super().send_response(response, send)
            return
        # `items()` looks each name up again, in lower case.
        told = response.headers._store.values()
        headers = [(name.encode("ascii"), value.encode("latin1")) for name, value in told]
        await send({"type": "http.response.start", "status": response.status_code, "headers": headers})
        await send({"type": "http.response.body", "body": cast(HttpResponse, response).content})


def _replay(first: Message, receive: Receive) -> Receive:
    waiting = [first]

    async def replayed() -> Message:
        return waiting.pop() if waiting else await receive()

    return replayed


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
