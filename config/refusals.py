"""Answers that the server gives before there is a request: in the API's envelope, with the headers of every answer."""

from http import HTTPStatus

from vanguard import context
from vanguard.errors import FieldError
from vanguard.http.envelope import error_response
from vanguard.ids import new_id
from vanguard.web.headers import DATA_POLICY, PERMISSIONS

# Seconds after which a client that was turned away for load may come again.
RETRY_AFTER = 1
SECURITY_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "Content-Security-Policy": DATA_POLICY,
    "Permissions-Policy": PERMISSIONS,
}


def refusal_body_and_headers(status: HTTPStatus, message: str) -> tuple[list[tuple[bytes, bytes]], bytes]:
    """The whole of an answer but its first line. The connection ends with it. Its correlation id is that of the log line to come."""
    context.correlation_id.set(str(new_id()))
    response = error_response(status, message, (FieldError("", status.name.lower(), message),), SECURITY_HEADERS)
    response.headers["X-Correlation-ID"] = context.correlation_id.get()
    response.headers["Content-Length"] = str(len(response.content))
    response.headers["Connection"] = "close"
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        response.headers["Retry-After"] = str(RETRY_AFTER)
    return [(name.lower().encode(), value.encode()) for name, value in response.items()], response.content
