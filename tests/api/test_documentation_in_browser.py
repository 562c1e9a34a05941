"""The documentation in a real browser, which reports every breach of the policy and every request that leaves the machine."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page

from tests import needs
from tests.chromium import PATIENCE_MS, chromium
from tests.live import LiveServer, live_server

# A picture that ReDoc wants from its maker's server. The policy keeps it from being asked for, and says so.
REDOCS_OWN_MARK = "https://cdn.redoc.ly/redoc/logo-mini.svg"
pytestmark = [needs.chromium, pytest.mark.slow, pytest.mark.once]


@pytest.fixture(scope="module")
def server() -> Iterator[LiveServer]:
    with live_server() as server:
        yield server


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    with chromium() as browser:
        yield browser.new_page()


@pytest.mark.parametrize(("path", "shown"), [("docs", "#operations-Claims-approve_claim"), ("redoc", "h2:has-text('Approve Claim')")])
def test_the_documentation_is_drawn_within_its_policy_and_from_this_server_alone(
    server: LiveServer, page: Page, path: str, shown: str
) -> None:
    complaints: list[str] = []
    asked: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{server.url}/api/{path}", wait_until="networkidle")
    page.locator(shown).first.wait_for(timeout=PATIENCE_MS)
    assert [text for text in complaints if REDOCS_OWN_MARK not in text] == []
    elsewhere = [url for url in asked if not url.startswith((server.url, "data:", REDOCS_OWN_MARK))]
    assert elsewhere == []
