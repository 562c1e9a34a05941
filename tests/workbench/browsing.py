"""Whole lives in a real browser: people at their own desks, the forms that they send, and a picture of each step where one is asked for."""

import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.chromium import PATIENCE_MS, chromium
from tests.factories import PASSWORD
from tests.live import LiveServer

# TEST_PICTURES names the folder.
PICTURES = os.environ.get("TEST_PICTURES", "")
type Desk = Callable[[str], Page]


@contextmanager
def desks(server: LiveServer) -> Iterator[Desk]:
    """Logs people in, each in a browser of their own. What a browser complains about fails the test."""
    trouble: list[str] = []
    with chromium() as browser:

        def log_in(who: str) -> Page:
            context = browser.new_context(base_url=server.url, viewport={"width": 1440, "height": 900})
            context.set_default_timeout(PATIENCE_MS)
            page = context.new_page()
            # A refusal by a rule has a status of 4xx, which Chromium reports as an error of its own.
            page.on("console", lambda line: trouble.append(line.text) if line.type == "error" and "status of 4" not in line.text else None)
            page.on("pageerror", lambda error: trouble.append(str(error)))
            page.goto("/admin/login/")
            page.get_by_label("E-mail").fill(who)
            page.get_by_label("Password").fill(PASSWORD)
            page.get_by_role("button", name="Log in").click()
            expect(page.locator("#user-tools")).to_be_visible()
            return page

        yield log_in
    assert trouble == []


def take(page: Page, name: str) -> None:
    """A picture of the whole page, where pictures are asked for."""
    if PICTURES:
        Path(PICTURES).mkdir(parents=True, exist_ok=True)
        page.wait_for_timeout(300)  # the focus ring and the dialog come to rest
        page.screenshot(path=Path(PICTURES) / f"{name}.png", full_page=True)


def said(page: Page, words: str | re.Pattern[str]) -> None:
    """What the page says was done."""
    expect(page.locator(".messagelist")).to_contain_text(words)


def stands(page: Page, state: str) -> None:
    """What the head of the record says."""
    expect(page.locator(".wb-record .wb-chip").first).to_contain_text(state)


def give(page: Page, command: str, button: str | re.Pattern[str], **fields: str) -> None:
    """Open a command's form, from its button or from the menu behind it; fill it in by how its labels begin, and send it."""
    opener = page.locator(".wb-record").get_by_role("link", name=command).first
    if not opener.is_visible():
        page.get_by_label("More actions").click()
    opener.click()
    form = page.get_by_role("dialog")
    for label, value in fields.items():
        field = form.get_by_label(re.compile(rf"^\s*{label.replace('_', ' ')}", re.IGNORECASE))
        if field.evaluate("field => field.tagName") == "SELECT":
            field.select_option(value)
        else:
            field.fill(value)
    form.get_by_role("button", name=button).click()
