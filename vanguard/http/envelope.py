"""The one shape of every answer under /api, good or bad."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

from django.http import HttpResponse
from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

from vanguard import context
from vanguard.errors import FieldError
from vanguard.http.rendering import JSON, timestamp, to_json


class _Documented(BaseModel):
    """These models document the envelope (OpenAPI, TypeScript); answers are built as plain dictionaries."""

    model_config = ConfigDict(alias_generator=to_camel)


class ApiResponse[T](_Documented):
    data: T
    message: str
    success: Literal[True]
    timestamp: datetime


class PaginatedResponse[T](_Documented):
    data: list[T]
    total: int
    page: int
    page_size: int
    total_pages: int
    next_cursor: str | None


class ErrorItem(_Documented):
    """What to correct: `field` as the caller wrote it, "" for the whole."""

    field: str
    code: str
    message: str


class ErrorResponse(_Documented):
    data: None
    message: str
    success: Literal[False]
    timestamp: datetime
    correlation_id: str
    errors: list[ErrorItem]


def ok(data: Any, message: str = "OK", *, status: int = 200, headers: Mapping[str, str] | None = None) -> HttpResponse:
    """A good answer around `data`, which is made of what JSON has, and of Decimal, datetime, date and UUID."""
    content = to_json({"data": data, "message": message, "success": True, "timestamp": timestamp()})
    return _private(HttpResponse(content, status=status, content_type=JSON, headers=dict(headers or {})))


def error_response(status: int, message: str, errors: Sequence[FieldError] = (), headers: Mapping[str, str] | None = None) -> HttpResponse:
    """A bad answer, in the same envelope. The fields of `errors` are named as the caller wrote them."""
    content = to_json(
        {
            "data": None,
            "message": message,
            "success": False,
            "timestamp": timestamp(),
            "correlationId": context.correlation_id.get(),
            "errors": [{"field": error.field, "code": error.code, "message": error.message} for error in errors],
        }
    )
    return _private(HttpResponse(content, status=status, content_type=JSON, headers=dict(headers or {})))


def nothing(status: int = 204) -> HttpResponse:
    """Done, and there is nothing to show."""
    response = HttpResponse(status=status)
    del response["Content-Type"]
    return _private(response)


def _private(response: HttpResponse) -> HttpResponse:
    # Answers hold personal data and tokens: no cache on the way, nor the browser's, may keep one.
    response["Cache-Control"] = "no-store"
    return response
