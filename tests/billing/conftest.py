"""A notice of non-payment comes with its letter, which goes into a folder of the test's own."""

from pathlib import Path

import pytest
from pytest_django import Settings

from policies.billing.models import BillingAccount
from tests.billing.unpaid import noticed
from tests.clock import SetClock


@pytest.fixture(autouse=True)
def letters(tmp_path: Path, settings: Settings) -> Path:
    settings.MEDIA_ROOT = tmp_path / "letters"
    return tmp_path / "letters"


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> SetClock:
    clock = SetClock(monkeypatch)
    clock.set("2025-12-01 09:00")
    return clock


@pytest.fixture
def unpaid(clock: SetClock) -> BillingAccount:
    """1,200.00 a year from 1 January 2026, 00:01, due at once. Notice is given on the 2nd at noon: cover ends on 2 February, 00:01."""
    return noticed(clock)
