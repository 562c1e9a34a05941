"""An underwriter's day with one policy, in a real browser: endorse backdated, settle a clash, look back, cancel, reinstate."""

import datetime
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests import needs
from tests.live import live_server
from tests.workbench.browsing import desks

pytestmark = [needs.chromium, pytest.mark.slow, pytest.mark.once]
PRIYA = "priya@vanguard.example"
SEED = f"from tests.policies.booking import running; from tests.factories import underwriter; running(); underwriter(email='{PRIYA}')"
SERIOUS = ("serious", "critical")


@pytest.fixture
def page() -> Iterator[Page]:
    """The policy's page, after logging in. What the browser complains about fails the test."""
    with live_server(seed=SEED) as server, desks(server) as log_in:
        page = log_in(PRIYA)
        page.goto("/admin/policies/policy/")
        page.locator("#result_list a.wb-id").first.click()
        yield page


def days_ago(days: int) -> str:
    return f"{datetime.datetime.now(datetime.UTC) - datetime.timedelta(days=days):%Y-%m-%d}"


def check_page(page: Page) -> None:
    """Nothing serious for assistive technology, and no sideways scrolling on a phone."""
    found = Axe().run(page).response["violations"]
    assert [violation["id"] for violation in found if violation["impact"] in SERIOUS] == []
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.set_viewport_size({"width": 1440, "height": 900})


def endorse(page: Page, field: str, value: str, since: str) -> None:
    page.get_by_role("link", name="Endorse…").click()
    form = page.get_by_role("dialog")
    form.get_by_label("Takes effect").fill(f"{since}T00:00")
    form.get_by_label(field, exact=True).fill(value)
    form.get_by_role("button", name="Show what it costs").click()


def test_a_policy_is_endorsed_backdated_cancelled_and_reinstated(page: Page) -> None:
    endorse(page, "Deductible", "500.00", days_ago(20))
    expect(page.get_by_text("Nothing is booked yet")).to_be_visible()
    check_page(page)
    page.get_by_role("button", name="Endorse, 0.00").click()
    expect(page.get_by_text("is endorsed")).to_be_visible()
    endorse(page, "Deductible", "2,500.00", days_ago(60))
    expect(page.get_by_text("A later version changes the same")).to_be_visible()
    check_page(page)
    page.get_by_text("This one", exact=True).click()
    page.get_by_role("button", name="Go on with what I chose").click()
    page.get_by_role("button", name="Endorse, 0.00").click()
    expect(page.get_by_role("dialog")).to_have_count(0)  # it is booked, and the page is the new one
    expect(page.get_by_role("cell", name="2,500.00", exact=True)).to_have_count(1)
    check_page(page)
    page.get_by_label("As effective on").fill(days_ago(80))
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_text("You are looking at another day")).to_be_visible()
    expect(page.get_by_role("link", name="Endorse…")).to_have_count(0)
    check_page(page)
    page.get_by_role("link", name="go to now").click()
    page.get_by_role("link", name="Cancel policy…").click()
    form = page.get_by_role("dialog")
    form.get_by_label("Reason").select_option("non_payment")
    form.get_by_role("button", name="Show the refund").click()
    expect(page.get_by_text("= refund")).to_be_visible()
    page.get_by_role("button", name="Cancel, refund").click()
    page.get_by_role("link", name="Reinstate…").click()
    page.get_by_role("dialog").get_by_role("button", name="Show the charge").click()
    expect(page.get_by_text("Without a gap. Nothing is booked yet.")).to_be_visible()
    page.get_by_role("button", name="Reinstate, +").click()
    expect(page.get_by_text("is reinstated")).to_be_visible()
    expect(page.get_by_role("cell", name="$1,200.00")).to_be_visible()
