"""Logging in with e-mail address and password, counted over API and admin together."""

from typing import Any, NamedTuple

from django.contrib.auth import authenticate
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from vanguard.accounts import second_factor
from vanguard.accounts.lockout import device_token, require_try, succeeded, take_back
from vanguard.accounts.models import TokenFamily, User
from vanguard.accounts.services import check_password_policy
from vanguard.accounts.tokens import TokenPair, end_families, start_family
from vanguard.audit import unit_of_work
from vanguard.errors import Unauthenticated

# One message, whether the name, the password or the account's state is at fault.
WRONG_CREDENTIALS = "E-mail address or password is wrong."


class LoggedIn(NamedTuple):
    """What a log-in gives: tokens, and by what the device is known at the next one."""

    tokens: TokenPair
    device: str


def log_in(request: HttpRequest, email: str, password: str, code: str = "") -> LoggedIn:
    """Tokens for the right credentials: with a second factor those are password and `code`, which count as one try.

    Raises Unauthenticated for wrong ones ("otp_required" for a code that is needed and absent), Throttled while the account is locked,
    NotAllowed for staff who must have a second factor and have none.
    """
    user, now = _whose(request, email, password), timezone.now()
    if user.second_factor_since is None:
        succeeded(request, user)
    elif not code.strip():
        take_back(request, user)
        raise Unauthenticated("Send the code of your authenticator, too.", code="otp_required")
    # A code counts once: it is used with the log-in that it was for, or not at all.
    with transaction.atomic():
        if user.second_factor_since is not None and not second_factor.is_accepted(request, user, code):
            raise Unauthenticated(WRONG_CREDENTIALS, code="wrong_credentials")
        second_factor.require_set_up(user)
        # What Django's login() would have done by signal, but for the session that it starts.
        User.objects.filter(pk=user.pk).update(last_login=now)
        return LoggedIn(start_family(user, now if user.second_factor_since else None), device_token(request, user))


def check_password(request: HttpRequest, user: User, password: str) -> None:
    """Raises Unauthenticated where this is not the user's password, which counts as a failed log-in."""
    _whose(request, user.email, password)
    (succeeded if user.second_factor_since is None else take_back)(request, user)


def _whose(request: HttpRequest, email: str, password: str) -> User:
    """The user that these credentials belong to; a counted try. An unknown name costs the same work."""
    require_try(request, email)
    user = authenticate(request, username=email, password=password)
    if not isinstance(user, User):
        raise Unauthenticated(WRONG_CREDENTIALS, code="wrong_credentials")
    return user


def change_password(request: HttpRequest, user: User, family_id: Any, current: str, new: str) -> None:
    """Raises Unauthenticated for a wrong current password (which counts as a failed log-in), Invalid for a new one against the policy.

    All other log-ins of the user end; the one that asked goes on.
    """
    check_password(request, user, current)
    check_password_policy(user, new)
    with unit_of_work(user):
        user.set_password(new)
        user.save(update_fields=["password"])
        end_families(TokenFamily.objects.filter(user=user).exclude(pk=family_id), "password changed")
