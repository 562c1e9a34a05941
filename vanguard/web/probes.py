"""The operators' addresses: answered whatever the Host and without TLS, because a load balancer's probe sends the target's address.

They are answered by the web middleware itself, ahead of everything that asks for the Host, a session or a log-in; ALLOWED_HOSTS
stays as strict as it is for all other addresses.
"""

from asgiref.sync import async_to_sync
from django.http import HttpRequest, HttpResponseBase

from vanguard.observability import urls
from vanguard.web.routes import Routes

_routes = Routes(urls.__name__)


def is_probe(path: str) -> bool:
    return path in ("/metrics", "/health") or path.startswith("/health/")


async def answer_probe(request: HttpRequest) -> HttpResponseBase:
    """The view's answer. Raises Http404 for an address that only looks like a probe's."""
    match = _routes.resolve(request)
    response: HttpResponseBase = await match.func(request, *match.args, **match.kwargs)
    return response


def answer_probe_sync(request: HttpRequest) -> HttpResponseBase:
    return async_to_sync(answer_probe)(request)
