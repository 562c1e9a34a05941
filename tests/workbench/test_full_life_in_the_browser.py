"""A claim's full life through the pages, by those who do it: told, taken, checked, reserved, assessed, approved by two, paid, closed twice.

A colleague's list changes meanwhile without being loaded again. TEST_PICTURES names a folder for a picture of each step.
"""

import datetime
import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests import needs
from tests.live import LiveServer, live_server
from tests.workbench.browsing import Desk, desks, give, said, stands, take

pytestmark = [needs.chromium, pytest.mark.slow, pytest.mark.once]
MAYA, INES, DANIEL, FINN = (f"{name}@vanguard.example" for name in ("maya", "ines", "daniel", "finn"))
CLAIMS = "/admin/claims/claim/"
SEED = f"""
from decimal import Decimal
from policies.products.models import Product
from tests.factories import CustomerFactory, PolicyFactory, adjuster, staff, supervisor
adjuster(email={MAYA!r}, first_name="Maya", last_name="Okafor")
adjuster(email={INES!r}, first_name="Ines", last_name="Calloway")
supervisor(email={DANIEL!r}, first_name="Daniel", last_name="Reyes")
staff("Finance", email={FINN!r}, first_name="Finn", last_name="Lindqvist")
rosa = CustomerFactory.create(first_name="Rosa", last_name="Delgado", email="rosa@example.com")
PolicyFactory.create(customer=rosa, policy_number="POL-2026-004711", coverage_amount=Decimal("90000.00"))
"""


@pytest.fixture
def server() -> Iterator[LiveServer]:
    with live_server(seed=SEED) as server:
        yield server


@pytest.fixture
def desk(server: LiveServer) -> Iterator[Desk]:
    with desks(server) as log_in:
        yield log_in


def test_a_claim_lives_from_its_first_notice_to_its_second_closing(desk: Desk) -> None:
    maya, ines = desk(MAYA), desk(INES)
    watch(ines, f"{CLAIMS}?view=unassigned")
    number = tell(maya)
    sees_it_come(ines, number)
    take_and_start(maya, ines, number)
    check_reserve_assess(maya)
    daniel = desk(DANIEL)
    propose_and_approve(maya, daniel, number)
    pay_and_recover(desk(FINN), number)
    close_reopen_close(maya, daniel, ines, number)


def watch(page: Page, address: str) -> None:
    """Opens a list, and waits until it listens."""
    with page.expect_websocket():
        page.goto(address)
    page.wait_for_function("() => document.readyState === 'complete'")
    page.wait_for_timeout(300)
    page.evaluate("window.notLoadedAgain = true")


def tell(page: Page) -> str:
    """The first notice, by the form for staff."""
    page.get_by_role("link", name="Take first notice").click()
    page.get_by_label("Policy", exact=True).fill("POL-2026-004711")
    page.get_by_label("Type of loss").fill("fire")
    page.get_by_label("Claimed").fill("60,000.00")
    loss = datetime.datetime.now(datetime.UTC) - datetime.timedelta(days=3)
    page.get_by_label("Loss", exact=True).fill(f"{loss:%Y-%m-%dT%H:%M}")
    page.get_by_label("What happened").fill("Fire in the kitchen, the ceiling is burnt.")
    page.get_by_role("button", name="File the claim").click()
    said(page, "is filed.")
    stands(page, "Pending Triaged")
    expect(page.locator(".wb-facts")).to_contain_text(re.compile("Severity\\s*High\\s*Queue\\s*Property"))
    diary = page.get_by_role("region", name="Diary")
    expect(diary).to_contain_text("Make first contact with the insured")
    take(page, "01-filed")
    return page.get_by_role("heading", level=1).inner_text()


def sees_it_come(page: Page, number: str) -> None:
    """It is offered to the colleague, whose list does not jump."""
    expect(page.get_by_role("status")).to_contain_text("1 new claim in this list")
    assert page.evaluate("window.notLoadedAgain")
    page.get_by_role("link", name="Show", exact=True).click()
    expect(page.locator("tr[data-record]", has_text=number)).to_contain_text("Rosa Delgado")
    watch(page, page.url)


def take_and_start(page: Page, colleague: Page, number: str) -> None:
    page.get_by_role("button", name="Take this claim").click()
    said(page, f"{number} is yours now.")
    stands(page, "Pending Assigned")
    gone = colleague.locator("tr[data-record]", has_text=number)
    expect(gone).to_contain_text("Maya Okafor took the claim just now. It is no longer in this list.")
    assert colleague.evaluate("window.notLoadedAgain")
    page.get_by_role("button", name="Start").click()
    stands(page, "Processing Investigation")
    take(page, "02-started")


def check_reserve_assess(page: Page) -> None:
    """The cover as it was at the loss; what is set aside; what age and wear take off; and the sum that follows."""
    cover = page.get_by_role("region", name="Cover in force at the loss")
    expect(cover).to_contain_text("Covered")
    expect(cover).to_contain_text("in force, version 1")
    give(page, "Change reserve…", "Change what is set aside", Outstanding_from_now_on="40,000.00", Reason="First estimate")
    # Beyond what Maya may decide on, so it is asked about once.
    page.get_by_role("button", name="Set aside $40,000.00 all the same").click()
    said(page, "$40,000.00 is outstanding")
    expect(page.get_by_role("region", name="Reserves and payments")).to_contain_text("First estimate")
    page.get_by_role("link", name="Edit", exact=True).click()
    page.get_by_label("Depreciation").fill("1,000.00")
    page.get_by_role("button", name="Save the facts").click()
    proof = page.get_by_role("region", name="Settlement proof")
    expect(proof.get_by_role("row", name="Depreciation")).to_contain_text("1,000.00")
    expect(proof.get_by_role("row", name="Payable now")).to_contain_text("$58,000.00")
    done = page.get_by_role("region", name="Diary").get_by_role("link", name="Done…")
    done.click()
    page.get_by_label("What came of it").fill("She is staying with her sister; photos have come.")
    page.get_by_label("What comes next").fill("Video inspection")
    page.get_by_label("On which day").fill(f"{datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=4):%Y-%m-%d}")
    page.get_by_role("button", name="It is done").click()
    said(page, "Video inspection")
    take(page, "03-assessed")


def propose_and_approve(maya: Page, daniel: Page, number: str) -> None:
    """Above the adjuster's authority two people decide."""
    give(maya, "Approve $58,000.00…", "Send to a second person")
    said(maya, "Sent to a second person: $58,000.00 is above your authority.")
    stands(maya, "Processing Awaiting approval")
    daniel.goto("/admin/")
    waiting = daniel.get_by_role("region", name="Waiting for my approval")
    expect(waiting).to_contain_text("$58,000.00")
    expect(waiting).to_contain_text("Maya Okafor, for Rosa Delgado")
    waiting.get_by_role("link", name=number).click()
    give(daniel, "Approve $58,000.00…", "Approve $58,000.00")
    said(daniel, "Approved: $58,000.00 to Rosa Delgado.")
    expect(daniel.locator(".wb-timeline > li").first).to_contain_text("As second person")
    take(daniel, "04-approved")


def pay_and_recover(page: Page, number: str) -> None:
    """The money goes out, arrives, and some of it comes back."""
    page.goto(f"{CLAIMS}?view=unpaid")
    page.get_by_role("link", name=number).click()
    give(page, "Pay $58,000.00…", "Pay this amount")
    said(page, "$58,000.00 to Rosa Delgado is issued.")
    give(page, "Mark a payment as cleared…", "Mark a payment as cleared")
    said(page, "The payment is cleared.")
    payments = page.get_by_role("region", name="Payments", exact=True)
    expect(payments).to_contain_text("Cleared")
    expect(payments).to_contain_text("= to pay $0.00")
    give(page, "Record recovery…", "Record money that came back", Amount_that_came_in="1,500.00", From="Salvage")
    said(page, "$1,500.00 came back")
    expect(page.get_by_role("region", name="Reserves and payments")).to_contain_text("= incurred $56,500.00")
    take(page, "05-paid")


def close_reopen_close(maya: Page, daniel: Page, ines: Page, number: str) -> None:
    watch(ines, f"{CLAIMS}?view=team")
    maya.reload()
    give(maya, "Close the file…", "Close the file")
    said(maya, f"{number} is closed. Its status stays approved.")
    expect(maya.locator(".wb-decide")).to_contain_text("Nothing is left to do.")
    expect(maya.get_by_role("region", name="Diary")).to_contain_text("The file is closed: nothing is to be done.")
    gone = ines.locator("tr[data-record]", has_text=number)
    expect(gone).to_contain_text("Maya Okafor closed the file just now. It is no longer in this list.")
    daniel.reload()
    give(daniel, "Reopen…", "Reopen the claim", Reason="Smoke damage was found in the attic.")
    said(daniel, f"{number} is open again.")
    stands(daniel, "Processing Evaluation")
    expect(daniel.get_by_role("region", name="Diary")).to_contain_text("Work out the settlement")
    give(daniel, "Approve $0.00…", "Approve $0.00", Reason="The attic was in the estimate.")
    stands(daniel, "Approved")
    give(daniel, "Close the file…", "Close the file", Reason="Nothing more is owed.")
    stands(daniel, "Closed")
    timeline = daniel.locator(".wb-timeline")
    for step in (
        "Reported by Maya Okafor",
        "raised the reserve by",
        "asked a second person to approve",
        "The bank paid out",
        "reopened the claim",
    ):
        expect(timeline).to_contain_text(step)
    assert timeline.get_by_text("closed the file").count() == 2
    take(daniel, "06-closed")
