"""Logging in with e-mail address and password, counted over API and admin together."""

from typing import Any, NamedTuple

from django.contrib.auth import authenticate
from django.http import HttpRequest
from django.utils import timezone

from vanguard.accounts.lockout import device_token, require_try, succeeded
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


def log_in(request: HttpRequest, email: str, password: str) -> LoggedIn:
    """Tokens for the right credentials. Raises Unauthenticated for wrong ones, Throttled while the account is locked."""
    user = check_credentials(request, email, password)
    # What Django's login() would have done by signal, but for the session that it starts.
    User.objects.filter(pk=user.pk).update(last_login=timezone.now())
    return LoggedIn(start_family(user), device_token(request, user))


def check_credentials(request: HttpRequest, email: str, password: str) -> User:
    """The user that these credentials belong to; each wrong pair counts towards the lock, and an unknown name costs the same work."""
    require_try(request, email)
    user = authenticate(request, username=email, password=password)
    if not isinstance(user, User):
        raise Unauthenticated(WRONG_CREDENTIALS, code="wrong_credentials")
    succeeded(request, user)
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
