"""From the letter to the new password, in a real browser, against the real server."""

import email
import re
import time
from collections.abc import Iterator
from email.policy import default
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests import needs
from tests.chromium import chromium
from tests.live import LiveServer, live_server

pytestmark = [needs.chromium, pytest.mark.slow, pytest.mark.once]
EMAIL, NEW = "maya@vanguard.example", "Another-horse-8!"


@pytest.fixture(scope="module")
def letters(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("letters")


@pytest.fixture(scope="module")
def server(letters: Path) -> Iterator[LiveServer]:
    # An absolute folder has its own slash after those of the scheme.
    seed = f"from tests.factories import adjuster; adjuster(email='{EMAIL}')"
    with live_server({"EMAIL_URL": f"filemail:///{letters}"}, seed=seed) as server:
        yield server


@pytest.fixture
def page(server: LiveServer) -> Iterator[Page]:
    with chromium() as browser:
        page = browser.new_page(base_url=server.url)
        said: list[str] = []
        page.on("console", lambda line: said.append(line.text) if line.type == "error" else None)
        page.on("pageerror", lambda error: said.append(str(error)))
        yield page
    assert said == []


def letter_in(folder: Path) -> str:
    """The text of the one letter, once it is there."""
    deadline = time.monotonic() + 15
    while not (found := [each for each in folder.iterdir() if each.stat().st_size]):
        assert time.monotonic() < deadline, "no letter came"
        time.sleep(0.05)
    time.sleep(0.2)
    return str(email.message_from_bytes(found[0].read_bytes().split(b"\n----")[0], policy=default).get_content())


def test_the_link_of_the_letter_lets_staff_choose_a_password_and_stays_out_of_the_logs(
    page: Page, server: LiveServer, letters: Path
) -> None:
    page.goto("/admin/login/")
    page.get_by_role("link", name="Forgotten your password?").click()
    page.locator("input[name=email]").fill(EMAIL)
    page.get_by_role("button").last.click()
    expect(page).to_have_url(f"{server.url}/admin/password_reset/done/")
    link = re.search(r"http://\S+(/admin/reset/)#token=(\S+)", letter_in(letters))
    assert link is not None
    page.goto(f"{link[1]}#token={link[2]}")
    expect(page).to_have_url(f"{server.url}/admin/reset/")
    page.get_by_label("New password").fill(NEW)
    page.get_by_label("The same again").fill(NEW)
    page.get_by_role("button", name="Set the password").click()
    expect(page.get_by_text("Your password has been set")).to_be_visible()
    page.goto("/admin/login/")
    page.get_by_label("E-mail").fill(EMAIL)
    page.get_by_label("Password").fill(NEW)
    page.get_by_role("button", name="Log in").click()
    expect(page.locator("#user-tools")).to_be_visible()
    assert link[2] not in server.log.read_text()
