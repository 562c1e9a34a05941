"""Keys from the environment: the first encrypts, the fallbacks still decrypt, so that a key can be changed while the platform runs.

What is encrypted says under which key: `m1:<the key's id>:` stands before the token. Tokens from before that have no such head, and
are tried with every key. The id is a keyed digest's first eight digits; it tells nothing of the key.
"""

import base64
import functools
import hashlib
import hmac
from dataclasses import dataclass

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC
from django.conf import settings

HEAD = b"m1:"
# Of `m1:<id>:`, which is compared in the database.
HEAD_LENGTH = len(HEAD) + 9


class DecryptionError(Exception):
    """A stored value does not open with any key that we have. It is never handed out as if it were the value."""


@dataclass(frozen=True, slots=True)
class MasterKey:
    """One of the configured keys. `head` is what everything begins with that is encrypted under it."""

    id: str
    head: bytes
    box: Fernet
    stretched: bytes


@functools.cache
def _stretched(secret: str, salt: str, iterations: int) -> bytes:
    return PBKDF2HMAC(algorithm=hashes.SHA256(), length=32, salt=salt.encode(), iterations=iterations).derive(secret.encode())


@functools.lru_cache(maxsize=32)
def _key(secret: str, salt: str, iterations: int, purpose: str) -> MasterKey:
    stretched = _stretched(secret, salt, iterations)
    if purpose:
        stretched = hmac.digest(stretched, f"purpose:{purpose}".encode(), "sha256")
    name = hmac.new(stretched, b"the id of this key", hashlib.sha256).hexdigest()[:8]
    return MasterKey(name, HEAD + name.encode() + b":", Fernet(base64.urlsafe_b64encode(stretched)), stretched)


def master_keys(purpose: str = "") -> list[MasterKey]:
    """The key that encrypts, then the earlier ones. The first use of a key derives it, which takes a good part of a second.

    A `purpose` has keys of its own: what was encrypted for one is not taken for another's.
    """
    secrets = (settings.ENCRYPTION_KEY, *settings.ENCRYPTION_KEY_FALLBACKS)
    return [_key(secret, settings.ENCRYPTION_SALT, settings.ENCRYPTION_ITERATIONS, purpose) for secret in secrets]


def current_key(purpose: str = "") -> MasterKey:
    """The key under which everything is encrypted from now on."""
    return _key(settings.ENCRYPTION_KEY, settings.ENCRYPTION_SALT, settings.ENCRYPTION_ITERATIONS, purpose)


def encrypt(data: bytes, purpose: str = "") -> bytes:
    """`data` under the current key, with the head that says so."""
    key = current_key(purpose)
    return key.head + key.box.encrypt(data)


def is_current(token: bytes, purpose: str = "") -> bool:
    """Whether `token` says that it is under the current key."""
    return token.startswith(current_key(purpose).head)


def decrypt(token: bytes, purpose: str = "") -> bytes:
    """The data in `token`. Raises DecryptionError when no configured key opens it."""
    for key in _candidates(token, purpose):
        try:
            return key.box.decrypt(token[HEAD_LENGTH:] if token.startswith(HEAD) else token)
        except InvalidToken:
            continue
    raise DecryptionError(_said_of(token, purpose)) from None


def key_of(token: bytes) -> str:
    """The id of the key under which `token` says that it is; empty for one from before tokens said so."""
    return token[len(HEAD) : HEAD_LENGTH - 1].decode("ascii", "replace") if token.startswith(HEAD) else ""


def _candidates(token: bytes, purpose: str) -> list[MasterKey]:
    keys = master_keys(purpose)
    return [key for key in keys if token.startswith(key.head)] if token.startswith(HEAD) else keys


def _said_of(token: bytes, purpose: str) -> str:
    """Which settings to look at; nothing of the value, nor of any key."""
    if (name := key_of(token)) and not _candidates(token, purpose):
        return (
            f"A stored value is under the key {name}, which is neither ENCRYPTION_KEY nor one of ENCRYPTION_KEY_FALLBACKS"
            " (with ENCRYPTION_SALT as it is set here)."
        )
    return "A stored value cannot be decrypted: ENCRYPTION_KEY or ENCRYPTION_SALT is not the one it was written with, or it is damaged."


def digests(purpose: str, value: str) -> list[str]:
    """Irreversible keyed digests of `value`, 64 hex digits each: the current key's first, then the fallbacks' for look-ups.

    Keyed, because nine digits could be tried out in seconds against a bare hash.
    """
    return [hmac.new(key.stretched, f"{purpose}:{value}".encode(), hashlib.sha256).hexdigest() for key in master_keys()]
