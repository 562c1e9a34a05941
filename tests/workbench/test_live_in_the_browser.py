"""Two people at their desks in two browsers: what one does, the other sees without loading anything."""

import os
import re
import signal
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests import needs
from tests.chromium import PATIENCE_MS, chromium
from tests.factories import PASSWORD
from tests.live import LiveServer, live_server
from tests.workbench.browsing import give

pytestmark = [needs.chromium, pytest.mark.slow, pytest.mark.once]
CLAIMS = "/admin/claims/claim/"
MAYA, DANIEL = "maya@vanguard.example", "daniel@vanguard.example"
SEED = """
from tests.factories import CustomerFactory, PolicyFactory, adjuster, submitted_claim, supervisor
adjuster(email='maya@vanguard.example', first_name='Maya', last_name='Okafor')
supervisor(email='daniel@vanguard.example', first_name='Daniel', last_name='Reyes')
for number, name in enumerate(('Delgado', 'Finch', 'Whitfield', 'Nair'), 1):
    person = CustomerFactory.create(first_name='Rosa', last_name=name)
    submitted_claim(PolicyFactory.create(customer=person), claim_number=f'CLM-2026-{number:06d}')
"""


@pytest.fixture(scope="module")
def server() -> Iterator[LiveServer]:
    with live_server({"WEB_CONCURRENCY": "2"}, seed=SEED) as server:
        yield server


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as launched:
        yield launched


@pytest.fixture(scope="module")
def trouble() -> list[str]:
    return []


@pytest.fixture(scope="module")
def desks(browser: Browser, server: LiveServer, trouble: list[str]) -> Iterator[tuple[Page, Page]]:
    """Maya's page and Daniel's, each in a browser context of its own."""
    pages = []
    for who in (MAYA, DANIEL):
        context = browser.new_context(base_url=server.url, viewport={"width": 1440, "height": 900})
        context.set_default_timeout(PATIENCE_MS)
        page = context.new_page()
        page.on("pageerror", lambda error: trouble.append(str(error)))
        # A refusal by a rule has a status of 4xx, which Chromium reports as an error of its own.
        page.on("console", lambda line: trouble.append(line.text) if line.type == "error" and "status of 4" not in line.text else None)
        page.goto("/admin/login/")
        page.get_by_label("E-mail").fill(who)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Log in").click()
        expect(page.locator("#user-tools")).to_be_visible()
        pages.append(page)
    yield pages[0], pages[1]
    for page in pages:
        page.context.close()
    assert trouble == []


def open_claim(page: Page, number: str) -> None:
    page.goto(f"{CLAIMS}?view=all")
    page.get_by_role("link", name=number).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(number)


def follow(page: Page, address: str) -> None:
    """Opens the page, and waits until it listens."""
    with page.expect_websocket() as opened:
        page.goto(address)
    page.wait_for_function("() => document.readyState === 'complete'")
    assert opened.value.url.startswith("ws://127.0.0.1:")
    page.wait_for_timeout(300)
    page.evaluate("window.notLoadedAgain = true")


def deny(page: Page) -> None:
    """The claim that is open, with a reason; the letter that goes out is read first."""
    page.keyboard.press("d")
    dialog = page.get_by_role("dialog", name="Deny the claim")
    dialog.get_by_label("Reason").fill("Wear and tear is not covered.")
    dialog.get_by_label("Ground").select_option("excluded_peril")
    page.get_by_role("button", name="Show the letter").click()
    page.get_by_role("button", name="Deny and send this letter").click()
    expect(page.locator(".wb-timeline")).to_contain_text("Daniel Reyes denied the claim")


def test_a_claim_that_a_colleague_takes_changes_in_the_list_and_on_the_open_page(desks: tuple[Page, Page], server: LiveServer) -> None:
    maya, daniel = desks
    follow(daniel, f"{CLAIMS}?view=unassigned")
    before = daniel.locator("tr[data-record]", has_text="CLM-2026-000001").bounding_box()
    open_claim(maya, "CLM-2026-000001")
    maya.get_by_role("button", name="Take this claim").click()
    taken = daniel.locator("tr[data-record]", has_text="CLM-2026-000001")
    expect(taken).to_have_attribute("data-gone", "")
    expect(taken).to_contain_text("Maya Okafor took the claim just now. It is no longer in this list.")
    expect(daniel.locator("[data-count=unassigned]")).to_have_text("3")
    assert taken.bounding_box() == before
    assert daniel.evaluate("window.notLoadedAgain")
    # The page of the claim, open at Daniel's.
    address = maya.url
    follow(daniel, address)
    maya.get_by_role("button", name="Start").click()
    expect(daniel.locator(".wb-record .wb-chip")).to_contain_text("Processing")
    expect(daniel.get_by_role("status").filter(has_text="Maya Okafor started the claim just now.")).to_be_visible()
    off = daniel.locator(".wb-decide [data-command=start]")
    expect(off).to_have_attribute("aria-disabled", "true")
    expect(daniel.locator(".wb-decide")).to_contain_text("Maya Okafor started the claim.")
    expect(daniel.locator(".wb-decide [data-command=approve]")).to_be_visible()
    assert daniel.evaluate("window.notLoadedAgain")
    daniel.get_by_role("link", name="Show it").click()
    expect(daniel.locator(".wb-timeline > li").first).to_contain_text("Maya Okafor started the claim")


def test_what_is_being_typed_stays_and_the_stale_save_shows_the_difference(desks: tuple[Page, Page]) -> None:
    maya, daniel = desks
    open_claim(maya, "CLM-2026-000002")
    follow(daniel, re.sub(r"change/$", "edit/", maya.url))
    daniel.get_by_label("What happened").fill("Pipe burst in the kitchen.")
    maya.goto(re.sub(r"change/$", "edit/", maya.url))
    maya.get_by_label("Claimed").fill("6,500.00")
    maya.get_by_role("button", name="Save the facts").click()
    notice = daniel.get_by_role("status").filter(has_text="Maya Okafor corrected the facts (before: $5,000.00 claimed) just now.")
    expect(notice).to_contain_text("What you are writing stays")
    expect(daniel.get_by_label("What happened")).to_have_value("Pipe burst in the kitchen.")
    daniel.get_by_role("button", name="Save the facts").click()
    clash = daniel.get_by_role("alert")
    expect(clash).to_contain_text("by Maya Okafor")
    expect(clash.get_by_role("row", name="Claimed")).to_contain_text("6,500.00")
    expect(clash.get_by_role("row", name="What happened")).to_contain_text("Pipe burst in the kitchen.")
    daniel.get_by_role("button", name="Save what I chose").click()
    expect(daniel.get_by_text("Pipe burst in the kitchen.").first).to_be_visible()
    expect(daniel.get_by_text("$6,500.00").first).to_be_visible()


def test_an_open_decision_is_not_touched_and_is_brought_up_to_date_when_it_is_put_away(desks: tuple[Page, Page]) -> None:
    maya, daniel = desks
    open_claim(maya, "CLM-2026-000003")
    maya.get_by_role("button", name="Take this claim").click()
    expect(maya.get_by_text("is yours now")).to_be_visible()
    maya.get_by_role("button", name="Start").click()
    expect(maya.get_by_role("button", name="Start")).to_be_hidden()
    follow(daniel, maya.url)
    daniel.keyboard.press("d")
    dialog = daniel.get_by_role("dialog", name="Deny the claim")
    dialog.get_by_label("Reason").fill("Wear and tear.")
    maya.get_by_label("Note").fill("Spoke with the plumber.")
    maya.get_by_role("button", name="Add note").click()
    expect(daniel.locator("[data-matter=news]")).to_contain_text("Maya Okafor wrote a note just now.")
    expect(dialog.get_by_label("Reason")).to_have_value("Wear and tear.")


def test_an_approval_and_a_denial_arrive_on_the_open_page_and_in_the_list_whoever_of_the_two_decides(desks: tuple[Page, Page]) -> None:
    maya, daniel = desks
    # Daniel has the claim open that Maya has started; she approves it.
    open_claim(maya, "CLM-2026-000001")
    approved = maya.url
    follow(daniel, approved)
    give(maya, "Approve $4,000.00…", "Approve $4,000.00")
    expect(maya.locator(".messagelist")).to_contain_text("Approved: $4,000.00")
    expect(daniel.locator(".wb-record .wb-chip").first).to_contain_text("Approved")
    expect(daniel.get_by_role("status").filter(has_text="Maya Okafor approved")).to_be_visible()
    expect(daniel.locator(".wb-decide [data-command=approve]")).to_have_attribute("aria-disabled", "true")
    expect(daniel.locator(".wb-decide")).to_contain_text("Maya Okafor approved")
    assert daniel.evaluate("window.notLoadedAgain")
    # The other way round: Maya has her list before her, and he denies a claim of hers.
    follow(maya, f"{CLAIMS}?view=all")
    row = maya.locator("tr[data-record]", has_text="CLM-2026-000003")
    expect(row.locator(".wb-c-state")).to_contain_text("Processing")
    open_claim(daniel, "CLM-2026-000003")
    denied = daniel.url
    deny(daniel)
    expect(row.locator(".wb-c-state")).to_contain_text("Denied")
    expect(row).to_contain_text("Daniel Reyes denied the claim just now.")
    assert maya.evaluate("window.notLoadedAgain")
    # And with the claim open: what he does there next, she sees there.
    follow(maya, denied)
    daniel.get_by_label("Note").fill("The insured has the letter.")
    daniel.get_by_role("button", name="Add note").click()
    expect(maya.get_by_role("status").filter(has_text="Daniel Reyes wrote a note just now.")).to_be_visible()
    expect(maya.locator(".wb-record .wb-chip").first).to_contain_text("Denied")
    assert maya.evaluate("window.notLoadedAgain")


def test_a_burst_of_events_makes_a_few_questions_and_new_claims_are_counted(desks: tuple[Page, Page], server: LiveServer) -> None:
    _, daniel = desks
    follow(daniel, f"{CLAIMS}?view=unassigned")
    before = daniel.locator("tr[data-record]").count()
    asked: list[str] = []
    daniel.on("request", lambda request: asked.append(request.url) if "/news/" in request.url else None)
    burst = """
from claims.services import add_note
from claims.models import Claim
from tests.factories import submitted_claim
policy = Claim.objects.first().policy
for number in range(3): submitted_claim(policy)
claim = Claim.objects.get(claim_number='CLM-2026-000004')
for number in range(47): add_note(None, claim.pk, text=str(number))
"""
    server.manage("shell", "--verbosity", "0", "--command", burst)
    expect(daniel.locator("[data-matter=came]")).to_contain_text("3 new claims in this list")
    expect(daniel.locator("[data-count=unassigned]")).to_have_text(str(before + 3))
    daniel.wait_for_timeout(1500)
    assert len(asked) <= 5, asked
    daniel.get_by_role("link", name="Show").click()
    expect(daniel.locator("tr[data-record]")).to_have_count(before + 3)


def test_the_home_page_follows_and_a_deploy_is_survived(desks: tuple[Page, Page], server: LiveServer) -> None:
    maya, daniel = desks
    follow(daniel, "/admin/")
    tile = daniel.locator(".wb-stat", has_text="Not assigned").locator(".wb-stat-n")
    before = int(tile.inner_text())
    open_claim(maya, "CLM-2026-000004")
    os.kill(server.pid, signal.SIGHUP)  # every socket is closed with 1012, and comes back
    maya.get_by_role("button", name="Take this claim").click()
    expect(tile).to_have_text(str(before - 1))
    assert daniel.evaluate("window.notLoadedAgain")
