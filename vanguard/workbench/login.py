"""The log-in: one step, one message for everybody who is not let in, and a page of its own while it is locked."""

from typing import Any

from django.contrib.admin.forms import AdminAuthenticationForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from vanguard.accounts.lockout import seconds_locked
from vanguard.accounts.passwords import lockout_name

WRONG = "E-mail or password is wrong."


class LoginForm(AdminAuthenticationForm):
    """A wrong password, an unknown name, a disabled account and a policyholder get the same answer."""

    error_messages = {"invalid_login": WRONG, "inactive": WRONG}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **({"label_suffix": ""} | kwargs))
        self.fields["username"].label = "E-mail"


def locked_page(request: HttpRequest, _response: HttpResponse | None, credentials: dict[str, Any] | None) -> HttpResponse:
    """What axes answers with while a log-in is locked (AXES_LOCKOUT_CALLABLE): the same for every name."""
    wait = seconds_locked(request, lockout_name(request, credentials))
    response = render(request, "workbench/locked.html", status=429)
    response["Retry-After"] = str(wait)
    return response
