"""Other origins' scripts, by django-cors-headers' rules, and with any header that they ask to send."""

import re

from corsheaders.middleware import ACCESS_CONTROL_ALLOW_HEADERS, CorsMiddleware
from django.http import HttpRequest, HttpResponseBase
from django.utils.cache import patch_vary_headers

REQUESTED = "Access-Control-Request-Headers"
# Names of headers, as RFC 9110 has them; anything else is not repeated.
NAMES = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+(?:[ \t]*,[ \t]*[A-Za-z0-9!#$%&'*+.^_`|~-]+)*")
LONGEST = 2000


class Cors(CorsMiddleware):
    """Grants the headers that a preflight names: where credentials are allowed, browsers read `*` as a header of that name."""

    def add_response_headers(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if "HTTP_ORIGIN" not in request.META and "Vary" not in response.headers and self.is_enabled(request):
            # What most requests come to, from programs and from our own origin.
            response.headers["Vary"] = "origin"
            return response
        super().add_response_headers(request, response)
        # There only where the origin is one of ours and asks beforehand.
        if ACCESS_CONTROL_ALLOW_HEADERS in response:
            patch_vary_headers(response, (REQUESTED,))
            asked = request.headers.get(REQUESTED, "")
            if len(asked) <= LONGEST and NAMES.fullmatch(asked):
                response[ACCESS_CONTROL_ALLOW_HEADERS] = asked
        return response
