"""The line that accounts for a request, after its answer: who asked for what, from where, and what came of it.

It is the access log and the compliance log in one. Query values are masked, secrets and personal data left out.
"""

import logging
import re
from functools import lru_cache

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.http.request import HttpHeaders

from vanguard.observability.logs import REQUESTS
from vanguard.observability.redaction import is_private, scrub_text
from vanguard.web.routes import ID

logger = logging.getLogger(REQUESTS)

SHOWN_PARAMETERS = frozenset({"page", "page_size", "cursor", "sort", "status"})
MASK = "***"
LONGEST = 256
MOST_PARAMETERS = 30
_SEGMENT_WITH_ID = re.compile("/" + ID.pattern)
# The client went away before there was an answer; nginx writes the same.
CLIENT_GONE = 499


def write(request: HttpRequest, status: int, response: HttpResponseBase | None, *, endpoint: str, seconds: float, user_id: str) -> None:
    if not logger.isEnabledFor(logging.INFO):
        return
    path = shown_path(request.path)[:LONGEST]
    told = request.META
    # Made here, because `logger.info` looks through the stack for who called it: it is always this line.
    record = logging.LogRecord(logger.name, logging.INFO, __file__, 0, "%s %s %s", (request.method, path, status), None, "write")
    record.__dict__.update(
        method=request.method,
        path=path,
        query=mask_query(str(told.get("QUERY_STRING", ""))),
        endpoint=endpoint,
        status=status,
        duration_ms=round(seconds * 1000, 2),
        bytes=len(response.content) if isinstance(response, HttpResponse) else None,
        client_ip=told.get("REMOTE_ADDR") or None,
        user_agent=str(told.get("HTTP_USER_AGENT", ""))[:LONGEST],
        referrer=without_query(str(told.get("HTTP_REFERER", ""))),
        headers=loggable_headers(request),
    )
    if user_id:
        record.__dict__["user_id"] = user_id
    logger.handle(record)


def shown_path(path: str) -> str:
    """The path without what looks personal. Most paths differ by their ids alone, and no id looks so: what their shape shows, they show."""
    shape = _SEGMENT_WITH_ID.sub("/id", path)
    return path if scrub_text(shape) == shape else scrub_text(path)


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
    if not address:
        return ""
    return scrub_text(address.partition("?")[0].partition("#")[0])[:LONGEST]


def loggable_headers(request: HttpRequest) -> dict[str, str]:
    """Every header but those that carry secrets (and the two that have fields of their own)."""
    return {shown: value[:LONGEST] for name, value in request.META.items() if (shown := _shown(name))}


@lru_cache(maxsize=1024)
def _shown(name: str) -> str:
    """A header's name as it is shown, from its name in META; nothing for what is no header, or is not shown."""
    header = HttpHeaders.parse_header_name(name)
    return "" if header is None or header in ("User-Agent", "Referer") or is_private(header) else str(header)
