"""Security headers on every answer, each once.

Django's own middleware classes decide; only their thread hops are left out, by calling what they do on the event loop.
"""

from collections.abc import Mapping
from typing import Any, cast

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.middleware.clickjacking import XFrameOptionsMiddleware
from django.middleware.csp import ContentSecurityPolicyMiddleware
from django.middleware.security import SecurityMiddleware

CSP_HEADER = "Content-Security-Policy"
# What is no page loads nothing, runs nothing, and stands in nobody's frame.
DATA_POLICY = "default-src 'none'; frame-ancestors 'none'"
UNUSED_FEATURES = ("accelerometer", "camera", "display-capture", "geolocation", "gyroscope", "microphone", "payment", "usb")
PERMISSIONS = ", ".join(f"{feature}=()" for feature in UNUSED_FEATURES)


class SecurityHeaders:
    """Redirects to TLS, and headers on the way out."""

    def __init__(self, get_response: Any) -> None:
        self.security = SecurityMiddleware(get_response)
        self.csp = ContentSecurityPolicyMiddleware(get_response)
        self.frames = XFrameOptionsMiddleware(get_response)
        self._for_data: dict[bool, Mapping[str, tuple[str, str]]] = {}

    def prepare(self, request: HttpRequest) -> None:
        """Gives the request its nonce, made when a template asks for it."""
        self.csp.process_request(request)

    def redirect(self, request: HttpRequest) -> HttpResponseBase | None:
        """To the same address over TLS, where settings want that."""
        return self.security.process_request(request)

    def add(self, request: HttpRequest, answer: HttpResponseBase) -> None:
        # Streamed answers have headers too; the type stubs of these three know only the others.
        response = cast(HttpResponse, answer)
        if response.headers.get("Content-Type", "").startswith("text/html"):
            self._add_each(request, response)
            self.csp.process_response(request, response)
        else:
            told = response.headers._store  # `setdefault` looks at each character of what is known
            for name, header in self._of_data(request).items():
                told.setdefault(name, header)

    def _add_each(self, request: HttpRequest, response: HttpResponse) -> None:
        self.security.process_response(request, response)
        self.frames.process_response(request, response)
        response.headers.setdefault("Permissions-Policy", PERMISSIONS)

    def _of_data(self, request: HttpRequest) -> Mapping[str, tuple[str, str]]:
        """All that an answer gets that is no page. It depends on nothing but whether the request came over TLS."""
        secure = bool(self.security.sts_seconds) and request.is_secure()
        if secure not in self._for_data:
            blank = HttpResponse()
            del blank.headers["Content-Type"]
            self._add_each(request, blank)
            blank.headers.setdefault(CSP_HEADER, DATA_POLICY)
            self._for_data[secure] = dict(blank.headers._store)
        return self._for_data[secure]
