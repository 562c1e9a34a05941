"""Cursors: where a reader stands in a list, sealed, so that it can neither be read (it may hold a name) nor altered."""

import json
from base64 import urlsafe_b64encode
from dataclasses import asdict, dataclass
from functools import cache

from cryptography.fernet import Fernet, InvalidToken
from django.utils.crypto import salted_hmac

from vanguard.errors import Invalid


@dataclass(frozen=True, slots=True)
class Cursor:
    """The last row that was shown: its place in the list's order, and the number of the page that follows it."""

    of: str  # the list's model: a cursor of another list is refused
    sort: str
    value: str | None
    id: str
    page: int


def seal(cursor: Cursor) -> str:
    return _box().encrypt(json.dumps(asdict(cursor)).encode()).decode()


def unseal(sealed: str) -> Cursor:
    """Raises Invalid, naming `cursor`, for anything that `seal` has not made."""
    try:
        return Cursor(**json.loads(_box().decrypt(sealed.encode())))
    except (InvalidToken, ValueError, TypeError):
        raise bad_cursor() from None


def bad_cursor() -> Invalid:
    return Invalid("This is not a cursor of this list.", code="bad_cursor", field="cursor")


@cache
def _box() -> Fernet:
    return Fernet(urlsafe_b64encode(salted_hmac("vanguard.http.cursors", "seal", algorithm="sha256").digest()))
