"""Forms in dialogs, in a real browser: an adjuster stays on the claim whatever is refused, by keyboard, by mouse, and without script."""

import datetime
from collections.abc import Iterator

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from tests import needs
from tests.live import LiveServer, live_server
from tests.workbench.book import ADJUSTER
from tests.workbench.browsing import Desk, desks, said

pytestmark = [needs.chromium, pytest.mark.slow, pytest.mark.once]
STARTED = "CLM-2026-000004"
SEED = f"""
from claims.models import Claim
from claims.services import start_claim
from tests.workbench.book import ADJUSTER, fill
from vanguard.accounts.models import User
fill()
start_claim(User.objects.get(email=ADJUSTER), Claim.objects.get(claim_number={STARTED!r}).pk)
"""


@pytest.fixture(scope="module")
def server() -> Iterator[LiveServer]:
    with live_server(seed=SEED) as server:
        yield server


@pytest.fixture
def desk(server: LiveServer) -> Iterator[Desk]:
    with desks(server) as log_in:
        yield log_in


def at_the_claim(page: Page, number: str = STARTED) -> str:
    """Opens its page; returns the address."""
    page.goto(f"/admin/claims/claim/?view=all&q={number}")
    page.get_by_role("link", name=number).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(number)
    return page.url


def test_by_keyboard_a_refused_form_stays_and_the_focus_is_where_the_mistake_is(desk: Desk) -> None:
    page = desk(ADJUSTER)
    address = at_the_claim(page)
    page.get_by_label("More actions").focus()
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Change reserve…").focus()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="Change what is set aside")
    expect(dialog.get_by_label("Outstanding from now on")).to_be_focused()
    page.keyboard.type("1" + "0" * 30)
    page.keyboard.press("Enter")
    expect(dialog.get_by_text("The amount is too large.")).to_be_visible()
    expect(dialog.get_by_text("Reason is missing.")).to_be_visible()
    expect(dialog.get_by_label("Outstanding from now on")).to_be_focused()
    expect(dialog.get_by_label("Outstanding from now on")).to_have_value("1" + "0" * 30)
    assert page.url == address
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(page.get_by_label("More actions")).to_be_focused()
    # What was typed is still there, and can be put right.
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Change reserve…").click()
    dialog.get_by_label("Outstanding from now on").fill("1,500")
    dialog.get_by_label("Reason").fill("First estimate")
    dialog.get_by_role("button", name="Change what is set aside").click()
    said(page, "$1,500.00 is outstanding on")
    assert page.url == address


def test_what_comes_next_is_ended_from_the_claim_without_leaving_it(desk: Desk) -> None:
    page = desk(ADJUSTER)
    address = at_the_claim(page)
    page.get_by_role("link", name="Move…").first.click()
    dialog = page.get_by_role("dialog", name="Move: ")
    expect(dialog.get_by_label("To")).to_be_focused()
    dialog.get_by_role("button", name="Move it").click()
    expect(dialog.get_by_text("Why is missing.")).to_be_visible()
    dialog.get_by_role("link", name="Back to the claim").click()
    expect(dialog).to_be_hidden()
    page.get_by_role("link", name="Done…").first.click()
    dialog = page.get_by_role("dialog", name="Done: ")
    dialog.get_by_label("What came of it").fill("Spoke to her.")
    dialog.get_by_role("button", name="It is done").click()
    said(page, "Done. Next on")
    assert page.url == address


def test_a_note_a_document_and_the_facts_are_refused_where_they_stand(desk: Desk) -> None:
    page = desk(ADJUSTER)
    address = at_the_claim(page)
    page.get_by_label("File", exact=True).set_input_files({"name": "run.exe", "mimeType": "application/x-msdownload", "buffer": b"MZ\x00"})
    page.get_by_role("button", name="Add document").click()
    dialog = page.get_by_role("dialog", name="Add document")
    expect(dialog.get_by_text("Files of this type are not taken.")).to_be_visible()
    page.keyboard.press("Escape")
    page.get_by_role("link", name="Edit", exact=True).click()
    dialog = page.get_by_role("dialog", name="Edit CLM-")
    dialog.get_by_label("Claimed").fill("much")
    dialog.get_by_role("button", name="Save the facts").click()
    expect(dialog.get_by_text("Enter an amount, such as 9,190.00.")).to_be_visible()
    dialog.get_by_label("Claimed").fill("5,100")
    dialog.get_by_role("button", name="Save the facts").click()
    said(page, "Saved.")
    assert page.url == address


def test_a_lost_connection_keeps_what_was_written_and_lets_it_be_sent_again(desk: Desk) -> None:
    page = desk(ADJUSTER)
    at_the_claim(page)
    page.get_by_role("link", name="Add", exact=True).click()
    dialog = page.get_by_role("dialog", name="Add to the diary")
    dialog.get_by_label("Day").fill((timezone.localdate() + datetime.timedelta(days=30)).isoformat())
    dialog.get_by_label("What to do").fill("Ask the surveyor")
    send = dialog.get_by_role("button", name="Put it into the diary")
    page.evaluate("() => { window.there = window.fetch; window.fetch = () => Promise.reject(new TypeError('Failed to fetch')); }")
    send.click()
    expect(dialog.get_by_role("alert")).to_contain_text("What you wrote is kept")
    expect(dialog.get_by_label("What to do")).to_have_value("Ask the surveyor")
    page.evaluate("() => { window.fetch = window.there; }")
    send.click()
    said(page, "It is in the diary.")


def test_without_script_the_same_forms_lead_to_pages_and_back(desk: Desk, server: LiveServer) -> None:
    signed_in = desk(ADJUSTER)
    address = at_the_claim(signed_in)
    browser = signed_in.context.browser
    assert browser is not None
    context = browser.new_context(base_url=server.url, java_script_enabled=False, storage_state=signed_in.context.storage_state())
    page = context.new_page()
    page.goto(address)
    page.get_by_label("More actions").click()
    page.get_by_role("link", name="Change reserve…").click()
    page.get_by_label("Outstanding from now on").fill("a lot")
    page.get_by_label("Reason").fill("Estimate")
    page.get_by_role("button", name="Change what is set aside").click()
    expect(page.get_by_text("Enter an amount, such as 9,190.00.")).to_be_visible()
    page.get_by_label("Outstanding from now on").fill("900")
    page.get_by_role("button", name="Change what is set aside").click()
    said(page, "$900.00 is outstanding on")
    page.get_by_role("link", name="Move…").first.click()
    expect(page.get_by_role("link", name="Back to the claim")).to_be_visible()
    context.close()
