"""Answers to what never reaches a view, and the envelope around every bad answer under /api that was made outside it."""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse, HttpResponseBase

from vanguard.errors import FieldError
from vanguard.http.envelope import error_response
from vanguard.http.rendering import JSON

# Where the ASGI limits leave word for the middleware, so that a refused request gets its headers and its log line like any other.
SCOPE_KEY = "vanguard.refusal"

BAD_REQUEST, SERVER_ERROR = 400, 500
MESSAGES = {
    400: ("bad_request", "The request could not be read."),
    401: ("unauthenticated", "Log in first."),
    403: ("not_allowed", "You are not allowed to do this."),
    404: ("not_found", "There is nothing at this address."),
    405: ("method_not_allowed", "This address does not take that method."),
    413: ("too_large", "The body is too large."),
    415: ("unsupported_type", "This type of content is not taken here."),
    429: ("throttled", "Too many requests. Try again later."),
    503: ("unavailable", "The platform cannot do this now. Try again later."),
}
OUR_FAULT = ("internal_error", "Something went wrong on our side. Name the correlation id when you report it.")


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a request is not served."""

    status: int
    code: str
    message: str
    field: str = ""
    headers: tuple[tuple[str, str], ...] = ()


CRASHED = Refusal(SERVER_ERROR, *OUR_FAULT)
BUSY = Refusal(503, "busy", "More requests came at once than can be answered in time. Try again shortly.", headers=(("Retry-After", "1"),))
DATABASE_HANGS = Refusal(503, "unavailable", "The database does not answer. Please try again shortly.", headers=(("Retry-After", "5"),))
FOREIGN_HOST = Refusal(400, "foreign_host", "This host is not served here.", field="host")


def under_api(request: HttpRequest) -> bool:
    return request.path_info == "/api" or request.path_info.startswith("/api/")


def refuse(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    """The refusal as an answer: in the envelope under /api, as plain text elsewhere."""
    headers = dict(refusal.headers)
    if under_api(request):
        return error_response(refusal.status, refusal.message, (FieldError(refusal.field, refusal.code, refusal.message),), headers)
    return HttpResponse(f"{refusal.message}\n", status=refusal.status, headers=headers, content_type="text/plain; charset=utf-8")


def refused_past_limits(request: HttpRequest) -> HttpResponse | None:
    """The answer to a request that vanguard.web.limits found past a limit; None for all others."""
    refusal = getattr(request, "scope", {}).get(SCOPE_KEY)
    return refuse(request, refusal) if refusal else None


def is_refused(request: HttpRequest) -> bool:
    """Whether this was refused before there was a request: nothing of ours went wrong."""
    return SCOPE_KEY in getattr(request, "scope", {})


def wrap_error(request: HttpRequest, response: HttpResponseBase) -> None:
    """Puts the envelope around an error under /api that Django made (routing, a crash, a debug page); others are left alone.

    In place, because the answer carries cookies, headers and what Django has noted about it.
    """
    if response.status_code < BAD_REQUEST or not under_api(request) or not isinstance(response, HttpResponse):
        return
    if response.headers.get("Content-Type", "").startswith("application/json"):
        return
    code, message = MESSAGES.get(response.status_code, OUR_FAULT if response.status_code >= SERVER_ERROR else MESSAGES[BAD_REQUEST])
    response.content = error_response(response.status_code, message, (FieldError("", code, message),)).content
    response.headers["Content-Type"] = JSON
    response.headers["Cache-Control"] = "no-store"
    if "Content-Length" in response.headers:
        response.headers["Content-Length"] = str(len(response.content))
