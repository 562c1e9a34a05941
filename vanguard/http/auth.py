"""Bearer tokens at the door: who is calling, settled once per request."""

from collections.abc import Iterable
from functools import cache
from typing import Any
from uuid import UUID

from django.contrib.auth.models import Group, Permission
from django.contrib.postgres.expressions import ArraySubquery
from django.db import DEFAULT_DB_ALIAS
from django.db.models import CharField, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Concat
from django.http import HttpRequest
from ninja.security.base import AuthBase

from vanguard import confinement, context, own_writes
from vanguard.accounts.models import User
from vanguard.accounts.second_factor import require_set_up
from vanguard.accounts.tokens import AccessClaims, read_access_token
from vanguard.errors import Unauthenticated
from vanguard.http import callers, pool, rates
from vanguard.http.callers import Caller
from vanguard.http.compiled import Prepared
from vanguard.http.threads import in_thread


class AuthenticatedRequest(HttpRequest):
    """A request behind `Bearer`: nobody checks again for somebody anonymous."""

    auth: User
    family_id: UUID


class Bearer(AuthBase):
    """`Authorization: Bearer <access token>`, the scheme in any case."""

    openapi_type = "http"
    openapi_scheme = "bearer"
    openapi_bearerFormat = "JWT"

    async def __call__(self, request: HttpRequest) -> User:
        scheme, _, token = str(request.META.get("HTTP_AUTHORIZATION", "")).strip().partition(" ")
        if scheme.lower() != "bearer" or not token:
            await rates.anonymous()
            raise Unauthenticated("Log in first: this address needs a valid access token.")
        context.confined_to.set("")
        context.changes_only_of.set("")
        try:
            claims = read_access_token(token.strip())
            user = await caller(claims)
        except Unauthenticated:
            await rates.refused_token()
            raise
        await rates.take(rates.REQUESTS, str(user.pk))
        context.user_id.set(str(user.pk))
        context.family_id.set(claims.family_id)
        context.factor_at.set(None)
        confinement.settle(user, request.method or "")
        own_writes.settle(user, request.method or "")
        request.family_id = claims.family_id  # type: ignore[attr-defined]  # AuthenticatedRequest declares it
        return user


async def caller(claims: AccessClaims) -> User:
    """The token's user, with permissions as they are now: a role that was taken away is gone at once (see vanguard.http.callers).

    Raises Unauthenticated when the log-in has ended meanwhile; NotAllowed for staff without the second factor that they must have.
    """
    user, held = await (_read_on_the_loop(claims) if pool.is_there() else in_thread(lambda: _read_by_orm(claims)))
    if user is None:
        raise Unauthenticated("The access token is not valid.")
    require_set_up(user)
    if not user.is_superuser:
        user._perm_cache = set(held)  # type: ignore[attr-defined]  # Django's own cache
    return user


def _logged_in(email: str, token_version: int, family_id: UUID) -> QuerySet[User]:
    return User.objects.filter(
        email=email, token_version=token_version, is_active=True, token_families__pk=family_id, token_families__ended_at=None
    )


def _own(user: Any) -> QuerySet[Any, int]:
    return User.user_permissions.through.objects.filter(user=user).values_list("permission_id", flat=True)


def _of_roles(user: Any) -> QuerySet[Any, int]:
    return Group.permissions.through.objects.filter(group__user=user).values_list("permission_id", flat=True)


def _names(which: Q) -> dict[int, str]:
    """Permissions' names ("app.codename") by their ids."""
    name = Concat("content_type__app_label", Value("."), "codename", output_field=CharField())
    return dict(Permission.objects.filter(which).order_by().annotate(full_name=name).values_list("pk", "full_name"))


def _read_by_orm(claims: AccessClaims) -> tuple[User | None, Iterable[str]]:
    user = _logged_in(claims.email, claims.token_version, claims.family_id).first()
    if user is None or user.is_superuser:
        return user, []
    return user, _names(Q(pk__in=_own(user.pk)) | Q(pk__in=_of_roles(user.pk))).values()


async def _read_on_the_loop(claims: AccessClaims) -> tuple[User | None, Iterable[str]]:
    memory = callers.memory(pool.parameters)
    known = memory.recall(claims)
    if known is None:
        forgotten = memory.forgotten
        known = await _read(claims)
        if known is None:
            return None, []
        memory.keep(claims, known, forgotten)
    # A user of its own for each request, which may do with it what it likes.
    return User.from_db(DEFAULT_DB_ALIAS, _statement()[1], known.row), known.permissions


async def _read(claims: AccessClaims) -> Caller | None:
    """User and permissions in one statement."""
    prepared, names = _statement()
    values = prepared.filled(email=claims.email, token_version=claims.token_version, family_id=claims.family_id)
    found = await pool.fetch(prepared.statement.sql, values)
    if not found:
        return None
    *row, own, of_roles = found[0]
    return Caller(str(row[names.index("id")]), tuple(row), frozenset(await _named({*own, *of_roles})))


_known: dict[int, str] = {}


async def _named(permissions: set[int]) -> list[str]:
    """Their names, which never change; one that is not known yet was added since."""
    if not permissions <= _known.keys():
        _known.update(await in_thread(lambda: _names(Q())))
    return [_known[permission] for permission in permissions if permission in _known]


@cache
def _statement() -> tuple[Prepared, tuple[str, ...]]:
    marks: dict[str, Any] = {"email": "\ue000", "token_version": 2_000_000_001, "family_id": UUID(int=1)}
    names = tuple(field.attname for field in User._meta.concrete_fields)
    held = {"own": ArraySubquery(_own(OuterRef("pk"))), "of_roles": ArraySubquery(_of_roles(OuterRef("pk")))}
    rows = _logged_in(**marks).order_by().annotate(**held).values_list(*names, *held)
    return Prepared.of(rows, marks), names
