"""Logging in with e-mail address and password, counted by axes over API and admin together."""

import math
from datetime import timedelta
from typing import Any

from axes.handlers.proxy import AxesProxyHandler
from axes.helpers import get_cool_off, get_credentials
from axes.models import AccessAttempt
from django.conf import settings
from django.contrib.auth import authenticate
from django.http import HttpRequest
from django.utils import timezone

from vanguard.accounts.models import TokenFamily, User
from vanguard.accounts.passwords import lockout_name
from vanguard.accounts.services import check_password_policy
from vanguard.accounts.tokens import TokenPair, end_families, start_family
from vanguard.audit import unit_of_work
from vanguard.errors import Throttled, Unauthenticated

# One message, whether the name, the password or the account's state is at fault.
WRONG_CREDENTIALS = "E-mail address or password is wrong."


def log_in(request: HttpRequest, email: str, password: str) -> TokenPair:
    """Tokens for the right credentials. Raises Unauthenticated for wrong ones, Throttled while the account is locked."""
    user = check_credentials(request, email, password)
    # What Django's login() would have done by signal, but for the session that axes starts there.
    AxesProxyHandler.reset_attempts(username=lockout_name(request, {"username": user.email}))
    User.objects.filter(pk=user.pk).update(last_login=timezone.now())
    return start_family(user)


def check_credentials(request: HttpRequest, email: str, password: str) -> User:
    """The user that these credentials belong to; each wrong pair counts towards the lock, and an unknown name costs the same work."""
    credentials = get_credentials(username=email, password=password)
    if not AxesProxyHandler.is_allowed(request, credentials):
        raise Throttled(
            "Too many failed log-ins. Wait before you try again.", retry_after=seconds_locked(request, credentials), code="locked"
        )
    user = authenticate(request, username=email, password=password)
    # The failure that locks is a wrong password like the others. Left set, axes' middleware would put its page in our answer's place.
    request.axes_locked_out = False  # type: ignore[attr-defined]
    if not isinstance(user, User):
        raise Unauthenticated(WRONG_CREDENTIALS, code="wrong_credentials")
    return user


def change_password(request: HttpRequest, user: User, family_id: Any, current: str, new: str) -> None:
    """Raises Unauthenticated for a wrong current password (which counts as a failed log-in), Invalid for a new one against the policy.

    All other log-ins of the user end; the one that asked goes on.
    """
    check_credentials(request, user.email, current)
    check_password_policy(user, new)
    with unit_of_work(user):
        user.set_password(new)
        user.save(update_fields=["password"])
        end_families(TokenFamily.objects.filter(user=user).exclude(pk=family_id), "password changed")


def seconds_locked(request: HttpRequest, credentials: dict[str, Any]) -> int:
    """Until so many of the counted failures are too old that the rest stays below the limit."""
    cool_off: timedelta = get_cool_off(request) or timedelta()
    now = timezone.now()
    name = lockout_name(request, credentials)
    attempts = list(AccessAttempt.objects.filter(username=name, attempt_time__gt=now - cool_off).order_by("attempt_time"))
    failures = sum(attempt.failures_since_start for attempt in attempts)
    for attempt in attempts:
        failures -= attempt.failures_since_start
        if failures < settings.AXES_FAILURE_LIMIT:
            return max(1, math.ceil((attempt.attempt_time + cool_off - now).total_seconds()))
    return 1
