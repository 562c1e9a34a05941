"""The line that accounts for a request, after its answer: who asked for what, from where, and what came of it.

It is the access log and the compliance log in one. Query values are masked, secrets and personal data left out.
"""

import logging
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase

from vanguard.observability.logs import REQUESTS
from vanguard.observability.redaction import is_private, scrub_text

logger = logging.getLogger(REQUESTS)

SHOWN_PARAMETERS = frozenset({"page", "page_size", "cursor", "sort", "status"})
MASK = "***"
LONGEST = 256
MOST_PARAMETERS = 30
# The client went away before there was an answer; nginx writes the same.
CLIENT_GONE = 499


def write(request: HttpRequest, status: int, response: HttpResponseBase | None, *, endpoint: str, seconds: float, user_id: str) -> None:
    path = scrub_text(request.path)[:LONGEST]
    headers = request.headers
    fields: dict[str, Any] = {
        "method": request.method,
        "path": path,
        "query": mask_query(str(request.META.get("QUERY_STRING", ""))),
        "endpoint": endpoint,
        "status": status,
        "duration_ms": round(seconds * 1000, 2),
        "bytes": len(response.content) if isinstance(response, HttpResponse) else None,
        "client_ip": request.META.get("REMOTE_ADDR") or None,
        "user_agent": headers.get("User-Agent", "")[:LONGEST],
        "referrer": without_query(headers.get("Referer", "")),
        "headers": loggable_headers(request),
    }
    if user_id:
        fields["user_id"] = user_id
    logger.info("%s %s %s", request.method, path, status, extra=fields)


def mask_query(query: str) -> str:
    """`q=Smith&page=2` as `q=***&page=2`. A name is shown only if it looks like one: people put anything into an address."""
    if not query:
        return ""
    return "&".join(_mask(part) for part in query[: LONGEST * 16].split("&")[:MOST_PARAMETERS])


def _mask(part: str) -> str:
    name, equals, value = part.partition("=")
    if not equals or not name.replace("_", "").isalpha():
        return MASK
    return f"{name}={scrub_text(value)[:LONGEST] if name in SHOWN_PARAMETERS else MASK}"[:LONGEST]


def without_query(address: str) -> str:
    """A referring page: where from, without what was asked there."""
    return scrub_text(address.partition("?")[0].partition("#")[0])[:LONGEST]


def loggable_headers(request: HttpRequest) -> dict[str, str]:
    """Every header but those that carry secrets (and the two that have fields of their own)."""
    skipped = ("user-agent", "referer")
    return {name: value[:LONGEST] for name, value in request.headers.items() if name.lower() not in skipped and not is_private(name)}
