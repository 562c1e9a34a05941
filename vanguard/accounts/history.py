"""None of the last five passwords again: kept as their hashes, asked wherever Django's password validators are."""

from collections.abc import Iterable
from itertools import islice

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.hashers import check_password, is_password_usable
from django.core.exceptions import ValidationError

from vanguard.accounts.models import PasswordHistory, User

REMEMBERED = 5


class NotReused:
    """A validator of AUTH_PASSWORD_VALIDATORS. The password that is in use counts as the first of the five."""

    def validate(self, password: str, user: AbstractBaseUser | None = None) -> None:
        # bcrypt is slow on purpose: five comparisons take about a second, and only a change of password pays for them.
        if isinstance(user, User) and any(check_password(password, each) for each in _last_hashes(user)):
            raise ValidationError(f"The password must not be one of your last {REMEMBERED}.", code="password_reused")

    def password_changed(self, password: str, user: AbstractBaseUser | None = None) -> None:
        """Django calls this after a new password was saved, through whichever door it came."""
        if isinstance(user, User) and is_password_usable(user.password):
            PasswordHistory.objects.create(user=user, password=user.password)
            kept = PasswordHistory.objects.filter(user=user).order_by("-pk").values("pk")[:REMEMBERED]
            PasswordHistory.objects.filter(user=user).exclude(pk__in=list(kept.values_list("pk", flat=True))).delete()

    def get_help_text(self) -> str:
        return f"Not one of the last {REMEMBERED}."


def _last_hashes(user: User) -> Iterable[str]:
    """The current one first: it may have been set without Django's hook (the demo's are), or before there was a history."""
    if user._state.adding:  # a new log-in has no past
        return []
    earlier = PasswordHistory.objects.filter(user=user).order_by("-pk").values_list("password", flat=True)[:REMEMBERED]
    known = dict.fromkeys(each for each in (user.password, *earlier) if each and is_password_usable(each))
    return islice(known, REMEMBERED)
