"""Idempotency-Key: the same key and body get the first answer again, whatever happened to the connection meanwhile.

The key is claimed by a unique insert in the transaction of the effect, and the answer is stored in it too, so after a crash
there is either all of it or nothing. A second request at the same instant waits at the insert for the first one's commit.
"""

import hmac
import re
from dataclasses import dataclass
from datetime import timedelta

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.crypto import salted_hmac

from vanguard.accounts.models import User
from vanguard.errors import Conflict, Invalid
from vanguard.http.rendering import JSON
from vanguard.models import IdempotencyKey
from vanguard.plans import ask_first, put
from vanguard.steps import InsertedOnce, Update

HEADER = "Idempotency-Key"
KEPT = timedelta(hours=24)
STORED_HEADERS = ("Location", "ETag")
_WELL_FORMED = re.compile(r"[\x21-\x7e]{1,255}")


class KeyTaken(Exception):
    """The key was used before; the transaction that tried to claim it must be rolled back."""


@dataclass(frozen=True, slots=True)
class RequestKey:
    """The key of one request: whose, for what, and with which body."""

    user: User
    method: str
    path: str
    key: str
    body_digest: str

    @classmethod
    def of(cls, request: HttpRequest, user: User) -> "RequestKey | None":
        """None where the request carries none. Raises Invalid for a malformed one."""
        key = request.headers.get(HEADER)
        if key is None or request.method != "POST":
            return None
        if not _WELL_FORMED.fullmatch(key):
            raise Invalid("An Idempotency-Key has 1 to 255 visible ASCII characters.", code="malformed_key", field=HEADER)
        # Keyed, because bodies hold what is easily enumerated.
        digest = salted_hmac("vanguard.http.idempotency", request.body, algorithm="sha256").hexdigest()
        return cls(user, request.method, request.path, key, digest)

    def claim(self) -> IdempotencyKey:
        """Claim the key with whatever the transaction asks first; the record has its own key from then on.

        That raises KeyTaken where somebody has it; waits first for one who is about to commit or roll back.
        """
        record = IdempotencyKey(user=self.user, method=self.method, path=self.path, key=self.key, body_digest=self.body_digest)
        ask_first(InsertedOnce(record), _refuse_taken)
        return record

    def first_answer(self) -> HttpResponse | None:
        """The stored answer; None where there is none any more (it expired, and is deleted here).

        Raises Conflict where the key came with another body.
        """
        stored = IdempotencyKey.objects.filter(user=self.user, method=self.method, path=self.path, key=self.key).first()
        if stored is None:
            return None
        if stored.created_at < timezone.now() - KEPT:
            stored.delete()
            return None
        if not hmac.compare_digest(stored.body_digest, self.body_digest):
            message = "This Idempotency-Key came with another body before. Use a new key for a new request."
            raise Conflict(message, code="idempotency_key_reused", field=HEADER)
        response = HttpResponse(stored.body, status=stored.status, content_type=JSON, headers=stored.headers)
        response["Cache-Control"] = "no-store"
        return response


def _refuse_taken(inserted: bool) -> None:
    if not inserted:
        raise KeyTaken


def store(claimed: IdempotencyKey, response: HttpResponse) -> None:
    """Keep the answer beside its key, in the transaction of the effect."""
    claimed.status = response.status_code
    claimed.headers = {name: response[name] for name in STORED_HEADERS if name in response}
    claimed.body = response.content.decode()
    put(Update(claimed, ("status", "headers", "body")))


def purge_expired() -> int:
    """Delete the keys that are no longer kept; how many there were."""
    deleted, _ = IdempotencyKey.objects.filter(created_at__lt=timezone.now() - KEPT).delete()
    return deleted
