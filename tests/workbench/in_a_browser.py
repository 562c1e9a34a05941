"""The workbench in a real browser, against the real server with a small book: a module that wants a desk there imports these fixtures."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import cache
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.chromium import PATIENCE_MS, chromium
from tests.factories import PASSWORD
from tests.live import LiveServer, live_server

CLAIMS = "/admin/claims/claim/"


@pytest.fixture(scope="module")
def server() -> Iterator[LiveServer]:
    with live_server(seed="from tests.workbench.book import fill; fill()") as server:
        yield server


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as launched:
        yield launched


@pytest.fixture
def trouble() -> Iterator[list[str]]:
    """What the browser complained about: a script's error or a refusal by the policy fails the test."""
    said: list[str] = []
    yield said
    assert said == []


Sessions = Callable[[str], Any]
Desk = Callable[..., AbstractContextManager[Page]]


@pytest.fixture(scope="module")
def session_of(browser: Browser, server: LiveServer) -> Sessions:
    """A person's session, after logging in through the form; once for each."""

    @cache
    def log_in(who: str) -> Any:
        context = browser.new_context(base_url=server.url)
        page = context.new_page()
        page.goto("/admin/login/")
        page.get_by_label("E-mail").fill(who)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Log in").click()
        expect(page.locator("#user-tools")).to_be_visible()
        state = context.storage_state()
        context.close()
        return state

    return log_in


@pytest.fixture
def desk(browser: Browser, server: LiveServer, session_of: Sessions, trouble: list[str]) -> Desk:
    """Opens the home page of a person; `options` are the browser's."""

    @contextmanager
    def at_desk(who: str, **options: Any) -> Iterator[Page]:
        settings: dict[str, Any] = {"viewport": {"width": 1440, "height": 900}, "base_url": server.url} | options
        context = browser.new_context(storage_state=session_of(who), **settings)
        context.set_default_timeout(PATIENCE_MS)
        page = context.new_page()
        page.on("console", lambda line: trouble.append(line.text) if is_trouble(line.type, line.text) else None)
        page.on("pageerror", lambda error: trouble.append(str(error)))
        page.goto("/admin/")
        yield page
        context.close()

    return at_desk


def is_trouble(kind: str, text: str) -> bool:
    """Whether a line of the browser's console, of this kind, tells of something wrong."""
    # A refusal by a rule has a status of 4xx, which Chromium reports as an error of its own.
    return kind in ("error", "warning") and "the server responded with a status of 4" not in text


def from_api(server: LiveServer, who: str, number: str) -> dict[str, Any]:
    """The claim as the API tells it."""
    log_in = httpx.post(f"{server.url}/api/auth/token", json={"email": who, "password": PASSWORD}).json()
    bearer = {"Authorization": f"Bearer {log_in['data']['accessToken']}"}
    claim: dict[str, Any] = httpx.get(f"{server.url}/api/claims/by-number/{number}", headers=bearer).json()["data"]
    return claim
