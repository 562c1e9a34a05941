"""The API's interactive documentation, from assets that ninja brings along: no other server is asked, no inline script runs."""

from collections.abc import Callable
from functools import cache

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.csp import CSP
from django.views.decorators.csp import csp_override
from ninja import NinjaAPI
from ninja.openapi.docs import DocsBase
from ninja.responses import Response

# ReDoc's bundle makes a style element before it can know the nonce: by its digests, empty and then filled, and no other.
REDOC_STYLES = ("'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='", "'sha256-QMIg+bpjm3JdElJ388KYke01izlUW0UoNOeKjpMxdgc='")
# The strict policy of every page, and: both tools draw with data: pictures.
POLICY: dict[str, list[str]] = {
    "default-src": [CSP.SELF],
    "script-src": [CSP.SELF, CSP.NONCE],
    "style-src": [CSP.SELF, CSP.NONCE, *REDOC_STYLES],
    "img-src": [CSP.SELF, "data:"],
    "object-src": [CSP.NONE],
    "base-uri": [CSP.NONE],
    "form-action": [CSP.SELF],
    "frame-ancestors": [CSP.NONE],
}


class SwaggerUI(DocsBase):
    """Swagger UI, where a reader can try each operation."""

    def render_page(self, request: HttpRequest, api: NinjaAPI, **_kwargs: object) -> HttpResponse:
        return _page(request, "http/swagger.html", api)


def kept_schema(api: NinjaAPI) -> Callable[[HttpRequest], HttpResponse]:
    """The view of the schema, which is the same for everybody: made at the first question only.

    It takes most of a second, and strangers may ask for it.
    """

    @cache
    def content() -> bytes:
        return bytes(Response(api.get_openapi_schema()).content)

    def schema(request: HttpRequest) -> HttpResponse:
        return HttpResponse(content(), content_type="application/json; charset=utf-8")

    return schema


def redoc_page(request: HttpRequest, api: NinjaAPI) -> HttpResponse:
    """ReDoc, to read from top to bottom."""
    return _page(request, "http/redoc.html", api)


@csp_override(POLICY)
def _page(request: HttpRequest, template: str, api: NinjaAPI) -> HttpResponse:
    schema = reverse(f"{api.urls_namespace}:openapi-json")
    return render(request, template, {"title": api.title, "schema": schema})
