"""Answers that the server gives before the application has seen the request: in the API's envelope, with every answer's headers."""

import json
from datetime import UTC, datetime
from uuid import uuid4

Headers = list[tuple[bytes, bytes]]
# Seconds after which a client that was turned away for load may come again.
RETRY_AFTER = {503: 1}


def refusal_body_and_headers(status: int, message: str) -> tuple[Headers, bytes]:
    """The whole of an answer but its first line. The connection ends with it."""
    correlation_id = str(uuid4())
    body = json.dumps(
        {
            "data": None,
            "message": message,
            "success": False,
            "timestamp": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "correlationId": correlation_id,
            "errors": [],
        }
    ).encode()
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
        (b"connection", b"close"),
        (b"x-correlation-id", correlation_id.encode()),
        (b"x-content-type-options", b"nosniff"),
        (b"x-frame-options", b"DENY"),
        (b"referrer-policy", b"strict-origin-when-cross-origin"),
        (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    ]
    if status in RETRY_AFTER:
        headers.append((b"retry-after", str(RETRY_AFTER[status]).encode()))
    return headers, body
