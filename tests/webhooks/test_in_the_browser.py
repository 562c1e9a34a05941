"""An administrator adds a webhook, copies its secret, and looks after the others, at a desk and on a phone."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests import needs
from tests.live import live_server
from tests.webhooks.deliveries import BOSS
from tests.workbench.browsing import desks, said, take

pytestmark = [needs.chromium, pytest.mark.slow, pytest.mark.once]
SEED = "from tests.webhooks.deliveries import for_the_browser; for_the_browser()"
PHONE, DESK = {"width": 390, "height": 844}, {"width": 1440, "height": 900}


def check(page: Page, name: str) -> None:
    """Nothing serious for assistive technology, and no sideways scrolling on a phone."""
    found = Axe().run(page).response["violations"]
    assert [violation["id"] for violation in found if violation["impact"] in ("serious", "critical")] == []
    take(page, f"{name}-wide")
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]  # two numbers
    take(page, f"{name}-390")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.set_viewport_size(DESK)  # type: ignore[arg-type]


def test_an_administrator_looks_after_webhooks() -> None:
    with live_server(seed=SEED) as server, desks(server) as log_in:
        page = log_in(BOSS)
        expect(page.get_by_text("Partners are not being told.")).to_be_visible()
        page.get_by_role("link", name="Webhooks").click()
        check(page, "webhooks")
        page.get_by_role("link", name="Body shops Inc.").click()
        check(page, "webhook")
        page.get_by_role("link", name="Given up").click()
        page.get_by_role("button", name=" again").click()
        said(page, "once more")
        page.get_by_role("button", name="Send a ping").click()
        said(page, "A ping is on its way")
        page.goto("/admin/webhooks/new/")
        page.get_by_label("Name").fill("Glass repair")
        page.get_by_label("Address").fill("https://169.254.169.254/latest")
        page.get_by_label("Filed").check()
        check(page, "webhook-form")
        page.get_by_role("button", name="Add it").click()
        expect(page.get_by_text("This address is not on the public internet over https.")).to_be_visible()
        page.get_by_label("Address").fill("http://127.0.0.1:9/")
        page.get_by_role("button", name="Add it").click()
        expect(page.locator("code")).to_contain_text("whsec_")
        check(page, "webhook-secret")
        page.get_by_role("link", name="I have it").click()
        expect(page.get_by_text("Nothing sent yet")).to_be_visible()
