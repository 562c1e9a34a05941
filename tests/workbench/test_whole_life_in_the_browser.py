"""A policy's whole life through the pages: quoted, referred, approved by another, bound, endorsed backdated, cancelled, reinstated.

TEST_PICTURES names a folder for a picture of each page on the way and, where pdftoppm is, of each paper.
"""

import datetime
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests import needs
from tests.live import LiveServer, live_server
from tests.workbench.browsing import PICTURES, Desk, desks, give, said, stands, take

pytestmark = [needs.chromium, pytest.mark.slow, pytest.mark.once]
PRIYA, HANNAH = "priya@vanguard.example", "hannah@vanguard.example"
SEED = f"""
from tests.factories import CustomerFactory, underwriter
underwriter(email={PRIYA!r}, first_name="Priya", last_name="Nair")
underwriter(email={HANNAH!r}, first_name="Hannah", last_name="Whitfield")
CustomerFactory.create(first_name="Rosa", last_name="Delgado", email="rosa@example.com", address="9 Canary Row\\nAustin TX 78701")
"""


@pytest.fixture
def server() -> Iterator[LiveServer]:
    with live_server(seed=SEED) as server:
        yield server


@pytest.fixture
def desk(server: LiveServer) -> Iterator[Desk]:
    with desks(server) as log_in:
        yield log_in


def day(days: int) -> str:
    """So many days from today, at midnight, as a field takes it."""
    return f"{datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=days):%Y-%m-%dT00:00}"


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
    said(page, "is referred")
    expect(page.get_by_role("table", name="Rules that fired")).to_contain_text("Backdated cover")
    take(page, "3-referred")
    return page.url


def approve_as_second_person(page: Page, quote: str) -> None:
    page.get_by_role("link", name=re.compile("^QUO-")).first.click()
    expect(page).to_have_url(quote)
    give(page, "Approve", re.compile("^Approve at"), What_speaks_for_it="No loss known, statement signed. Roof inspected.")
    stands(page, "Approved")
    take(page, "4-approved")


def bind(page: Page, quote: str) -> None:
    page.goto(quote)
    give(page, "Bind at", re.compile("^Bind at"))
    stands(page, "Bound")
    take(page, "5-bound")
    page.get_by_role("link", name=re.compile("^POL-")).first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile("^POL-"))


def endorse_backdated(page: Page) -> None:
    give(page, "Endorse…", "Show what it costs", Takes_effect=day(-5), Limit="350,000.00", Rating_factor="garage", Times="1.2")
    expect(page.get_by_text("Nothing is booked yet")).to_be_visible()
    take(page, "6-endorsement-before-it-is-booked")
    page.get_by_role("button", name="Endorse, +").click()
    said(page, "is endorsed")
    expect(page.get_by_role("cell", name="350,000.00").first).to_be_visible()
    take(page, "7-endorsed")


def cancel(page: Page) -> None:
    give(page, "Cancel policy…", "Show the refund", Reason="insured_request", Takes_effect=day(-2), Refund="short_rate")
    expect(page.get_by_text("= refund")).to_be_visible()
    take(page, "8-refund-before-it-is-booked")
    page.get_by_role("button", name="Cancel, refund").click()
    stands(page, "Cancelled")
    take(page, "9-cancelled")


def reinstate(page: Page) -> None:
    give(page, "Reinstate…", "Show the charge")
    expect(page.get_by_text("Without a gap. Nothing is booked yet.")).to_be_visible()
    page.get_by_role("button", name="Reinstate, +").click()
    said(page, "is reinstated")
    stands(page, "Active")
    take(page, "10-reinstated")
