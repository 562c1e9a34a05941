"""Each example goes through every way in, on a clock that it sets."""

import pytest

from tests.clock import SetClock
from tests.examples.through_admin import Admin
from tests.examples.through_api import Api
from tests.examples.ways import Way

WAYS: dict[str, type[Way]] = {"api": Api, "admin": Admin}


@pytest.fixture(params=WAYS)
def way(request: pytest.FixtureRequest, db: None) -> Way:
    return WAYS[request.param]()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> SetClock:
    return SetClock(monkeypatch)
