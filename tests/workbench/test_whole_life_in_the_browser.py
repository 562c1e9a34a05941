"""A policy's whole life through the pages: quoted, referred, approved by another, bound, endorsed backdated, cancelled, reinstated.

TEST_PICTURES names a folder for a picture of each page on the way and, where pdftoppm is, of each paper.
"""

import datetime
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests import needs
from tests.chromium import chromium
from tests.factories import PASSWORD
from tests.live import LiveServer, live_server

pytestmark = [needs.chromium, pytest.mark.slow, pytest.mark.once]
PRIYA, HANNAH = "priya@vanguard.example", "hannah@vanguard.example"
SEED = f"""
from tests.factories import CustomerFactory, underwriter
underwriter(email={PRIYA!r}, first_name="Priya", last_name="Nair")
underwriter(email={HANNAH!r}, first_name="Hannah", last_name="Whitfield")
CustomerFactory.create(first_name="Rosa", last_name="Delgado", email="rosa@example.com", address="9 Canary Row\\nAustin TX 78701")
"""
PICTURES = os.environ.get("TEST_PICTURES", "")
type Desk = Callable[[str], Page]


@pytest.fixture
def server() -> Iterator[LiveServer]:
    with live_server(seed=SEED) as server:
        yield server


@pytest.fixture
def desk(server: LiveServer) -> Iterator[Desk]:
    """Logs a person in. What a browser complains about fails the test."""
    trouble: list[str] = []
    with chromium() as browser:
        yield lambda who: _log_in(browser, server, who, trouble)
    assert trouble == []


def _log_in(browser: Browser, server: LiveServer, who: str, trouble: list[str]) -> Page:
    page = browser.new_context(base_url=server.url, viewport={"width": 1440, "height": 900}).new_page()
    page.on("console", lambda line: trouble.append(line.text) if line.type == "error" and "status of" not in line.text else None)
    page.on("pageerror", lambda error: trouble.append(str(error)))
    page.goto("/admin/login/")
    page.get_by_label("E-mail").fill(who)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    expect(page.locator("#user-tools")).to_be_visible()
    return page


def take(page: Page, name: str) -> None:
    """A picture of the whole page, where pictures are asked for."""
    if PICTURES:
        Path(PICTURES).mkdir(parents=True, exist_ok=True)
        page.wait_for_timeout(300)  # the focus ring and the dialog come to rest
        page.screenshot(path=Path(PICTURES) / f"{name}.png", full_page=True)


def day(days: int) -> str:
    """So many days from today, at midnight, as a field takes it."""
    return f"{datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=days):%Y-%m-%dT00:00}"


def press(page: Page, link: str, button: str | re.Pattern[str], **fields: str) -> None:
    """Open a command's form, fill in fields by their labels, and send it."""
    page.get_by_role("link", name=link).first.click()
    form = page.get_by_role("dialog")
    for label, value in fields.items():
        fill(form.get_by_label(label.replace("_", " ")), value)
    form.get_by_role("button", name=button).click()


def fill(field: Locator, value: str) -> None:
    if field.evaluate("field => field.tagName") == "SELECT":
        field.select_option(value)
    else:
        field.fill(value)


def download_paper(page: Page, kind: str, name: str, folder: Path) -> None:
    """Have a paper made, and save what is handed out."""
    page.get_by_role("button", name=f"Make the {kind.lower()}").click()
    with page.expect_download() as waiting:
        page.get_by_role("link", name=kind).first.click()
    paper = folder / f"{name}.pdf"
    waiting.value.save_as(paper)
    assert paper.read_bytes().startswith(b"%PDF-")
    if PICTURES and (pdftoppm := shutil.which("pdftoppm")):
        subprocess.run([pdftoppm, "-r", "80", "-png", paper, Path(PICTURES) / name], check=True)


def test_a_policy_lives_from_its_quote_to_its_reinstatement(desk: Desk, tmp_path: Path) -> None:
    priya = desk(PRIYA)
    quote = request_and_price(priya)
    approve_as_second_person(desk(HANNAH), quote)
    bind(priya, quote)
    endorse_backdated(priya)
    download_paper(priya, "Policy schedule", "paper-schedule", tmp_path)
    download_paper(priya, "Endorsement", "paper-endorsement", tmp_path)
    cancel(priya)
    download_paper(priya, "Notice of cancellation", "paper-cancellation", tmp_path)
    reinstate(priya)


def request_and_price(page: Page) -> str:
    """A house with an old roof, covered since ten days ago: both are for an underwriter, the second for another person."""
    page.get_by_role("link", name="New quote").click()
    page.get_by_label("Customer").fill("rosa@example.com")
    page.get_by_label("Product").select_option(label="Homeowners")
    page.get_by_label("Covers from").fill(day(-10))
    take(page, "1-new-quote")
    page.get_by_role("button", name="Go on to the questions").click()
    page.get_by_role("link", name="Price…").click()
    form = page.get_by_role("dialog", name="Price QUO-")
    form.get_by_label("Construction").select_option(label="Masonry")
    for question, answer in (("Age of the roof", "31"), ("Miles to the fire station", "1"), ("Losses in five years", "0")):
        form.get_by_label(question).fill(answer)
    form.get_by_label("Alarm").select_option(label="Monitored")
    take(page, "2-price")
    form.get_by_role("button", name="Price QUO-").click()
    expect(page.locator(".messagelist")).to_contain_text("is referred")
    expect(page.get_by_role("table", name="Rules that fired")).to_contain_text("Backdated cover")
    take(page, "3-referred")
    return page.url


def approve_as_second_person(page: Page, quote: str) -> None:
    page.get_by_role("link", name=re.compile("^QUO-")).first.click()
    expect(page).to_have_url(quote)
    press(page, "Approve", re.compile("^Approve at"), What_speaks_for_it="No loss known, statement signed. Roof inspected.")
    expect(page.locator(".wb-record .wb-chip")).to_contain_text("Approved")
    take(page, "4-approved")


def bind(page: Page, quote: str) -> None:
    page.goto(quote)
    press(page, "Bind at", re.compile("^Bind at"))
    expect(page.locator(".wb-record .wb-chip")).to_contain_text("Bound")
    take(page, "5-bound")
    page.get_by_role("link", name=re.compile("^POL-")).first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile("^POL-"))


def endorse_backdated(page: Page) -> None:
    press(page, "Endorse…", "Show what it costs", Takes_effect=day(-5), Limit="350,000.00", Rating_factor="garage", Times="1.2")
    expect(page.get_by_text("Nothing is booked yet")).to_be_visible()
    take(page, "6-endorsement-before-it-is-booked")
    page.get_by_role("button", name="Endorse, +").click()
    expect(page.locator(".messagelist")).to_contain_text("is endorsed")
    expect(page.get_by_role("cell", name="350,000.00").first).to_be_visible()
    take(page, "7-endorsed")


def cancel(page: Page) -> None:
    press(page, "Cancel policy…", "Show the refund", Reason="insured_request", Takes_effect=day(-2), Refund="short_rate")
    expect(page.get_by_text("= refund")).to_be_visible()
    take(page, "8-refund-before-it-is-booked")
    page.get_by_role("button", name="Cancel, refund").click()
    expect(page.locator(".wb-record .wb-chip").first).to_contain_text("Cancelled")
    take(page, "9-cancelled")


def reinstate(page: Page) -> None:
    press(page, "Reinstate…", "Show the charge")
    expect(page.get_by_text("Without a gap. Nothing is booked yet.")).to_be_visible()
    page.get_by_role("button", name="Reinstate, +").click()
    expect(page.locator(".messagelist")).to_contain_text("is reinstated")
    expect(page.locator(".wb-record .wb-chip").first).to_contain_text("Active")
    take(page, "10-reinstated")
