"""NinjaAPI as the contract wants it: errors, unknown addresses and wrong methods in the envelope, and documented as such."""

from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Any, cast

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import URLPattern, URLResolver, path, re_path
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe
from ninja import NinjaAPI
from ninja.openapi.schema import OpenAPISchema
from ninja.operation import Operation

from vanguard.http.docs import kept_schema, redoc_page
from vanguard.http.envelope import ErrorResponse
from vanguard.http.errors import answer_to, method_not_allowed, not_found

DOCUMENTATION = ("openapi-json", "openapi-view")
View = Callable[..., Awaitable[HttpResponseBase]]

NOT_MODIFIED = {"description": "The caller holds it already: nothing follows."}


class EnvelopedAPI(NinjaAPI):
    """Raises nothing: whatever happens under its addresses has the envelope."""

    def set_default_exception_handlers(self) -> None:
        self.add_exception_handler(Exception, answer_to)  # type: ignore[arg-type]  # ninja's type allows classes; it passes instances

    def create_temporal_response(self, request: HttpRequest) -> HttpResponse:
        """None: views make their answers themselves, and the one that ninja makes for each request beforehand is used by nobody."""
        return cast(HttpResponse, None)

    def get_openapi_operation_id(self, operation: Operation) -> str:
        """The view's own name, which is what clients generated from the schema call: a view may move to another module."""
        return str(operation.view_func.__name__)

    @property
    def urls(self) -> tuple[list[URLResolver | URLPattern], str, str]:
        patterns, app_name, namespace = super().urls
        # Whatever the method, an address that is not there is 404: Django's check for forged forms is for pages with a session.
        unknown = csrf_exempt(not_found)
        for pattern in patterns:
            if isinstance(pattern, URLPattern):
                pattern.callback = unknown if pattern.name == "api-root" else self._answering(pattern)
        redoc = path("redoc", csrf_exempt(require_safe(redoc_page)), {"api": self}, name="redoc")
        return [*patterns, redoc, re_path(r"", unknown, name="unknown")], app_name, namespace

    def _answering(self, pattern: URLPattern) -> Any:
        if pattern.name == "openapi-json":
            return csrf_exempt(require_safe(kept_schema(self)))
        view = pattern.callback
        return csrf_exempt(require_safe(view)) if pattern.name in DOCUMENTATION else _enveloped(view)

    def get_openapi_schema(self, **options: Any) -> OpenAPISchema:
        """The schema, with what the views' types do not tell: an error from every operation, 304 from those that compare ETags."""
        schema = super().get_openapi_schema(**options)
        reference = {"$ref": "#/components/schemas/ErrorResponse"}
        for operations in schema["paths"].values():
            for operation in operations.values():
                if any(given["name"] == "If-None-Match" for given in operation.get("parameters", ())):
                    operation["responses"][304] = NOT_MODIFIED
                operation["responses"]["default"] = {"description": "Error", "content": {"application/json": {"schema": reference}}}
        error = ErrorResponse.model_json_schema(ref_template="#/components/schemas/{model}", mode="serialization")
        schema["components"]["schemas"] |= error.pop("$defs") | {"ErrorResponse": error}
        return schema


def _enveloped(view: Any) -> View:
    """Ninja answers a wrong method in plain text, and knows no HEAD, which goes wherever GET goes."""

    @wraps(view)
    async def enveloped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        asked, request.method = request.method, "GET" if request.method == "HEAD" else request.method
        try:
            response: HttpResponseBase = await view(request, *args, **kwargs)
        finally:
            request.method = asked
        if response.status_code != 405:
            return response
        return method_not_allowed(_with_head(response["Allow"]))

    return enveloped


def _with_head(allowed: str) -> str:
    methods = set(allowed.split(", "))
    return ", ".join(sorted(methods | {"HEAD"} if "GET" in methods else methods))
