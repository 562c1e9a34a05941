from collections.abc import Iterator

import pytest

from tests.security.trail import OLDEST_OF_OURS
from tests.webhooks.receiver import Receiver, receiving
from vanguard.trail import sealing


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as one:
        yield one


@pytest.fixture(autouse=True)
def _others_on_the_server_are_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sealing, "OLDEST_RUNNING", OLDEST_OF_OURS)
