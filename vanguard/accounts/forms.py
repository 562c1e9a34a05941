"""Django's own forms for a new password, which end what was given out under the old one."""

from typing import Any

from django.contrib.admin.forms import AdminPasswordChangeForm as DjangoOwnPasswordForm
from django.contrib.auth.forms import AdminPasswordChangeForm as DjangoSomebodysPasswordForm
from django.db import transaction

from vanguard.accounts.models import User
from vanguard.accounts.services import end_log_ins
from vanguard.audit import acting_as


class OwnPasswordForm(DjangoOwnPasswordForm):
    """One's own. The session that it was changed in goes on."""

    def save(self, commit: bool = True) -> User:
        with acting_as(self.user):
            return _saved(super().save, self.user, commit)


class SomebodysPasswordForm(DjangoSomebodysPasswordForm):
    """Somebody else's, by an administrator."""

    def save(self, commit: bool = True) -> User:
        return _saved(super().save, self.user, commit)


def _saved(save: Any, user: User, commit: bool) -> User:
    with transaction.atomic():
        save(commit)
        if commit:
            end_log_ins(user, "password changed")
    return user
