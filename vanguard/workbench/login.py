"""The log-in: one message for everybody who is not let in, and a page of its own while it is locked."""

from typing import Any

from django.contrib.admin.forms import AdminAuthenticationForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from vanguard.accounts.lockout import seconds_locked, take_back
from vanguard.accounts.models import User
from vanguard.accounts.passwords import lockout_name

WRONG = "E-mail or password is wrong."


class CodeAsked(Exception):
    """The log-in goes on with the second step."""

    def __init__(self, user: User) -> None:
        super().__init__()
        self.user = user


class LoginForm(AdminAuthenticationForm):
    """A wrong password, an unknown name, a disabled account and a policyholder get the same answer."""

    error_messages = {"invalid_login": WRONG, "inactive": WRONG}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **({"label_suffix": ""} | kwargs))
        self.fields["username"].label = "E-mail"

    def confirm_login_allowed(self, user: Any) -> None:
        """Django asks here after the right password. Who has a second factor is not logged in yet."""
        super().confirm_login_allowed(user)
        if user.second_factor_since is not None and self.request is not None:
            take_back(self.request, user)
            raise CodeAsked(user)


def locked_page(request: HttpRequest, _response: HttpResponse | None, credentials: dict[str, Any] | None) -> HttpResponse:
    """What axes answers with while a log-in is locked (AXES_LOCKOUT_CALLABLE): the same for every name."""
    wait = seconds_locked(request, lockout_name(request, credentials))
    response = render(request, "workbench/locked.html", status=429)
    response["Retry-After"] = str(wait)
    return response
