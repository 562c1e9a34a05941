"""Every page in a real browser, against the real server: accessibility, widths, the Content-Security-Policy, the log-in."""

import os
import re
from typing import Any

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests import needs
from tests.factories import PASSWORD
from tests.live import LiveServer
from tests.workbench.book import ADJUSTER, ADMINISTRATOR, APPEALED, COMPLIANCE, FINANCE, SUPERVISOR, UNDERWRITER
from tests.workbench.in_a_browser import CLAIMS, Desk, browser, desk, from_api, is_trouble, server, session_of, trouble

__all__ = ["browser", "desk", "server", "session_of", "trouble"]
pytestmark = [needs.chromium, pytest.mark.once]

# Pages of the first record that a list names: its address, and what comes after the record's.
DIARY, NOTICES = "first /admin/diary/diaryentry/", "first /admin/intake/noticedraft/"
PACKS = "first /admin/packs/ "
REPORTS = ("/admin/reports/", "/admin/reports/development/?value=reported&origin=month&development=month", "/admin/reports/inventory/")
PAGES = {
    ADJUSTER: [
        *("/admin/", CLAIMS, f"{CLAIMS}add/", "/admin/search/?q=finch", "{claim}change/", "{claim}edit/", "{claim}approve/"),
        *("{claim}letter/", "{claim}diary/", "/admin/diary/diaryentry/", "/admin/diary/diaryentry/?view=done"),
        *(f"{DIARY} done/", f"{DIARY} move/", "/admin/intake/noticedraft/", "/admin/intake/noticedraft/add/"),
        *(f"{NOTICES} change/", f"{NOTICES} file/", "{appealed}change/", "{claim}triage/", "{claim}refer/"),
    ],
    SUPERVISOR: [
        "/admin/",
        f"{CLAIMS}?view=team&status=processing",
        "{claim}change/",
        "{claim}deny/",
        "{claim}letter/",
        "/admin/customers/customer/",
        *REPORTS,
        *(
            "{appealed}change/",
            "{appealed}approve/",
            "{appealed}end-referral/",
            f"{CLAIMS}?view=approve",
            "/admin/diary/diaryentry/?view=team",
        ),
        *("/admin/intake/queue/", "/admin/intake/queue/add/", "/admin/intake/triagerule/", "/admin/diary/diaryrule/"),
        *(
            "/admin/fraud/fraudrule/",
            "/admin/fraud/fraudrule/add/",
            "/admin/books/",
            "/admin/rehearsal/",
            "/admin/rehearsal/authority/",
            "/admin/rehearsal/fraud/",
        ),
        *(f"{CLAIMS}handover/", "/admin/reports/bordereau/?month=2026-01", "/admin/reports/cycle-time/", "/admin/reports/deadlines/"),
    ],
    COMPLIANCE: [
        *("/admin/", "{appealed}change/", "{appealed}change/?known=2200-01-01", "/admin/books/", "/admin/packs/"),
        *("/admin/packs/new/", PACKS, "/admin/rehearsal/clocks/", "/admin/reports/loss-ratio/", "/admin/auditlog/logentry/"),
        *("/admin/audit/", "/admin/audit/chain/", "{customer}change/", "{customer}erase/", "{customer}reveal/"),
    ],
    UNDERWRITER: [
        *("/admin/", "/admin/policies/policy/", "{policy}change/", "{policy}cancel/", "{customer}change/", "{customer}edit/"),
        *("/admin/quotes/quote/", "/admin/quotes/quote/add/", "{quote}change/", "{quote}price/", "{quote}approve/"),
        *("{product}change/", "{product}compare/"),
    ],
}

# What takes longer than a test run has: `make test-pages`.
EVERY_PAGE = os.environ.get("TEST_EVERY_PAGE") == "1"
ACCOUNT = ("/admin/account/", "/admin/account/second-factor/", "/admin/password_change/")
MORE = {
    ADJUSTER: [
        *(
            f"{{claim}}{form}/"
            for form in ("deny", "question-cover", "ask", "reserve", "pay", "jurisdiction", "inquire", "link", "release", "remove")
        ),
        *("{claim}change/?known=2200-01-01", "{customer}change/", "{customer}contact/", "{customer}break-glass/", "{policy}change/"),
        *("/admin/policies/policy/", "/admin/quotes/quote/", "/admin/billing/billingaccount/", "/admin/products/product/", *ACCOUNT),
        *(f"{CLAIMS}?view=all&status=approved&stage=triaged", "/admin/nothing/here/", "/admin/books/", "/admin/claims/"),
    ],
    SUPERVISOR: [
        *("{claim}assign/", "{customer}duplicates/", "{customer}merge/", "/admin/clocks/clockrule/", "/admin/clocks/clockrule/add/"),
        *("/admin/clocks/holiday/", "/admin/clocks/holiday/add/", "/admin/intake/triagerule/add/", "/admin/diary/diaryrule/add/"),
        *("/admin/quotes/underwritingrule/", "/admin/reports/loss-ratio/", "/admin/rehearsal/clocks/"),
    ],
    COMPLIANCE: ["{customer}hold/", "{customer}export/", "/admin/rehearsal/"],
    UNDERWRITER: ["{policy}endorse/", "{policy}renew/", "/admin/policies/policy/add/", "/admin/customers/customer/add/", "{quote}decline/"],
    FINANCE: [
        *("/admin/", f"{CLAIMS}?view=unpaid", "{claim}change/", "/admin/billing/billingaccount/?view=overdue"),
        *("/admin/billing/providerevent/", "/admin/books/"),
    ],
    ADMINISTRATOR: [
        *("/admin/", "/admin/accounts/user/", "/admin/accounts/user/add/", "/admin/accounts/user/invite/", "/admin/auth/group/"),
        *("first /admin/accounts/user/ change/", "first /admin/accounts/user/ access/", "/admin/claims/authoritylimit/"),
        *("/admin/claims/authoritylimit/add/", "/admin/decisions/denialreason/", "/admin/decisions/denialreason/add/"),
        *("/admin/letters/jurisdictiontext/", "/admin/letters/jurisdictiontext/add/", "/admin/billing/graceperiod/"),
    ],
}


# Not also a list of everything that is right, which takes longer to write down than to find; nor the style sheets a second time.
ONLY_WHAT_IS_WRONG: dict[str, Any] = {"resultTypes": ["violations"], "preload": False}


def addresses(server: LiveServer, who: str) -> list[str]:
    """The pages of `who`, for Harold Finch's claim, which waits for a second person."""
    claim = from_api(server, ADJUSTER, "CLM-2026-000002")
    log_in = httpx.post(f"{server.url}/api/auth/token", json={"email": ADJUSTER, "password": PASSWORD}).json()["data"]
    bearer = {"Authorization": f"Bearer {log_in['accessToken']}"}
    policy = httpx.get(f"{server.url}/api/policies/{claim['policyId']}", headers=bearer).json()["data"]
    quote = httpx.get(f"{server.url}/api/quotes?status=referred", headers=bearer).json()["data"]["data"][0]
    keys = {
        "quote": f"/admin/quotes/quote/{quote['id']}/",
        "product": f"/admin/products/product/{quote['productId']}/",
        "claim": f"{CLAIMS}{claim['id']}/",
        "appealed": f"{CLAIMS}{from_api(server, ADJUSTER, APPEALED)['id']}/",
        "policy": f"/admin/policies/policy/{policy['id']}/",
        "customer": f"/admin/customers/customer/{policy['customerId']}/",
    }
    return [address.format(**keys) for address in (*PAGES.get(who, []), *(MORE.get(who, []) if EVERY_PAGE else []))]


def open_page(page: Page, address: str) -> None:
    """Opens an address, also one of a list's first record."""
    if not address.startswith("first "):
        page.goto(address)
        return
    _, listed, what = address.split(" ")
    page.goto(listed)
    linked = page.locator(f"main a[href^='{listed}']").evaluate_all("links => links.map((link) => link.getAttribute('href'))")
    key = next(found[0] for link in linked if (found := re.search(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", link)))
    page.goto(f"{listed}{key}/{what}")


def faults(page: Page, **options: Any) -> list[tuple[str, str]]:
    """What axe calls serious on the open page."""
    violations = Axe().run(page, options=ONLY_WHAT_IS_WRONG | options).response["violations"]
    return [(each["id"], each["nodes"][0]["html"]) for each in violations if each["impact"] in ("serious", "critical")]


def is_wider_than_its_window(page: Page) -> bool:
    wider: bool = page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
    return wider


# Pages share their colours: each person's are looked at in one scheme, and the first one's in the other as well.
SCHEMES: dict[str, tuple[Any, ...]] = {ADJUSTER: ("light", "dark"), SUPERVISOR: ("dark",), UNDERWRITER: ("dark",), COMPLIANCE: ("light",)}
if EVERY_PAGE:
    SCHEMES = dict.fromkeys([*SCHEMES, FINANCE, ADMINISTRATOR], ("light", "dark"))


@pytest.mark.parametrize("who", SCHEMES)
@pytest.mark.slow
def test_every_page_is_accessible_and_scrolls_sideways_on_no_screen(desk: Desk, server: LiveServer, who: str) -> None:
    found: list[tuple[object, ...]] = []
    first, *others = SCHEMES[who]
    with desk(who, color_scheme=first, reduced_motion="reduce") as page:
        for address in addresses(server, who):
            page.emulate_media(color_scheme=first)
            open_page(page, address)
            found += [(address, first, *fault) for fault in faults(page)]
            for scheme in others:
                page.emulate_media(color_scheme=scheme)
                found += [(address, scheme, *fault) for fault in faults(page, runOnly=["color-contrast"])]
            for width in (320, 390, 900, 1180):
                page.set_viewport_size({"width": width, "height": 800})
                if is_wider_than_its_window(page):
                    found.append((address, "wider than", width))
            page.set_viewport_size({"width": 1440, "height": 900})
    assert found == []


def test_on_a_telephone_each_page_of_the_sidebar_is_in_a_menu(desk: Desk) -> None:
    with desk(UNDERWRITER) as page:
        beside = page.locator("#nav-sidebar a").evaluate_all("links => links.map(link => link.href)")
        menu = page.locator(".wb-pages")
        expect(menu).to_be_hidden()
        page.set_viewport_size({"width": 390, "height": 800})
        menu.locator("summary").click()
        assert menu.locator("a").evaluate_all("links => links.map(link => link.href)") == beside
        assert faults(page) == []
        page.keyboard.press("Escape")
        expect(menu.get_by_role("navigation")).to_be_hidden()
        menu.locator("summary").click()
        menu.get_by_role("link", name="Policies").click()
        expect(page).to_have_url(re.compile(r"/admin/policies/policy/"))


def test_the_log_in_page_is_accessible_and_says_what_is_wrong(browser: Browser, server: LiveServer, trouble: list[str]) -> None:
    context = browser.new_context(base_url=server.url)
    page = context.new_page()
    page.on("console", lambda line: trouble.append(line.text) if is_trouble(line.type, line.text) else None)
    page.goto("/admin/login/")
    page.get_by_label("E-mail").fill("nobody@vanguard.example")
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("alert")).to_contain_text("E-mail or password is wrong.")
    expect(page.get_by_label("Password")).to_be_focused()
    assert faults(page) == []
    context.close()


@pytest.mark.slow
def test_the_policy_of_every_page_allows_nothing_unsafe(server: LiveServer) -> None:
    with httpx.Client(base_url=server.url) as client:
        for path in ("/admin/login/", "/admin/"):
            policy = client.get(path, follow_redirects=True).headers["Content-Security-Policy"]
            assert "unsafe" not in policy
            assert "script-src 'self'" in policy
            assert "frame-ancestors 'none'" in policy
