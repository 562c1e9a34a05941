"""A clock that is set: the platform's time goes on from the moment that an example names, at its usual pace."""

import datetime

import pytest
from django.utils import timezone

from vanguard.accounts import tokens


def moment(text: str) -> datetime.datetime:
    """2026-03-01 00:01, of UTC unless an offset is said."""
    read = datetime.datetime.fromisoformat(text)
    return read if read.tzinfo else read.replace(tzinfo=datetime.UTC)


class SetClock:
    """What `timezone.now` tells, and what tokens run out by."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self._ahead = datetime.timedelta()

        class Shifted(datetime.datetime):
            @classmethod
            def now(cls, tz: datetime.tzinfo | None = None) -> datetime.datetime:  # type: ignore[override]  # serializers know the plain one
                return datetime.datetime.now(tz) + self._ahead

        # Below `timezone.now` itself, which is the default of many columns and was taken when their models were read.
        patch.setattr(timezone, "datetime", Shifted)
        # PyJWT reads the machine's clock; the platform's own look at when a token runs out is left.
        patch.setattr(tokens, "CHECKED", tokens.CHECKED | {"verify_exp": False})
        patch.setattr(tokens, "time", lambda: timezone.now().timestamp())

    def set(self, text: str) -> None:
        self._ahead += moment(text) - timezone.now()
