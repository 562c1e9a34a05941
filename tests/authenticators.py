"""Second factors in tests: somebody who has set one up, and the codes that the authenticator shows."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pyotp
from django.test import Client
from django.utils import timezone

from tests.factories import PASSWORD
from vanguard import context
from vanguard.accounts.models import User
from vanguard.accounts.second_factor import enrol, new_set_up

PERIOD = 30


class Authenticator:
    """Shows the codes of one secret."""

    def __init__(self, secret: str) -> None:
        self.totp = pyotp.TOTP(secret.replace(" ", ""))

    def code(self, half_minutes: int = 0) -> str:
        """The code of now, or of so many half minutes later."""
        return self.totp.generate_otp(self.totp.timecode(timezone.now()) + half_minutes)


class Enrolled:
    """A user with a second factor: the authenticator has shown the first code, so `code()` is the one that follows."""

    def __init__(self, user: User) -> None:
        made = new_set_up(user)
        self.user, self.phone = user, Authenticator(made.secret)
        self.recovery_codes = enrol(user, made.sealed, self.phone.code(-1))

    def code(self, half_minutes: int = 0) -> str:
        return self.phone.code(half_minutes)


@contextmanager
def stepped_up() -> Iterator[None]:
    """A code was given a moment ago, in whatever way came in."""
    token = context.factor_at.set(timezone.now())
    try:
        yield
    finally:
        context.factor_at.reset(token)


def at_the_desk(enrolled: Enrolled, half_minutes: int = 0) -> Client:
    """A browser that has come in by both steps."""
    client = Client()
    client.post("/admin/login/", {"username": enrolled.user.email, "password": PASSWORD})
    answer: Any = client.post("/admin/login/code/", {"otp": enrolled.code(half_minutes)})
    assert answer.status_code == 302, answer.content
    return client
