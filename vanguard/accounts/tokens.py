"""Bearer tokens. A short access token, signed; a refresh token that works once, of which only the digest is kept.

Both belong to a family, which is one log-in: ending it ends every token that came from it, at once.
"""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from time import time
from typing import Any
from uuid import UUID, uuid4

import jwt
from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from jwt.algorithms import HMACAlgorithm
from jwt.types import Options

from vanguard.accounts.models import RefreshToken, TokenFamily, User
from vanguard.errors import Unauthenticated

ISSUER = "vanguardai"
AUDIENCE = "vanguardai-api"
ALGORITHM = "HS256"
ACCESS = "access"
CLAIMS = ["exp", "iat", "iss", "aud", "sub", "jti", "sid", "tv", "type"]
# Not when it was made: a token of another node, or of before the clock was set back, would be refused though it is ours and not run out.
CHECKED: Options = {"require": CLAIMS, "verify_iat": False}


@dataclass(frozen=True, slots=True)
class AccessClaims:
    """What a verified access token says."""

    email: str
    family_id: UUID
    token_version: int


@dataclass(frozen=True, slots=True)
class TokenPair:
    access: str
    refresh: str
    seconds: int


def start_family(user: User, factor_at: datetime | None = None) -> TokenPair:
    """Tokens for a fresh log-in; `factor_at`: when a code of the second factor was given."""
    with transaction.atomic():
        family = TokenFamily.objects.create(user=user, factor_at=factor_at)
        return _pair(family, user)


def refresh(refresh_token: str) -> TokenPair:
    """New tokens for an unused refresh token. Two uses at the same instant: one wins, and then the family ends.

    Raises Unauthenticated for a token that is unknown, expired, used, of an ended family, or of somebody who left.
    """
    rows = RefreshToken.objects.filter(digest=_digest(refresh_token))
    with transaction.atomic():
        # Compare-and-swap: the database decides who was first.
        first_use = rows.filter(used_at=None).update(used_at=timezone.now()) == 1
        token = rows.select_related("family__user").first()
        if token is not None and first_use and _is_good(token):
            return _pair(token.family, token.family.user)
        if token is not None and not first_use:
            end_families(TokenFamily.objects.filter(pk=token.family_id), "refresh token used twice")
    # Raised outside, so that the end of the family is committed.
    raise Unauthenticated("This refresh token is not valid. Log in again.")


def log_out(user: User, family_id: UUID, refresh_token: str | None = None) -> None:
    """End this log-in, and the one that the refresh token belongs to, where that is another of the user's own: both or neither."""
    with transaction.atomic():
        end_families(TokenFamily.objects.filter(pk=family_id), "logged out")
        if refresh_token:
            end_families(TokenFamily.objects.filter(user=user, refresh_tokens__digest=_digest(refresh_token)), "logged out")


def end_families(families: QuerySet[TokenFamily], reason: str) -> None:
    """End these log-ins: none of their tokens is accepted from now on."""
    TokenFamily.objects.filter(pk__in=families.values("pk"), ended_at=None).update(ended_at=timezone.now(), ended_reason=reason)


def read_access_token(token: str) -> AccessClaims:
    """The claims of a well-signed, unexpired access token. Whether its family still lives, the database tells.

    Raises Unauthenticated for anything else.
    """
    claims, expires_at = _verified(token, _keys())
    if expires_at <= time():
        raise _not_valid()
    return claims


def expiry_of(token: str) -> datetime:
    """Until when a token that `read_access_token` took is good. Raises as that does."""
    return datetime.fromtimestamp(_verified(token, _keys())[1], UTC)


def _keys() -> tuple[str, ...]:
    """The key that signs, and those that signed before it: what they signed is good until it runs out."""
    return (settings.JWT_SECRET_KEY, *settings.JWT_EARLIER_SECRET_KEYS)


@lru_cache(maxsize=4096)
def _verified(token: str, keys: tuple[str, ...]) -> tuple[AccessClaims, float]:
    """What a token says, and until when. A good token is the same each time, and comes with every request of half an hour.

    Its header chooses among our own keys, by name, and nothing else: neither the algorithm nor where a key would be found.
    """
    try:
        secret = _by_id(keys).get(jwt.get_unverified_header(token).get("kid"))
        if secret is None:
            raise _not_valid()
        read = _reader.decode_complete(token, secret, algorithms=[ALGORITHM], issuer=ISSUER, audience=AUDIENCE, options=CHECKED)
        claims = read["payload"]
        if claims["type"] != ACCESS:
            raise _not_valid()
        return AccessClaims(claims["sub"], UUID(claims["sid"]), int(claims["tv"])), float(claims["exp"])
    except (jwt.InvalidTokenError, ValueError, TypeError, AttributeError):
        raise _not_valid() from None


def _not_valid() -> Unauthenticated:
    return Unauthenticated("The access token is not valid.")


def _pair(family: TokenFamily, user: User) -> TokenPair:
    now = timezone.now()
    refresh_token = secrets.token_urlsafe(32)
    RefreshToken.objects.create(
        family=family, digest=_digest(refresh_token), expires_at=now + timedelta(seconds=settings.REFRESH_TOKEN_SECONDS)
    )
    return TokenPair(_access_token(family, user, now), refresh_token, settings.ACCESS_TOKEN_SECONDS)


def _access_token(family: TokenFamily, user: User, now: datetime) -> str:
    claims: dict[str, Any] = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": user.email,
        "iat": now,
        "exp": now.astimezone(UTC) + timedelta(seconds=settings.ACCESS_TOKEN_SECONDS),
        "jti": uuid4().hex,
        "type": ACCESS,
        "sid": str(family.pk),
        "tv": user.token_version,
    }
    return jwt.encode(claims, settings.JWT_SECRET_KEY, algorithm=ALGORITHM, headers={"kid": _key_id(settings.JWT_SECRET_KEY)})


def _is_good(token: RefreshToken) -> bool:
    return token.expires_at > timezone.now() and token.family.ended_at is None and token.family.user.is_active


def _digest(refresh_token: str) -> str:
    return hashlib.sha256(refresh_token.encode("utf-8", "replace")).hexdigest()


@lru_cache(maxsize=8)
def _key_id(secret: str) -> str:
    """Tells keys apart in a token's header without telling the key."""
    return hashlib.sha256(b"key id:" + secret.encode()).hexdigest()[:16]


@lru_cache(maxsize=4)
def _by_id(keys: tuple[str, ...]) -> dict[Any, str]:
    return {_key_id(key): key for key in keys}


class _KnownKey(HMACAlgorithm):
    """PyJWT looks at a key with every token, whether it is a public one in disguise; ours is looked at once."""

    def prepare_key(self, key: str | bytes) -> bytes:
        return _prepared(key)


@lru_cache(maxsize=8)
def _prepared(key: str | bytes) -> bytes:
    return HMACAlgorithm(HMACAlgorithm.SHA256).prepare_key(key)


def _make_reader() -> jwt.PyJWT:
    signatures = jwt.PyJWS(algorithms=[])
    signatures.register_algorithm(ALGORITHM, _KnownKey(HMACAlgorithm.SHA256))
    reader = jwt.PyJWT()
    reader._jws = signatures
    return reader


_reader = _make_reader()
