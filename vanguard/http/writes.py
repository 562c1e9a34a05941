"""Every write of the API: one thread, one transaction, the answer in it."""

import logging
import random
from collections.abc import Callable
from threading import Lock
from time import monotonic, sleep
from typing import Any

from django.db import OperationalError
from django.http import HttpResponse
from psycopg.errors import DeadlockDetected, SerializationFailure

from vanguard.errors import DomainError, Unavailable
from vanguard.http.auth import AuthenticatedRequest
from vanguard.http.envelope import nothing, ok
from vanguard.http.idempotency import KeyTaken, RequestKey
from vanguard.http.preconditions import etag_of
from vanguard.http.schema import Out, Shaper
from vanguard.http.threads import in_thread
from vanguard.models import DomainModel
from vanguard.plans import unit

# Undone by the database because of others at the same instant, and by no fault of its own: done anew it goes through.
UNDONE = (DeadlockDetected, SerializationFailure)
AGAIN_SECONDS = 4.0  # so long one is tried anew
PAUSE_SECONDS = 0.1
# Those of one process one after another, so that they do not undo each other for ever.
_again = Lock()

logger = logging.getLogger(__name__)

# A key can be taken and be free again a moment later (the first one's transaction was rolled back, or it expired).
ATTEMPTS = 5


async def write[Result](
    request: AuthenticatedRequest, service: Callable[[], Result], answer: Callable[[Result], HttpResponse]
) -> HttpResponse:
    """Run `service` and render its result by `answer`, all in one transaction, and only once for an Idempotency-Key.

    Whatever `service` or `answer` raises rolls everything back, the key as well, so that a corrected request can use it again.
    """
    key = RequestKey.of(request, request.auth)
    return await in_thread(lambda: _tried_again(lambda: _once(key, service, answer) if key else _run(service, answer)))


def _tried_again(work: Callable[[], HttpResponse]) -> HttpResponse:
    """Anew where the database undid all of it for the sake of others. Any other failure is the caller's to hear of."""
    try:
        return work()
    except OperationalError as error:
        _require_undone(error)
    latest = monotonic() + AGAIN_SECONDS
    if not _again.acquire(timeout=AGAIN_SECONDS):
        raise Unavailable("The platform is busy. Please try again shortly.")
    try:
        while monotonic() < latest:
            try:
                return work()
            except OperationalError as error:
                _require_undone(error)
            # Not at the same instant as another process again.
            sleep(random.uniform(0, PAUSE_SECONDS))  # noqa: S311  # no secret
        return work()
    finally:
        _again.release()


def _require_undone(error: OperationalError) -> None:
    """Raises the error where it is another one."""
    if not isinstance(error.__cause__, UNDONE):
        raise error
    logger.warning("Undone by the database for the sake of others (%s), and done again.", type(error.__cause__).__name__)


def _run[Result](service: Callable[[], Result], answer: Callable[[Result], HttpResponse]) -> HttpResponse:
    with unit(whole=True):
        return answer(service())


def _once[Result](key: RequestKey, service: Callable[[], Result], answer: Callable[[Result], HttpResponse]) -> HttpResponse:
    for _ in range(ATTEMPTS):
        try:
            with unit(whole=True):
                response = answer(service())
                key.keep(response)
                return response
        except DomainError as refused:
            # Perhaps only because it has been done, under this very key: then who asks again gets the answer that was given.
            if (first := key.first_answer()) is not None:
                return first
            if not isinstance(refused, KeyTaken):
                raise
    raise RuntimeError("An idempotency key was taken and freed too often.")


def created[Record: DomainModel](
    request: AuthenticatedRequest, show: Callable[[Record], Out], message: str
) -> Callable[[Record], HttpResponse]:
    """Answers 201 with the new record, its address below the collection's, and its ETag."""

    def answer(record: Record) -> HttpResponse:
        headers = {"Location": f"{request.path}/{record.pk}", "ETag": etag_of(record)}
        return ok(_shown(show, record), message, status=201, headers=headers)

    return answer


def changed[Record: DomainModel](show: Callable[[Record], Out], message: str) -> Callable[[Record], HttpResponse]:
    """Answers 200 with the record as it now is, and its new ETag."""
    return lambda record: ok(_shown(show, record), message, headers={"ETag": etag_of(record)})


def _shown[Record: DomainModel](show: Callable[[Record], Out], record: Record) -> dict[str, Any]:
    """As reads show it, so that both give the same bytes."""
    return Shaper.of(show, type(record)).shape(record)


def deleted(_result: object) -> HttpResponse:
    """Answers 204."""
    return nothing()


def headers_in_schema(*names: str) -> dict[str, Any]:
    """For `openapi_extra`: the request headers that an operation reads besides its parameters."""
    return {"parameters": [HEADERS[name] for name in names]}


HEADERS: dict[str, dict[str, Any]] = {
    "If-Match": {
        "in": "header",
        "name": "If-Match",
        "required": True,
        "schema": {"type": "string"},
        "description": "The ETag that was read. Missing: 428. No longer true: 412.",
    },
    "If-None-Match": {
        "in": "header",
        "name": "If-None-Match",
        "required": False,
        "schema": {"type": "string"},
        "description": "ETags that the caller holds: 304 when one of them is still true.",
    },
    "Idempotency-Key": {
        "in": "header",
        "name": "Idempotency-Key",
        "required": False,
        "schema": {"type": "string", "minLength": 1, "maxLength": 255},
        "description": "The same key and body within 24 hours get the first answer again.",
    },
}
