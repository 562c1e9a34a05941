"""Idempotency-Key: the same key and body get the first answer again, whatever happened to the connection meanwhile.

Key and answer are one row, inserted at the end of the transaction of the effect: after a crash there is either all of it or nothing.
A second request at the same instant waits at that insert for the first one's commit, is rolled back, and gives the first one's answer.
"""

import hmac
import re
from dataclasses import dataclass
from datetime import timedelta

from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.crypto import salted_hmac

from vanguard.accounts.models import User
from vanguard.errors import Conflict, Invalid
from vanguard.http.rendering import JSON
from vanguard.making import new
from vanguard.models import IdempotencyKey
from vanguard.plans import put
from vanguard.steps import Insert

HEADER = "Idempotency-Key"
KEPT = timedelta(hours=24)
STORED_HEADERS = ("Location", "ETag")
_WELL_FORMED = re.compile(r"[\x21-\x7e]{1,255}")


class KeyTaken(Conflict):
    """The key was used before; the transaction that came with it again must be rolled back."""


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

    def keep(self, response: HttpResponse) -> None:
        """Keep the answer under the key, with the effect. Raises KeyTaken where the key is taken, on PostgreSQL when all is sent."""
        record = new(
            IdempotencyKey,
            user=self.user,
            method=self.method,
            path=self.path,
            key=self.key,
            body_digest=self.body_digest,
            status=response.status_code,
            headers={name: response[name] for name in STORED_HEADERS if name in response},
            body=response.content.decode(),
        )
        put(_Kept(record))

    def stored(self) -> IdempotencyKey | None:
        """What is kept under it; None where there is nothing any more (it expired, and is deleted here)."""
        kept = IdempotencyKey.objects.filter(user=self.user, method=self.method, path=self.path, key=self.key).first()
        if kept is not None and kept.created_at < timezone.now() - KEPT:
            kept.delete()
            return None
        return kept

    def first_answer(self) -> HttpResponse | None:
        """The stored answer; None where there is none any more.

        Raises Conflict where the key came with another body.
        """
        stored = self.stored()
        if stored is None:
            return None
        if not hmac.compare_digest(stored.body_digest, self.body_digest):
            message = "This Idempotency-Key came with another body before. Use a new key for a new request."
            raise Conflict(message, code="idempotency_key_reused", field=HEADER)
        response = HttpResponse(stored.body, status=stored.status, content_type=JSON, headers=stored.headers)
        response["Cache-Control"] = "no-store"
        return response


@dataclass(frozen=True, slots=True)
class _Kept(Insert):
    """The row of a key, which may be there only once."""

    def refusal(self, table: str | None) -> Conflict | None:
        return _taken() if table == IdempotencyKey._meta.db_table else None

    def by_orm(self) -> None:
        try:
            with transaction.atomic():
                Insert.by_orm(self)
        except IntegrityError:
            raise _taken() from None


def _taken() -> KeyTaken:
    return KeyTaken("This Idempotency-Key was used before.", code="idempotency_key_taken", field=HEADER)


def purge_expired() -> int:
    """Delete the keys that are no longer kept; how many there were."""
    deleted, _ = IdempotencyKey.objects.filter(created_at__lt=timezone.now() - KEPT).delete()
    return deleted
