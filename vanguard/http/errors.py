"""The one place where what went wrong becomes an answer. Views raise; nobody else translates."""

import logging
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, ClassVar

import ninja.errors
from django.core.exceptions import ObjectDoesNotExist, PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.db import IntegrityError, InterfaceError, InternalError, OperationalError
from django.db.models import ProtectedError, RestrictedError
from django.http import Http404, HttpRequest, HttpResponse, UnreadablePostError
from psycopg.errors import ReadOnlySqlTransaction

from vanguard.errors import DISK_FULL, DomainError, FieldError, NoRoom, Throttled, Unavailable
from vanguard.http.envelope import error_response
from vanguard.http.validation import field_errors

logger = logging.getLogger("vanguard.http")
RETRY_SECONDS = 5
BEARER = {"WWW-Authenticate": "Bearer"}


class UnsupportedMediaType(DomainError):
    """The body is of a type that this address does not take."""

    status: ClassVar[int] = 415
    default_code: ClassVar[str] = "unsupported_media_type"


class TooLarge(DomainError):
    """The body is larger than this address takes."""

    status: ClassVar[int] = 413
    default_code: ClassVar[str] = "too_large"


def answer_to(request: HttpRequest, error: Exception) -> HttpResponse:
    """The enveloped answer to any exception. What nobody foresaw is 500 without detail, and logged."""
    for kind in type(error).__mro__:
        if translate := _TABLE.get(kind):
            return translate(request, error)
    return _unforeseen(request, error)


def _unforeseen(request: HttpRequest, error: Exception) -> HttpResponse:
    logger.error("Unhandled error at %s %s", request.method, request.path, exc_info=error)
    return _plain(500, "internal_error", "Something went wrong on our side. The correlation id helps us to find it.")


def not_found(request: HttpRequest, *_args: Any, **_kwargs: Any) -> HttpResponse:
    """The answer where there is no such address. Usable as a view."""
    return _plain(404, "not_found", "There is nothing at this address.")


def method_not_allowed(allowed: str) -> HttpResponse:
    return _plain(405, "method_not_allowed", "This address does not take that method.", {"Allow": allowed})


def as_caller_writes(field: str) -> str:
    """premium_amount → premiumAmount. Header names and the like stay as they are."""
    return re.sub(r"_([a-z0-9])", lambda found: found[1].upper(), field)


def _plain(status: int, code: str, message: str, headers: Mapping[str, str] | None = None) -> HttpResponse:
    return error_response(status, message, [FieldError("", code, message)], headers)


def _domain(_request: HttpRequest, error: DomainError) -> HttpResponse:
    headers = dict(BEARER) if error.status == 401 else {}
    if isinstance(error, Throttled | Unavailable):
        headers["Retry-After"] = str(error.retry_after)
    errors = [replace(each, field=as_caller_writes(each.field)) for each in error.errors]
    return error_response(error.status, error.message, errors, headers)


def _validation(_request: HttpRequest, error: ninja.errors.ValidationError) -> HttpResponse:
    errors = field_errors(error.errors)
    names = ", ".join(dict.fromkeys(each.field for each in errors if each.field))
    return error_response(422, f"Please correct: {names}." if names else errors[0].message, errors)


def _ninja_http(_request: HttpRequest, error: ninja.errors.HttpError) -> HttpResponse:
    if error.status_code == 401:
        return _plain(401, "unauthenticated", "Log in first: this address needs a valid access token.", BEARER)
    return _plain(error.status_code, "refused", error.message)


def _protected(_request: HttpRequest, _error: Exception) -> HttpResponse:
    return _plain(409, "in_use", "Other records refer to this one, so it cannot be deleted.")


def _integrity(request: HttpRequest, error: IntegrityError) -> HttpResponse:
    # Two at the same instant: both passed the service's own check, and the database let one through. Its message may quote
    # personal data, so only the constraint's name is logged.
    constraint = getattr(getattr(error.__cause__, "diag", None), "constraint_name", None) or type(error).__name__
    logger.warning("Refused by the database at %s %s: %s", request.method, request.path, constraint)
    return _plain(409, "conflict", "This contradicts what is stored already. Read it again, then decide.")


def _database_away(request: HttpRequest, error: Exception) -> HttpResponse:
    logger.error("The database does not answer at %s %s: %s", request.method, request.path, type(error.__cause__ or error).__name__)
    message = "The database does not answer. Please try again shortly."
    return _plain(503, "unavailable", message, {"Retry-After": str(RETRY_SECONDS)})


def _internal(request: HttpRequest, error: InternalError) -> HttpResponse:
    if isinstance(error.__cause__, ReadOnlySqlTransaction):
        return _database_away(request, error)  # it became a replica: the next connection goes to the new primary
    return _unforeseen(request, error)


def _system(request: HttpRequest, error: OSError) -> HttpResponse:
    if error.errno not in DISK_FULL:
        return _unforeseen(request, error)
    logger.error("No room is left on a disk at %s %s.", request.method, request.path)
    return _domain(request, NoRoom())


def _always(status: int, code: str, message: str) -> Callable[[HttpRequest, Any], HttpResponse]:
    return lambda _request, _error: _plain(status, code, message)


_TABLE: dict[type, Callable[[HttpRequest, Any], HttpResponse]] = {
    DomainError: _domain,
    ninja.errors.ValidationError: _validation,
    ninja.errors.HttpError: _ninja_http,
    Http404: not_found,
    ObjectDoesNotExist: _always(404, "not_found", "There is no such record."),
    PermissionDenied: _always(403, "not_allowed", "You may not do this."),
    RequestDataTooBig: _always(413, "too_large", "The body is too large."),
    SuspiciousOperation: _always(400, "malformed", "The request is malformed."),
    UnreadablePostError: _always(400, "malformed", "The body ended early."),
    ProtectedError: _protected,
    RestrictedError: _protected,
    IntegrityError: _integrity,
    OperationalError: _database_away,  # psycopg's PoolTimeout is one, as are lock and statement time limits
    InterfaceError: _database_away,
    InternalError: _internal,
    OSError: _system,
}
