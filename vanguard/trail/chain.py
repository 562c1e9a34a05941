"""What the chain is made of: its key, the digest of a link, the signature of a head, and a record as the bytes that are digested.

    digest of a link = HMAC-SHA256(key, digest of the link before · place, 8 bytes · record)

The key is 32 random bytes, encrypted under a key that is derived from ENCRYPTION_KEY for this alone. Who owns the database sees only the
encrypted form, so they can make no digest that would hold; and when ENCRYPTION_KEY is changed, the chain's key is encrypted anew and the
chain stays as it is.
"""

import hmac
import json
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any, Self

from django.db import DEFAULT_DB_ALIAS, connections
from django.utils import timezone

from vanguard.encryption import keys
from vanguard.trail.models import AuditHead, AuditKey, AuditLink

PURPOSE = "audit chain"
START = b"\0" * 32
# A record as JSON, made by the database. The two kinds of database write it differently, and each always in one way.
TOLD = {
    "postgresql": "convert_to(jsonb_build_array(r.id, (extract(epoch FROM r.at) * 1000000)::bigint, r.table_name, r.row_id, r.operation, "
    "r.old, r.new, r.transaction, r.actor, r.correlation_id, r.address)::text, 'UTF8')",
    "sqlite": 'CAST(json_array(r.id, r.at, r.table_name, r.row_id, r.operation, r.old, r.new, r."transaction", '
    "r.actor, r.correlation_id, r.address) AS blob)",
}


class NoKey(Exception):
    """The chain is there and the key is not: nothing can be sealed or verified until it is put back."""


@dataclass(frozen=True)
class Chain:
    """The arithmetic under one key."""

    key: bytes

    def digest(self, before: bytes, sequence: int, told: bytes) -> bytes:
        return hmac.digest(self.key, before + sequence.to_bytes(8) + told, "sha256")

    @cached_property
    def _signing(self) -> bytes:
        return hmac.digest(self.key, b"head", "sha256")

    def sign(self, head: "Head") -> bytes:
        return hmac.digest(self._signing, head.message, "sha256")


@dataclass(frozen=True, slots=True)
class Head:
    """The chain's end at an instant, as it is signed, stored and exported."""

    sequence: int
    digest: bytes
    at: datetime
    sealed_before: int
    signature: bytes = b""

    @classmethod
    def of(cls, row: AuditHead) -> Self:
        return cls(row.sequence, bytes(row.digest), row.at, row.sealed_before, bytes(row.signature))

    @classmethod
    def read(cls, text: str) -> Self:
        """From the JSON of `exported`. Raises ValueError for anything else."""
        try:
            told = json.loads(text)
            at, signature = datetime.fromisoformat(told["at"]), bytes.fromhex(told["signature"])
            return cls(int(told["sequence"]), bytes.fromhex(told["digest"]), at, int(told["sealed_before"]), signature)
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError("This is no exported head of the audit chain.") from error

    @property
    def message(self) -> bytes:
        return json.dumps([self.sequence, self.digest.hex(), self.at.astimezone(UTC).isoformat(), self.sealed_before]).encode()

    def is_signed(self, chain: Chain) -> bool:
        return hmac.compare_digest(chain.sign(self), self.signature)

    def exported(self) -> dict[str, Any]:
        return {
            "sequence": self.sequence,
            "digest": self.digest.hex(),
            "at": self.at.astimezone(UTC).isoformat(),
            "sealed_before": self.sealed_before,
            "signature": self.signature.hex(),
        }


def open_chain() -> Chain:
    """The chain under its key. Raises NoKey where none can be opened, and DecryptionError where it is encrypted under an unknown one."""
    newest = AuditKey.objects.order_by("-id").first()
    if newest is None:
        raise NoKey("The audit chain has no key.")
    return Chain(keys.decrypt(bytes(newest.wrapped), PURPOSE))


def open_or_begin() -> Chain:
    """The same, inside the sealer's transaction: makes the key where the chain begins, and encrypts it anew where ENCRYPTION_KEY is new."""
    newest = AuditKey.objects.order_by("-id").first()
    if newest is None:
        if AuditLink.objects.exists():
            raise NoKey("The audit chain has lost its key. Put audit_key back from a backup.")
        return _kept(secrets.token_bytes(32))
    chain = open_chain()
    return chain if keys.is_current(bytes(newest.wrapped), PURPOSE) else _kept(chain.key)


def _kept(key: bytes) -> Chain:
    AuditKey.objects.create(made_at=timezone.now(), wrapped=keys.encrypt(key, PURPOSE))
    return Chain(key)


def last_head() -> Head | None:
    found = AuditHead.objects.order_by("-sequence").first()
    return Head.of(found) if found else None


def vendor() -> str:
    return connections[DEFAULT_DB_ALIAS].vendor
