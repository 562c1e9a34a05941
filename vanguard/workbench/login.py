"""The log-in form: one step, one message for everybody who is not let in."""

from typing import Any

from django import forms
from django.contrib.admin.forms import AdminAuthenticationForm

WRONG = "E-mail or password is wrong."


class LoginForm(AdminAuthenticationForm):
    """A wrong password, an unknown name, a disabled account and a policyholder get the same answer."""

    error_messages = {"invalid_login": WRONG, "inactive": WRONG}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **({"label_suffix": ""} | kwargs))
        name, password = self.fields["username"], self.fields["password"]
        name.label = "E-mail"
        name.widget = forms.EmailInput(attrs={"autocomplete": "username", "maxlength": 255, "autofocus": True})
        if self.is_bound:
            name.widget.attrs.pop("autofocus")
            password.widget.attrs["autofocus"] = True
