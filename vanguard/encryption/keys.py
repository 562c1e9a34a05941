"""Keys from the environment: the first encrypts, the fallbacks still decrypt, so that a key can be changed while the platform runs."""

import base64
import functools
import hashlib
import hmac

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC
from django.conf import settings


class DecryptionError(Exception):
    """A stored value does not open with any configured key. It is never handed out as if it were the value."""


@functools.cache
def _stretched(secret: str, salt: str, iterations: int) -> bytes:
    return PBKDF2HMAC(algorithm=hashes.SHA256(), length=32, salt=salt.encode(), iterations=iterations).derive(secret.encode())


def _keys() -> tuple[bytes, ...]:
    secrets = (settings.ENCRYPTION_KEY, *settings.ENCRYPTION_KEY_FALLBACKS)
    return tuple(_stretched(secret, settings.ENCRYPTION_SALT, settings.ENCRYPTION_ITERATIONS) for secret in secrets)


@functools.lru_cache(maxsize=8)
def _fernet(keys: tuple[bytes, ...]) -> MultiFernet:
    return MultiFernet([Fernet(base64.urlsafe_b64encode(key)) for key in keys])


def _keys_for(purpose: str) -> tuple[bytes, ...]:
    """Keys of their own for a purpose: what was encrypted for one is not taken for another's."""
    return tuple(hmac.digest(key, f"purpose:{purpose}".encode(), "sha256") for key in _keys()) if purpose else _keys()


def encrypt(data: bytes, purpose: str = "") -> bytes:
    return _fernet(_keys_for(purpose)).encrypt(data)


def is_current(token: bytes, purpose: str = "") -> bool:
    """Whether `token` was encrypted under the first of the keys, and opens without the fallbacks."""
    try:
        _fernet(_keys_for(purpose)[:1]).decrypt(token)
    except InvalidToken:
        return False
    return True


def decrypt(token: bytes, purpose: str = "") -> bytes:
    """The data in `token`. Raises DecryptionError when no configured key opens it."""
    try:
        return _fernet(_keys_for(purpose)).decrypt(token)
    except InvalidToken:
        raise DecryptionError(
            "A stored value cannot be decrypted: ENCRYPTION_KEY or ENCRYPTION_SALT is not the one it was written with."
        ) from None


def digests(purpose: str, value: str) -> list[str]:
    """Irreversible keyed digests of `value`, 64 hex digits each: the current key's first, then the fallbacks' for look-ups.

    Keyed, because nine digits could be tried out in seconds against a bare hash.
    """
    return [hmac.new(key, f"{purpose}:{value}".encode(), hashlib.sha256).hexdigest() for key in _keys()]
