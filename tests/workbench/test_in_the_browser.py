"""The workbench in a real browser, against the real server: decisions, keys, no script, the Content-Security-Policy, accessibility."""

import os
import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import cache
from typing import Any

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests import needs
from tests.chromium import PATIENCE_MS, chromium
from tests.factories import PASSWORD
from tests.live import LiveServer, live_server
from tests.workbench.book import ADJUSTER, ADMINISTRATOR, APPEALED, COMPLIANCE, FINANCE, SUPERVISOR, UNDERWRITER

pytestmark = [needs.chromium, pytest.mark.once]
CLAIMS = "/admin/claims/claim/"


@pytest.fixture(scope="module")
def server() -> Iterator[LiveServer]:
    with live_server(seed="from tests.workbench.book import fill; fill()") as server:
        yield server


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as launched:
        yield launched


@pytest.fixture
def trouble() -> Iterator[list[str]]:
    """What the browser complained about: a script's error or a refusal by the policy fails the test."""
    said: list[str] = []
    yield said
    assert said == []


Sessions = Callable[[str], Any]
Desk = Callable[..., AbstractContextManager[Page]]


@pytest.fixture(scope="module")
def session_of(browser: Browser, server: LiveServer) -> Sessions:
    """A person's session, after logging in through the form; once for each."""

    @cache
    def log_in(who: str) -> Any:
        context = browser.new_context(base_url=server.url)
        page = context.new_page()
        page.goto("/admin/login/")
        page.get_by_label("E-mail").fill(who)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Log in").click()
        expect(page.locator("#user-tools")).to_be_visible()
        state = context.storage_state()
        context.close()
        return state

    return log_in


@pytest.fixture
def desk(browser: Browser, server: LiveServer, session_of: Sessions, trouble: list[str]) -> Desk:
    """Opens the home page of a person; `options` are the browser's."""

    @contextmanager
    def at_desk(who: str, **options: Any) -> Iterator[Page]:
        settings: dict[str, Any] = {"viewport": {"width": 1440, "height": 900}, "base_url": server.url} | options
        context = browser.new_context(storage_state=session_of(who), **settings)
        context.set_default_timeout(PATIENCE_MS)
        page = context.new_page()
        page.on("console", lambda line: trouble.append(line.text) if _is_trouble(line.type, line.text) else None)
        page.on("pageerror", lambda error: trouble.append(str(error)))
        page.goto("/admin/")
        yield page
        context.close()

    return at_desk


def _is_trouble(kind: str, text: str) -> bool:
    # A refusal by a rule has a status of 4xx, which Chromium reports as an error of its own.
    return kind in ("error", "warning") and "the server responded with a status of 4" not in text


def from_api(server: LiveServer, who: str, number: str) -> dict[str, Any]:
    """The claim as the API tells it."""
    log_in = httpx.post(f"{server.url}/api/auth/token", json={"email": who, "password": PASSWORD}).json()
    bearer = {"Authorization": f"Bearer {log_in['data']['accessToken']}"}
    claim: dict[str, Any] = httpx.get(f"{server.url}/api/claims/by-number/{number}", headers=bearer).json()["data"]
    return claim


def test_an_adjuster_takes_a_claim_starts_it_and_approves_it(desk: Desk, server: LiveServer) -> None:
    with desk(ADJUSTER) as page:
        page.get_by_role("button", name="Take next claim").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("CLM-2026-000001")
        expect(page.get_by_text("CLM-2026-000001 is yours now.")).to_be_visible()
        page.get_by_role("button", name="Start").click()
        expect(page.locator(".wb-record .wb-chip")).to_contain_text("Processing")
        page.get_by_role("link", name="Approve $4,000.00…").click()
        dialog = page.get_by_role("dialog", name="Approve $4,000.00")
        dialog.get_by_label("Amount to Rosa Delgado").fill("3,900.50")
        expect(dialog.get_by_text("left 21,099.50")).to_be_visible()
        dialog.get_by_role("button", name="Approve $3,900.50").click()
        expect(page.locator(".messagelist")).to_have_text("Approved: $3,900.50 to Rosa Delgado.")
        newest = page.locator(".wb-timeline > li").first
        expect(newest).to_contain_text("Maya Okafor approved $3,900.50")
        expect(newest.locator("time")).to_have_text(re.compile(r"Today \d\d:\d\d"))
    claim = from_api(server, ADJUSTER, "CLM-2026-000001")
    assert (claim["status"], claim["approvedAmount"]) == ("approved", 3900.5)


def test_a_supervisor_denies_another_claim_with_a_reason(desk: Desk, server: LiveServer) -> None:
    with desk(SUPERVISOR) as page:
        page.keyboard.press("/")
        page.keyboard.type("CLM-2026-000003")
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", level=1)).to_have_text("CLM-2026-000003")
        page.keyboard.press("d")
        dialog = page.get_by_role("dialog", name="Deny the claim")
        expect(dialog.get_by_label("Reason")).to_be_focused()
        dialog.get_by_role("button", name="Show the letter").click()
        expect(page.get_by_text("Reason is missing.")).to_be_visible()
        dialog.get_by_label("Reason").fill("Wear and tear is not covered, HO-3 section I.A.2(c).")
        dialog.get_by_label("Ground").select_option("excluded_peril")
        page.get_by_role("button", name="Show the letter").click()
        expect(page.get_by_role("region", name="The letter")).to_contain_text("California Department of Insurance")
        page.get_by_role("button", name="Deny and send this letter").click()
        expect(page.locator(".wb-timeline")).to_contain_text("Daniel Reyes denied the claim")
        expect(page.locator(".wb-timeline")).to_contain_text("Wear and tear is not covered")
    assert from_api(server, SUPERVISOR, "CLM-2026-000003")["status"] == "denied"


def test_the_authority_bar_follows_the_typing_and_says_over_before_anybody_presses(desk: Desk) -> None:
    with desk(SUPERVISOR) as page:
        page.goto(f"{CLAIMS}?view=approve")
        page.get_by_role("link", name="CLM-2026-000002").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("CLM-2026-000002")
        page.keyboard.press("a")
        dialog = page.get_by_role("dialog", name="Approve $59,000.00")
        expect(dialog.get_by_text("Asked by Maya Okafor")).to_be_visible()
        dialog.get_by_label("Amount to Harold Finch").fill("59000.01")
        expect(dialog.get_by_role("button", name="Approve this amount")).to_be_visible()
        dialog.get_by_role("button", name="Approve this amount").click()
        expect(page.get_by_text("Amount is 0.01 above what is payable (59,000.00).")).to_be_visible()
        page.get_by_role("button", name="Use 59,000.00").click()
        expect(page.get_by_label("Amount to Harold Finch")).to_have_value("59,000.00")
        expect(page.get_by_role("button", name="Approve $59,000.00")).to_be_visible()


def test_the_worklist_is_run_from_the_keyboard(desk: Desk) -> None:
    with desk(SUPERVISOR) as page:
        page.keyboard.press("g")
        page.keyboard.press("w")
        expect(page.get_by_role("heading", level=1)).to_have_text("Worklist")
        chosen = page.get_by_label("Saved views").locator("[aria-current]")
        expect(chosen).to_contain_text("To approve")
        for key, view in ((".", "Late, whole team"), (".", "Not assigned"), (",", "Late, whole team")):
            page.keyboard.press(key)
            expect(chosen).to_contain_text(view)
        for key in ("j", "x", "j", "x"):
            page.keyboard.press(key)
        expect(page.locator(".action-counter")).to_have_text("2 of 5 selected")
        page.keyboard.press("k")
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", level=1)).to_have_text("CLM-2026-000004")
        page.keyboard.press("?")
        expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
        page.keyboard.press("Escape")
        page.keyboard.press("n")
        page.keyboard.type("a d x j")
        expect(page.get_by_label("Note")).to_have_value("a d x j")


def test_reassigning_several_claims_works_from_the_list(desk: Desk) -> None:
    with desk(SUPERVISOR) as page:
        page.goto(f"{CLAIMS}?view=late")
        page.get_by_label("Select CLM-2026-000005").check()
        page.get_by_role("button", name="Reassign…").click()
        daniel = page.locator("option", has_text="Daniel Reyes").get_attribute("value")
        page.get_by_label("New owner").select_option(daniel)
        page.get_by_role("button", name="Give 1 claim to them").click()
        expect(page.locator(".messagelist")).to_have_text("1 claim given to Daniel Reyes.")


def test_a_first_notice_offers_policies_while_a_name_is_typed(desk: Desk) -> None:
    with desk(ADJUSTER) as page:
        page.goto(f"{CLAIMS}add/")
        page.get_by_label("Policy", exact=True).press_sequentially("whitf")
        expect(page.locator("#policies option")).to_have_text(re.compile("Amos Whitfield, homeowners"))


def test_every_step_works_without_script(desk: Desk) -> None:
    with desk(ADJUSTER, java_script_enabled=False) as page:
        page.goto(f"{CLAIMS}?view=mine")
        page.get_by_role("link", name="CLM-2026-000006").click()
        page.get_by_role("button", name="Start").click()
        page.get_by_role("link", name="Approve $4,000.00…").click()
        expect(page.get_by_role("heading", name="Approve $4,000.00")).to_be_visible()
        page.get_by_role("button", name="Approve $4,000.00").click()
        expect(page.locator(".messagelist")).to_contain_text("Approved: $4,000.00")


def test_an_underwriter_quotes_a_house_approves_the_referral_and_binds(desk: Desk) -> None:
    with desk(UNDERWRITER) as page:
        page.get_by_role("link", name="New quote").click()
        page.get_by_label("Customer").fill("rosa.delgado@example.com")
        page.get_by_label("Product").select_option(label="Homeowners")
        page.get_by_role("button", name="Go on to the questions").click()
        page.get_by_role("link", name="Price…").click()
        dialog = page.get_by_role("dialog", name="Price QUO-")
        dialog.get_by_label("Construction").select_option(label="Masonry")
        for question, answer in (("Age of the roof", "31"), ("Miles to the fire station", "1"), ("Losses in five years", "0")):
            dialog.get_by_label(question).fill(answer)
        dialog.get_by_label("Alarm").select_option(label="Monitored")
        dialog.get_by_role("button", name="Price QUO-").click()
        expect(page.locator(".messagelist")).to_contain_text("comes to $1,139.72 and is referred")
        expect(page.get_by_role("table", name="Rules that fired")).to_contain_text("Old roof")
        page.keyboard.press("a")
        page.get_by_role("dialog", name="Approve QUO-").get_by_role("button", name="Approve at $1,139.72").click()
        page.get_by_role("link", name="Bind at $1,139.72…").click()
        page.get_by_role("dialog", name="Bind QUO-").get_by_role("button", name="Bind at $1,139.72").click()
        expect(page.locator(".wb-record .wb-chip")).to_contain_text("Bound")
        page.get_by_role("link", name=re.compile("^POL-")).first.click()
        expect(page.get_by_role("heading", level=1)).to_have_text(re.compile("^POL-"))
        expect(page.get_by_text("Bound from")).to_be_visible()


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
    page.on("console", lambda line: trouble.append(line.text) if _is_trouble(line.type, line.text) else None)
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
