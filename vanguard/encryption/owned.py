"""Data under a key of its owner's: destroying the one key makes everything under it unreadable, wherever copies of it lie.

`d1:<the owner's id>:` stands before such a token. A key is kept by the room that keeps the owners, wrapped by the platform's key, and
found through `Keyring`; opened keys are remembered for a short while, a bounded number of them. See docs/decisions/0109.
"""

import hashlib
import hmac
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from threading import Lock
from typing import Any
from uuid import UUID

from cryptography.fernet import Fernet, InvalidToken

from vanguard.encryption import keys
from vanguard.encryption.keys import DecryptionError

HEAD = b"d1:"
HEAD_LENGTH = len(HEAD) + 33
REMEMBERED = 5_000
SECONDS = 60.0
GONE = "The key of this personal data was destroyed, or is not in this database: the data cannot be read any more."


class KeyIsGone(DecryptionError):
    """The owner's data was erased, or the table of keys was not restored with the rest."""


@dataclass(frozen=True, slots=True)
class OwnKey:
    """One owner's key, opened."""

    owner: UUID
    secret: str
    box: Fernet

    @classmethod
    def of(cls, owner: UUID, secret: str) -> "OwnKey":
        return cls(owner, secret, Fernet(secret))

    @classmethod
    def new(cls, owner: UUID) -> "OwnKey":
        """A fresh one, that nobody has stored yet."""
        return cls.of(owner, Fernet.generate_key().decode())

    def encrypt(self, data: bytes) -> bytes:
        return HEAD + self.owner.hex.encode() + b":" + self.box.encrypt(data)

    def mark(self, data: bytes) -> str:
        """The digest of `data` that this key alone makes, 64 hex digits. Rotations leave it; it tells nothing once the key is gone."""
        return hmac.new(self.secret.encode(), b"mark:" + data, hashlib.sha256).hexdigest()


@dataclass(frozen=True, slots=True)
class Sealed:
    """A value as the database holds it. It is opened when somebody looks at it, and written back as it is when nobody did."""

    token: bytes

    @property
    def owner(self) -> UUID | None:
        return owner_of(self.token)


@dataclass(slots=True)
class Keyring:
    """`sources` are the queries that read the keys of several owners, by kind of owner: rows with `pk` and `secret`.

    The rooms that keep owners add them. They are asked one after the other, the next one only for what the ones before did not have.
    """

    sources: dict[str, Callable[[Iterable[UUID]], Any]] = field(default_factory=dict)
    remembered: OrderedDict[UUID, tuple[float, OwnKey]] = field(default_factory=OrderedDict)
    lock: Lock = field(default_factory=Lock)

    def add_source(self, kind: str, source: Callable[[Iterable[UUID]], Any], *, first: bool = False) -> None:
        """`first`: most keys are of this kind, so it is asked before the others, whichever room starts first."""
        others = {name: each for name, each in self.sources.items() if name != kind}
        self.sources = {kind: source, **others} if first else {**others, kind: source}

    def find(self, owner: UUID) -> OwnKey | None:
        """The owner's key: remembered, or read."""
        return self.known(owner) or self.load([owner]).get(owner)

    def known(self, owner: UUID) -> OwnKey | None:
        """The owner's key where it is remembered."""
        with self.lock:
            until, key = self.remembered.get(owner, (0.0, None))
        return key if until > time.monotonic() else None

    def missing(self, values: Iterable[Any]) -> set[UUID]:
        """Whose keys are to be read before the sealed ones among `values` can be opened."""
        owners = {value.owner for value in values if isinstance(value, Sealed)}
        return {owner for owner in owners if owner is not None and self.known(owner) is None}

    def load(self, owners: Iterable[UUID]) -> dict[UUID, OwnKey]:
        """Reads the keys of these, in one query where all are of the first kind of owner, and remembers them."""
        wanted, found = set(owners), dict[UUID, OwnKey]()
        for source in self.sources.values():
            if wanted:
                found |= self.remember({row.pk: row.secret for row in source(wanted)})
                wanted -= found.keys()
        return found

    def load_for(self, records: Iterable[Any]) -> None:
        """Before many records are shown: reads the keys that are missing for them, in one query."""
        if missing := self.missing(value for record in records for value in vars(record).values()):
            self.load(missing)

    def remember(self, secrets: Mapping[UUID, str]) -> dict[UUID, OwnKey]:
        found = {owner: OwnKey.of(owner, secret) for owner, secret in secrets.items()}
        until = time.monotonic() + SECONDS
        with self.lock:
            for owner, key in found.items():
                self.remembered[owner] = (until, key)
                self.remembered.move_to_end(owner)
            while len(self.remembered) > REMEMBERED:
                self.remembered.popitem(last=False)
        return found

    def forget(self, owner: UUID) -> None:
        with self.lock:
            self.remembered.pop(owner, None)


keyring = Keyring()


def owner_of(token: bytes) -> UUID | None:
    """Under whose key the token is; None for the platform's own."""
    if not token.startswith(HEAD):
        return None
    try:
        return UUID(token[len(HEAD) : HEAD_LENGTH - 1].decode("ascii"))
    except ValueError:
        raise DecryptionError("A stored value is damaged: it does not say under whose key it is.") from None


def decrypt(token: bytes) -> bytes:
    """The data in `token`, whether under an owner's key or the platform's. Raises KeyIsGone, DecryptionError."""
    owner = owner_of(token)
    if owner is None:
        return keys.decrypt(token)
    for _ in range(2):
        key = keyring.find(owner)
        if key is None:
            raise KeyIsGone(GONE)
        try:
            return key.box.decrypt(token[HEAD_LENGTH:])
        except InvalidToken:
            keyring.forget(owner)  # it may have been another transaction's, which was undone: read it again
    raise DecryptionError("A stored value does not open under its owner's key: it is damaged, or the key is another one.")
