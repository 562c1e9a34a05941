"""The one middleware around every request, instead of five: docs/decisions/0020-one-web-middleware.md.

It runs on the event loop from end to end, without a thread hop, and synchronously where the rest is (WSGI, Django's test client).
"""

import logging
import re
from asyncio import CancelledError
from collections.abc import Awaitable, Callable
from inspect import iscoroutinefunction
from time import perf_counter
from typing import Any, cast

from asgiref.sync import markcoroutinefunction
from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.core.handlers.exception import convert_exception_to_response
from django.http import HttpRequest, HttpResponse, HttpResponseBase

from vanguard import context
from vanguard.ids import new_text_id
from vanguard.observability import tracing
from vanguard.observability.metrics import METHODS, UNMATCHED, endpoint, observe
from vanguard.pulse import pulse
from vanguard.web import requestlog
from vanguard.web.addresses import TrustedProxies
from vanguard.web.compression import Compression
from vanguard.web.headers import SecurityHeaders
from vanguard.web.probes import answer_probe, answer_probe_sync, is_probe
from vanguard.web.refusals import CRASHED, DATABASE_HANGS, FOREIGN_HOST, refuse, refused_past_limits, wrap_error

logger = logging.getLogger(__name__)

type Answer = Callable[[HttpRequest], HttpResponseBase | Awaitable[HttpResponseBase]]

CORRELATION_HEADER = "X-Correlation-ID"
# Where a request keeps its part of a trace.
TRACE_KEY = "vanguard.trace"
BODILESS = frozenset({204, 304})
# Django answers for a view that crashes; this is for when its error page crashes too. The answer is still one of ours.
NO_ANSWER = "Not even an error page could be made."
MOST_HOSTS = 100
WELL_FORMED = re.compile(r"[A-Za-z0-9._-]{8,64}")


class WebMiddleware:
    """Correlation id, caller's address, hosts, probes, envelope, headers, compression, figures, request line."""

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: Answer, *, past_limits: bool = True) -> None:
        """`past_limits` False: what is inside refuses requests past the limits itself (see vanguard.web.slim)."""
        self.get_response = get_response
        self.past_limits = past_limits
        self.proxies = TrustedProxies(settings.TRUSTED_PROXIES)
        self.headers = SecurityHeaders(get_response)
        self.compression = Compression(get_response)
        self.static_prefix = settings.STATIC_URL
        self.served_hosts: set[str] = set()
        self.is_async = iscoroutinefunction(get_response)
        # A probe's crash becomes an answer here, as Django does for its own views: this middleware's must not be lost.
        self.probe = convert_exception_to_response(answer_probe if self.is_async else answer_probe_sync)
        if self.is_async:
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> HttpResponseBase | Awaitable[HttpResponseBase]:
        started = perf_counter()
        self.begin(request)
        self.headers.prepare(request)
        if self.is_async:
            return self._serve(request, started)
        try:
            response = self.turn_away(request) or cast(HttpResponseBase, self._inner(request)(request))
        except Exception:
            logger.exception(NO_ANSWER)
            response = refuse(request, CRASHED)
        return self.finish(request, response, started)

    async def _serve(self, request: HttpRequest, started: float) -> HttpResponseBase:
        try:
            response = self.turn_away(request) or await cast(Awaitable[HttpResponseBase], self._inner(request)(request))
        except CancelledError:
            self.client_gone(request, started)
            raise
        except Exception:
            logger.exception(NO_ANSWER)
            response = refuse(request, CRASHED)
        return self.finish(request, response, started)

    def _inner(self, request: HttpRequest) -> Answer:
        return self.probe if is_probe(request.path_info) else self.get_response

    # The steps, in their order. The slim cycle takes them by itself (vanguard.web.slim).
    def begin(self, request: HttpRequest) -> None:
        sent = str(request.META.get("HTTP_X_CORRELATION_ID", ""))
        context.correlation_id.set(sent if WELL_FORMED.fullmatch(sent) else new_text_id())
        # One connection's requests may share a context: nobody is logged in until this request's token or session says so.
        context.user_id.set("")
        context.confined_to.set("")
        context.changes_only_of.set("")
        context.client_address.set(self.proxies.settle(request))
        if not is_probe(request.path_info) and (begun := tracing.begin_request(request.META)) is not None:
            request.META[TRACE_KEY] = begun

    def turn_away(self, request: HttpRequest) -> HttpResponseBase | None:
        """An answer for who is not let in: past the limits, for a foreign host, or without TLS."""
        if self.past_limits and (refused := refused_past_limits(request)):
            # Nothing of ours went wrong, and what went on is in the request's line: as in the slim cycle.
            refused._has_been_logged = True  # type: ignore[attr-defined]  # not in the stubs
            return refused
        if is_probe(request.path_info):
            return None
        try:
            self._check_host(request)
        except DisallowedHost:
            return refuse(request, FOREIGN_HOST)
        if pulse.hangs and not request.path_info.startswith(self.static_prefix):
            return refuse(request, DATABASE_HANGS)
        return self.headers.redirect(request)

    def _check_host(self, request: HttpRequest) -> None:
        """Django's check, whose outcome is remembered for the few hosts that are ours."""
        host = request.META.get("HTTP_HOST")
        if host in self.served_hosts:
            return
        request.get_host()
        if host and len(self.served_hosts) < MOST_HOSTS:
            self.served_hosts.add(host)

    def client_gone(self, request: HttpRequest, started: float) -> None:
        self._account(request, requestlog.CLIENT_GONE, None, started)

    def finish(self, request: HttpRequest, response: HttpResponseBase, started: float) -> HttpResponseBase:
        wrap_error(request, response)
        self.headers.add(request, response)
        response.headers[CORRELATION_HEADER] = context.correlation_id.get()
        self.compression.apply(request, response)
        if isinstance(response, HttpResponse) and response.status_code not in BODILESS:
            response.headers.setdefault("Content-Length", str(len(response.content)))
        self._account(request, response.status_code, response, started)
        # What is written in this context from here on is not this request's any more.
        context.changes_only_of.set("")
        return response

    def _account(self, request: HttpRequest, status: int, response: HttpResponseBase | None, started: float) -> None:
        seconds = perf_counter() - started
        pattern = self._endpoint(request, status)
        user_id = _user_of(request)
        observe(str(request.method), pattern, status, seconds)
        requestlog.write(request, status, response, endpoint=pattern, seconds=seconds, user_id=user_id)
        end_trace(request, pattern, status, user_id)

    def _endpoint(self, request: HttpRequest, status: int) -> str:
        if request.resolver_match is not None:
            return endpoint(request.resolver_match.route)
        # Static files are answered before routing; an address that names none is anybody's invention.
        return f"{self.static_prefix}{{path}}" if status < 400 and request.path_info.startswith(self.static_prefix) else UNMATCHED


def end_trace(request: HttpRequest, endpoint: str, status: int, user_id: str) -> None:
    """The request's part of a trace, where it has one, ends here."""
    method = str(request.method)
    begun = request.META.pop(TRACE_KEY, None)
    tracing.end_request(begun, method=method if method in METHODS else "OTHER", endpoint=endpoint, status=status, user_id=user_id)


def _user_of(request: HttpRequest) -> str:
    """Who it was, if anything asked: looking up a session's user here would cost every request a query."""
    user: Any = getattr(request, "_cached_user", None) or getattr(request, "_acached_user", None)
    return context.user_id.get() or str(getattr(user, "pk", None) or "")
