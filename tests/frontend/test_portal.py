"""The policyholders' portal in a real browser, built as it is shipped, against the running platform."""

import base64
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pyotp
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests import needs
from tests.chromium import PATIENCE_MS, chromium
from tests.delivery.servers import free_port
from tests.factories import PASSWORD
from tests.frontend.conftest import Node
from tests.frontend.portal import build, static_server
from tests.live import LiveServer, live_server
from tests.workbench.browsing import take

pytestmark = [needs.chromium, needs.node, pytest.mark.slow, pytest.mark.once]
ROSA, HARRY, OTTO, VERA, MAYA = (f"{name}@vanguard.example" for name in ("rosa", "harry", "otto", "vera", "maya"))
SEED = f"""
import datetime
from decimal import Decimal
from django.utils import timezone
from claims.services import ask_information, deny_claim, start_claim
from policies.billing.services import change_plan, charge_fee
from policies.papers.services import make_document
from tests.billing.books import tell
from tests.factories import CustomerFactory, PolicyFactory, policyholder, submitted_claim, supervisor
boss = supervisor(email='{MAYA}', first_name='Maya', last_name='Okafor')
rosa = CustomerFactory.create(first_name='Rosa', last_name='Delgado', email='{ROSA}')
policyholder(rosa, email='{ROSA}', first_name='Rosa', last_name='Delgado')
home = PolicyFactory.create(customer=rosa, policy_number='POL-2026-000101', coverage_amount=Decimal('320000.00'))
PolicyFactory.create(customer=rosa, policy_number='POL-2026-000102', policy_type='personal_auto', coverage_amount=Decimal('50000.00'))
tell(home, '1200.00', 'new_business', booked_at=home.start_date)
change_plan(None, home.pk, plan='quarterly', version=None)
charge_fee(None, home.pk, amount=Decimal('25.00'), reason='A copy of the policy.')
leak = submitted_claim(home, claim_type='water_damage', claim_number='CLM-2026-000008', description='The kitchen is wet.')
leak = start_claim(boss, leak.pk)
ask_information(boss, leak.pk, question='When did you find the leak? Please send the invoice of the plumber.')
make_document(None, home.pk, kind='schedule')
old = submitted_claim(home, claim_type='theft', claim_number='CLM-2026-000007', description='Two bicycles from the shed.')
deny_claim(boss, start_claim(boss, old.pk).pk, reason='The shed was not locked.')
wall = submitted_claim(home, claim_type='vandalism', claim_number='CLM-2026-000009', description='Paint on the wall.')
deny_claim(boss, start_claim(boss, wall.pk).pk, reason='The wall was painted over before we could see it.')
policyholder(CustomerFactory.create(first_name='Harry', email='{HARRY}'), email='{HARRY}', first_name='Harry', last_name='Finch')
policyholder(CustomerFactory.create(first_name='Otto', email='{OTTO}'), email='{OTTO}', first_name='Otto', last_name='Weiss')
vera = policyholder(CustomerFactory.create(first_name='Vera', email='{VERA}'), email='{VERA}', first_name='Vera', last_name='Nair')
"""
# Vera's authenticator, and the token of the letter that Harry asked for.
SECRETS = f"""
from tests.authenticators import Enrolled
from vanguard.accounts.forgotten import token_of
from vanguard.accounts.models import User
print(Enrolled(User.objects.get(email='{VERA}')).phone.totp.secret, token_of(User.objects.get(email='{HARRY}')))
"""
PHOTO = base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==")


@pytest.fixture(scope="module")
def origin() -> str:
    return f"http://127.0.0.1:{free_port()}"


@pytest.fixture(scope="module")
def server(origin: str) -> Iterator[LiveServer]:
    with live_server({"CORS_ORIGINS": origin, "PUBLIC_URL": origin}, seed=SEED) as server:
        yield server


@pytest.fixture(scope="module")
def portal(server: LiveServer, origin: str, node: Node, tools: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = build(node, tmp_path_factory.mktemp("portal"), server.url)
    with static_server(int(origin.rpartition(":")[2]), folder):
        yield origin


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as launched:
        yield launched


@pytest.fixture(scope="module")
def secrets(server: LiveServer) -> list[str]:
    return server.manage("shell", "--verbosity", "0", "--command", SECRETS).split()


@pytest.fixture
def page(browser: Browser, portal: str) -> Iterator[Page]:
    """A browser of one's own. What it complains about fails the test: a script's error, or something that the page's policy keeps out."""
    with opened(browser, portal) as page:
        yield page


@contextmanager
def opened(browser: Browser, portal: str) -> Iterator[Page]:
    trouble: list[str] = []
    context = browser.new_context(base_url=portal, viewport={"width": 1280, "height": 900}, accept_downloads=True, reduced_motion="reduce")
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    page.on("pageerror", lambda error: trouble.append(str(error)))
    # A refusal by a rule has a status of 4xx, which Chromium reports as an error of its own.
    page.on("console", lambda line: trouble.append(line.text) if line.type == "error" and "status of 4" not in line.text else None)
    yield page
    context.close()
    assert trouble == []


def log_in(page: Page, email: str, password: str = PASSWORD) -> None:
    page.goto("/")
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Log in").click()


def staff(server: LiveServer) -> httpx.Client:
    """Maya at her desk, by the API."""
    answer = httpx.post(f"{server.url}/api/auth/token", json={"email": MAYA, "password": PASSWORD}, timeout=30)
    return httpx.Client(base_url=server.url, headers={"Authorization": f"Bearer {answer.json()['data']['accessToken']}"}, timeout=30)


def said(answer: httpx.Response) -> Any:
    answer.raise_for_status()
    return answer.json()["data"]


def faults(page: Page, **options: Any) -> list[tuple[str, str]]:
    violations = Axe().run(page, options={"resultTypes": ["violations"]} | options).response["violations"]
    return [(each["id"], each["nodes"][0]["html"]) for each in violations]


def looked_at(page: Page, name: str) -> list[object]:
    """What is wrong with the open page, light and dark, wide and on a phone; with a picture of each where pictures are asked for."""
    found: list[object] = []
    for width, suffix in ((1280, ""), (390, "-390")):
        page.set_viewport_size({"width": width, "height": 900})
        if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
            found.append((name, "wider than", width))
        take(page, f"portal-{name}{suffix}")
        page.emulate_media(color_scheme="dark")
        take(page, f"portal-{name}{suffix}-dark")
        page.emulate_media(color_scheme="light")
    found += [(name, "on a phone", *fault) for fault in faults(page)]
    page.set_viewport_size({"width": 1280, "height": 900})
    page.emulate_media(color_scheme="dark")
    found += [(name, "in the dark", *fault) for fault in faults(page, runOnly=["color-contrast"])]
    page.emulate_media(color_scheme="light")
    return found


def test_rosa_files_a_claim_and_sees_it_decided_without_doing_anything(page: Page, server: LiveServer) -> None:
    found = []
    log_in(page, ROSA)
    expect(page.get_by_role("heading", level=1)).to_have_text("Your policies")
    expect(page.get_by_role("link", name="Homeowners")).to_be_visible()
    expect(page.get_by_text("$320,000.00")).to_be_visible()
    found += looked_at(page, "home")

    page.get_by_role("link", name="Homeowners").click()
    expect(page.get_by_text("$1,200.00").first).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("button", name=re.compile("Save Your schedule")).click()
    assert Path(download.value.path()).read_bytes().startswith(b"%PDF-")
    found += looked_at(page, "policy")

    page.get_by_role("link", name="File a claim").click()
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_text("Choose what fits best.")).to_be_visible()
    expect(page.get_by_label("What kind of damage or loss?")).to_be_focused()
    page.get_by_label("What kind of damage or loss?").select_option("hail")
    page.get_by_label("On which day did it happen?").fill(page.evaluate("new Date(Date.now() - 3 * 86400000).toISOString().slice(0, 10)"))
    page.get_by_label("What happened?").fill("Hail broke the skylight and the gutter on the north side.")
    page.get_by_label("About how much will it cost").fill("$4,250.30")
    page.reload()  # the log-in and what was written are there again
    expect(page.get_by_label("About how much will it cost")).to_have_value("$4,250.30")
    found += looked_at(page, "file")
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_text("$4,250.30")).to_be_visible()
    page.get_by_role("button", name="Send the claim").dblclick()
    expect(page.get_by_text("We have your claim").first).to_be_visible()

    page.get_by_label("Files").set_input_files({"name": "skylight.png", "mimeType": "image/png", "buffer": PHOTO})
    expect(page.get_by_role("button", name=re.compile("Save skylight.png"))).to_be_visible()
    page.get_by_label("Files").set_input_files({"name": "virus.exe", "mimeType": "application/octet-stream", "buffer": b"MZ"})
    expect(page.get_by_role("alert")).to_contain_text("virus.exe")
    page.get_by_role("button", name="Done").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Hail")

    with staff(server) as maya:
        claims = said(maya.get("/api/claims?claim_type=hail"))["data"]
        assert [claim["claimAmount"] for claim in claims] == [4250.3]  # one, for all the clicking
        claim = claims[0]["id"]
        assert [document["name"] for document in said(maya.get(f"/api/claims/{claim}/documents"))["data"]] == ["skylight.png"]
        chip = page.locator(".page-title .chip")
        expect(chip).to_have_text("Received")
        said(maya.post(f"/api/claims/{claim}/assign", json={}))
        said(maya.post(f"/api/claims/{claim}/start", json={}))
        expect(chip).to_have_text("In review")
        page.get_by_role("link", name="Claims", exact=True).click()
        row = page.get_by_role("listitem").filter(has_text="Hail")
        expect(row).to_contain_text("In review")
        said(maya.post(f"/api/claims/{claim}/approve", json={}))
    expect(row).to_contain_text("Approved")
    expect(page.locator(".live")).to_contain_text(re.compile("Claim CLM-.*: approved"))
    found += looked_at(page, "claims")
    page.get_by_role("link", name="Open").click()
    expect(chip).to_have_text("Approved")
    expect(page.get_by_text("We approved $3,250.30")).to_be_visible()
    found += looked_at(page, "claim")

    page.get_by_role("link", name="Claims", exact=True).click()
    page.get_by_role("link", name="Theft").click()
    page.get_by_label("Why should we decide otherwise?").fill("The lock was forced; the police report says so.")
    page.get_by_role("button", name="Send the appeal").click()
    expect(page.locator(".page-title .chip")).to_have_text("Appeal in review")
    assert found == []


def test_a_question_is_read_and_answered_and_the_claim_goes_on(page: Page, server: LiveServer) -> None:
    log_in(page, ROSA)
    expect(page.get_by_text("We need something from you for claim CLM-2026-000008")).to_be_visible()
    page.get_by_role("link", name="See what, and add it").click()
    expect(page.get_by_text("When did you find the leak?")).to_be_visible()
    found = looked_at(page, "question")
    page.get_by_label("Your answer").fill("   ")
    page.get_by_role("button", name="Send the answer").click()
    expect(page.get_by_label("Your answer")).to_have_attribute("aria-invalid", "true")  # the API's refusal, at its field
    page.get_by_label("What is it?").select_option("invoice")
    page.get_by_label("Files").set_input_files({"name": "plumber.png", "mimeType": "image/png", "buffer": PHOTO})
    expect(page.get_by_role("button", name=re.compile("Save plumber.png"))).to_be_visible()
    page.get_by_label("Your answer").fill("On Monday morning. The invoice is there.")
    page.get_by_role("button", name="Send the answer").click()
    expect(page.get_by_text("Thank you: we have your answer")).to_be_visible()
    expect(page.locator(".page-title .chip")).to_have_text("In review")
    expect(page.get_by_text("You answered: “On Monday morning. The invoice is there.”")).to_be_visible()
    found += looked_at(page, "answered")
    with staff(server) as maya:
        claim = said(maya.get("/api/claims/by-number/CLM-2026-000008"))
        assert claim["stage"] == "investigation"
        [asked] = said(maya.get(f"/api/claims/{claim['id']}/questions"))["data"]
        assert asked["answer"] == "On Monday morning. The invoice is there."
        # Asked anew, while she looks on.
        said(maya.post(f"/api/claims/{claim['id']}/ask", json={"question": "Is the floor dry again?"}))
    expect(page.get_by_text("Is the floor dry again?")).to_be_visible()
    assert found == []


def test_a_denied_claim_says_why_and_what_the_policy_says(page: Page) -> None:
    log_in(page, ROSA)
    page.get_by_role("link", name="Claims", exact=True).click()
    page.get_by_role("link", name="Vandalism").click()
    panel = page.get_by_role("region", name="Why we could not approve it")
    expect(panel).to_contain_text("In your case: The wall was painted over before we could see it.")
    expect(panel).to_contain_text("Your policy does not cover what is claimed.")
    page.get_by_label("Why should we decide otherwise?").fill("   ")
    page.get_by_role("button", name="Send the appeal").click()
    expect(page.get_by_label("Why should we decide otherwise?")).to_have_attribute("aria-invalid", "true")
    assert looked_at(page, "denied") == []


def test_what_is_due_on_a_policy_is_said_and_what_is_overdue_first(page: Page) -> None:
    log_in(page, ROSA)
    page.get_by_role("link", name="Homeowners").click()
    owed = page.get_by_role("region", name="What you owe")
    expect(owed).to_contain_text("every three months")
    expect(owed).to_contain_text("$1,225.00")
    expect(owed.get_by_text("$600.00 is overdue")).to_be_visible()
    expect(owed).to_contain_text("Due today$25.00")
    expect(page.get_by_role("region", name="Invoices")).to_contain_text("$25.00Due today")
    assert looked_at(page, "owed") == []
    page.get_by_role("link", name="Your policies").click()
    page.get_by_role("link", name="Personal auto").click()
    expect(page.get_by_role("region", name="What you owe")).to_contain_text("Nothing was charged yet")


def test_a_loss_that_was_told_already_is_asked_about_before_it_is_told_again(page: Page) -> None:
    log_in(page, ROSA)
    page.get_by_role("link", name="File a claim").click()
    policy = page.get_by_role("option", name=re.compile("Homeowners")).get_attribute("value")
    page.get_by_label("Which policy is it about?").select_option(policy)
    page.get_by_label("What kind of damage or loss?").select_option("theft")
    page.get_by_label("On which day did it happen?").fill("2031-01-01")
    page.get_by_label("What happened?").fill("Two bicycles.")
    page.get_by_label("About how much will it cost").fill("5,00")
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_text("This is still to come.")).to_be_visible()
    expect(page.get_by_text("Give an amount such as")).to_be_visible()
    page.get_by_label("On which day did it happen?").fill(page.evaluate("new Date(Date.now() - 10 * 86400000).toISOString().slice(0, 10)"))
    page.get_by_label("About how much will it cost").fill("500")
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("button", name="Send the claim").click()
    expect(page.get_by_text("It looks as if you had told us already")).to_be_visible()
    page.get_by_role("link", name=re.compile("CLM-2026-000007")).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Theft")


def test_nothing_of_a_person_stays_in_the_browser(page: Page) -> None:
    log_in(page, ROSA)
    expect(page.get_by_role("heading", level=1)).to_have_text("Your policies")
    kept = page.evaluate("({local: Object.entries(localStorage), tab: Object.entries(sessionStorage), cookies: document.cookie})")
    assert [name for name, _ in kept["local"]] == ["vanguard.device"]
    assert "rosa" not in str(kept).lower()
    assert (kept["tab"], kept["cookies"]) == ([], "")  # a copy of the tab finds no token
    page.get_by_role("button", name="Log out").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Log in")
    page.reload()
    expect(page.get_by_label("Password")).to_be_visible()
    page.goto("/claims")
    expect(page.get_by_role("heading", level=1)).to_have_text("Log in")


def test_who_has_a_second_factor_is_asked_for_its_code(page: Page, secrets: list[str]) -> None:
    log_in(page, VERA, "not-her-password")
    expect(page.get_by_role("alert")).to_be_visible()
    log_in(page, VERA)
    page.get_by_label("Code").fill("000000")
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("alert")).to_be_visible()
    page.get_by_label("Code").fill(pyotp.TOTP(secrets[0]).now())
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Your policies")


def test_a_forgotten_password_is_replaced_by_the_link_of_a_letter(page: Page, secrets: list[str]) -> None:
    page.goto("/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Log in")
    found = looked_at(page, "log-in")
    page.get_by_role("link", name="Forgotten your password?").click()
    page.get_by_label("E-mail").fill("nobody@vanguard.example")
    page.get_by_role("button", name="Send the letter").click()
    expect(page.get_by_text("Look into your mail")).to_be_visible()
    page.goto(f"/reset-password#token={secrets[1]}")
    page.get_by_label("New password").fill("short")
    page.get_by_role("button", name="Set the password").click()
    expect(page.get_by_text("The password needs")).to_be_visible()
    assert secrets[1] not in page.url  # and so not in the browser's history
    page.get_by_label("New password").fill("Another-horse-8!")
    page.get_by_role("button", name="Set the password").click()
    expect(page.get_by_text("Your new password is set.")).to_be_visible()
    log_in(page, HARRY, "Another-horse-8!")
    expect(page.get_by_text("You have no policies with us")).to_be_visible()
    found += looked_at(page, "home-empty")
    page.goto("/claims")
    expect(page.get_by_text("You have not filed a claim")).to_be_visible()
    assert found == []


def test_where_the_platform_is_away_the_page_says_so_and_goes_on_when_it_is_back(browser: Browser, portal: str, server: LiveServer) -> None:
    context = browser.new_context(base_url=portal)
    page = context.new_page()
    log_in(page, ROSA)
    expect(page.get_by_role("link", name="Homeowners")).to_be_visible()
    context.set_offline(True)
    page.get_by_role("link", name="Homeowners").click()
    expect(page.get_by_text("We cannot be reached just now").first).to_be_visible()
    take(page, "portal-offline")
    context.set_offline(False)
    expect(page.get_by_role("heading", level=1)).to_have_text("Homeowners")
    page.route("**/api/auth/refresh", lambda route: route.abort())
    page.reload()
    expect(page.get_by_text("We cannot be reached just now")).to_be_visible()
    page.reload()  # what one page could not renew is there for the next
    expect(page.get_by_text("We cannot be reached just now")).to_be_visible()
    page.unroute("**/api/auth/refresh")
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Homeowners")
    context.close()


def test_a_claim_that_is_being_written_is_its_writers_alone(page: Page) -> None:
    log_in(page, ROSA)
    page.get_by_role("link", name="File a claim").click()
    page.get_by_label("What happened?").fill("The shed burnt down.")
    for person, written in ((ROSA, "The shed burnt down."), (OTTO, None), (ROSA, None)):
        page.evaluate("addEventListener('pagehide', () => sessionStorage.removeItem('vanguard.refresh'))")
        page.reload()  # the log-in has ended by itself
        log_in(page, person)
        expect(page.get_by_role("heading", level=1)).to_have_text("Your policies")
        expect(page.get_by_text("You have begun to file a claim.")).to_have_count(1 if written else 0)
