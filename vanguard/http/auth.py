"""Bearer tokens at the door: who is calling, settled once per request."""

from uuid import UUID

from django.contrib.auth.models import Permission
from django.db.models import F, Q
from django.http import HttpRequest
from ninja.security.base import AuthBase

from vanguard import context
from vanguard.accounts.models import User
from vanguard.accounts.tokens import AccessClaims, read_access_token
from vanguard.errors import Unauthenticated
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
        scheme, _, token = request.headers.get("Authorization", "").strip().partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise Unauthenticated("Log in first: this address needs a valid access token.")
        claims = read_access_token(token.strip())
        user = await in_thread(lambda: _caller(claims))
        context.user_id.set(str(user.pk))
        request.family_id = claims.family_id  # type: ignore[attr-defined]  # AuthenticatedRequest declares it
        return user


def _caller(claims: AccessClaims) -> User:
    """The token's user, with permissions: two queries. Raises Unauthenticated when the log-in has ended meanwhile."""
    user = User.objects.filter(
        email=claims.email,
        token_version=claims.token_version,
        is_active=True,
        token_families__pk=claims.family_id,
        token_families__ended_at=None,
    ).first()
    if user is None:
        raise Unauthenticated("The access token is not valid.")
    if not user.is_superuser:
        # Django's own cache, filled by one query instead of its two; read anew for each request, so that a role that was
        # taken away is gone at once.
        held = Permission.objects.filter(Q(user=user) | Q(group__user=user))
        names = held.annotate(app=F("content_type__app_label")).values_list("app", "codename").distinct()
        user._perm_cache = {f"{app}.{codename}" for app, codename in names}  # type: ignore[attr-defined]
    return user
