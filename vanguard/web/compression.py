"""Compression of answers from 1,000 bytes on; docs/decisions/0021-pages-are-compressed-with-padding.md says why pages are."""

from typing import Any, cast

from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.middleware.gzip import GZipMiddleware
from django.utils.cache import patch_vary_headers

SMALLEST = 1000
# What gains from it. Pictures, PDF and archives are compressed already.
COMPRESSIBLE = ("text/", "application/json", "application/javascript", "application/xml", "application/openmetrics-text", "image/svg+xml")


class Compression:
    """gzip with a random number of bytes in its header (Django's answer to BREACH), so that lengths do not tell a page's secrets."""

    def __init__(self, get_response: Any) -> None:
        self.gzip = GZipMiddleware(get_response)

    def apply(self, request: HttpRequest, response: HttpResponseBase) -> None:
        if not is_compressible(request, response):
            return
        patch_vary_headers(response, ("Accept-Encoding",))
        if not accepts_gzip(str(request.META.get("HTTP_ACCEPT_ENCODING", ""))):
            return
        tag = response.headers.get("ETag", "")
        self.gzip.process_response(request, response)
        if response.headers.get("Content-Type", "").startswith("application/json") and tag:
            # Django makes it weak. Ours names the record's version and not the bytes, and comes back in If-Match, where a weak
            # one never holds: whoever reads compressed could change nothing.
            response.headers["ETag"] = tag


def is_compressible(request: HttpRequest, response: HttpResponseBase) -> bool:
    """Whole, long enough, not encoded yet, and without a checksum of the bytes as they are."""
    if not response.streaming and len(cast(HttpResponse, response).content) < SMALLEST:
        return False
    headers = response.headers
    if request.method == "HEAD" or response.status_code in (204, 206, 304):
        return False
    if "Content-Encoding" in headers or "Repr-Digest" in headers or not headers.get("Content-Type", "").startswith(COMPRESSIBLE):
        return False
    if isinstance(response, StreamingHttpResponse):
        # Without a length it may be long: a report is written row by row.
        return int(headers.get("Content-Length", SMALLEST)) >= SMALLEST
    return True


def accepts_gzip(header: str) -> bool:
    """Whether Accept-Encoding names gzip, and not to refuse it (`gzip;q=0`)."""
    for offer in header.split(","):
        coding, _, parameters = offer.partition(";")
        if coding.strip() == "gzip":
            return parameters.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
    return False
