from collections.abc import Iterator

import pytest

from tests import needs
from tests.factories import PASSWORD
from tests.frontend.conftest import Node
from tests.live import LiveServer, live_server

pytestmark = [needs.node, pytest.mark.once]
EMAIL = "admin@vanguard.example"


@pytest.fixture(scope="module")
def server() -> Iterator[LiveServer]:
    with live_server(seed=f"from tests.factories import superuser; superuser(email='{EMAIL}')") as server:
        yield server


def test_the_client_lists_gets_and_creates_exact_to_the_cent_and_the_millisecond(server: LiveServer, node: Node) -> None:
    done = node("tests/frontend/against_server.ts", BASE_URL=server.url, EMAIL=EMAIL, PASSWORD=PASSWORD)
    assert done.returncode == 0, done.stderr
    assert "every cent and every time came back" in done.stdout
