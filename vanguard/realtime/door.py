"""Who comes in, and as whom: with an access token, or with the admin's session from one of our own pages."""

from dataclasses import dataclass
from datetime import datetime
from importlib import import_module
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.contrib.auth import HASH_SESSION_KEY, get_user
from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest

from vanguard.accounts.models import User
from vanguard.accounts.second_factor import require_set_up
from vanguard.accounts.tokens import expiry_of, read_access_token
from vanguard.errors import NotAllowed, NotFound, Unauthenticated
from vanguard.http.auth import caller
from vanguard.realtime.beside import beside
from vanguard.realtime.streams import Stream

PROTOCOL = "bearer"


@dataclass(frozen=True, slots=True)
class TokenLogIn:
    """By an access token: it stands until the token runs out or its family ends."""

    family_id: UUID
    token_version: int
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class SessionLogIn:
    """By the admin's session: it stands while the session does, and the password that it was opened with."""

    key: str
    password_hash: str


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody who was let in to one stream."""

    user_id: UUID
    log_in: TokenLogIn | SessionLogIn
    # Whether this is who sees every record of the stream; others hear of their own only.
    sees_all: bool
    # What the answer to the handshake selects.
    protocol: str | None = None


async def let_in(request: HttpRequest, protocols: list[str], stream: Stream, follows: UUID | None) -> Visitor:
    """Who calls. Raises Unauthenticated; NotAllowed for another site's page; NotFound for a record outside the caller's scope."""
    if protocols and protocols[0].lower() == PROTOCOL:
        return await _by_token(protocols[1:], stream, follows)
    if settings.SESSION_COOKIE_NAME not in request.COOKIES:
        raise Unauthenticated("Log in first: send the protocols “bearer” and an access token, or the session of the workbench.")
    check_origin(request)
    return await beside(lambda: _by_session(request, stream, follows))


def check_origin(request: HttpRequest) -> None:
    """A cookie is sent whatever page asks: it counts only for a page of this very host. Raises NotAllowed."""
    origin = urlsplit(request.META.get("HTTP_ORIGIN", ""))
    if (origin.scheme, origin.netloc) != (request.scheme, request.get_host()):
        raise NotAllowed("Pages of other sites are not served here.", code="foreign_origin")


async def _by_token(rest: list[str], stream: Stream, follows: UUID | None) -> Visitor:
    if len(rest) != 1:
        raise Unauthenticated("Send two protocols: “bearer”, and an access token.")
    claims = read_access_token(rest[0])
    user = await caller(claims)
    log_in = TokenLogIn(claims.family_id, claims.token_version, expiry_of(rest[0]))
    return await beside(lambda: _visitor(user, log_in, stream, follows, PROTOCOL))


def _by_session(request: HttpRequest, stream: Stream, follows: UUID | None) -> Visitor:
    session: SessionBase = import_module(settings.SESSION_ENGINE).SessionStore(request.COOKIES[settings.SESSION_COOKIE_NAME])
    request.session = session
    user = get_user(request)
    if not (isinstance(user, User) and user.is_staff):
        raise Unauthenticated("The session of the workbench has ended.")
    require_set_up(user)
    log_in = SessionLogIn(str(session.session_key), str(session.get(HASH_SESSION_KEY, "")))
    return _visitor(user, log_in, stream, follows, None)


def _visitor(user: User, log_in: TokenLogIn | SessionLogIn, stream: Stream, follows: UUID | None, protocol: str | None) -> Visitor:
    if follows is not None and not stream.is_visible(user, follows):
        raise NotFound("There is nothing at this address.")
    return Visitor(user.pk, log_in, user.has_perm(stream.permission), protocol)
