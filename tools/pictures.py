"""Takes docs/pictures anew from the demo book: `python -m tools.pictures` (needs Chromium; about two minutes, most of them the import).

Each page as its person sees it, light and dark, at 1440 × 900; the claim page and a worklist on a phone.
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, Page, sync_playwright

from tests.live import LiveServer, live_server
from tests.needs import chromium_path

TARGET = Path(__file__).resolve().parent.parent / "docs" / "pictures"
PASSWORD = "Pictures-of-the-demo-7!"  # noqa: S105  # of a server that lives for these pictures only
ADJUSTER, SUPERVISOR, UNDERWRITER = "adjuster@vanguard.example", "supervisor@vanguard.example", "underwriter@vanguard.example"
LIST = "/admin/claims/claim/"
ESTIMATE = b"%PDF-1.7\n" + b"% a page of figures\n" * 20_000 + b"%%EOF\n"
Scheme = Literal["light", "dark"]


def home(page: Page) -> None:
    page.goto("/admin/")


def worklist(page: Page) -> None:
    page.goto(f"{LIST}?view=mine")
    for key in ("j", "j", "j", "j", "x", "j", "x", "k", "k"):
        page.keyboard.press(key)


def diary(page: Page) -> None:
    page.goto("/admin/diary/diaryentry/?view=late")


def claim(page: Page) -> None:
    """The first that waits for a second person."""
    page.goto(f"{LIST}?view=approve")
    page.locator("#result_list a.wb-id").first.click()
    page.wait_for_load_state()


def fill_file(page: Page) -> None:
    """A note and a document, as the claim's owner leaves them for the second person."""
    page.goto(f"{LIST}?view=proposed")
    page.locator("#result_list a.wb-id").first.click()
    page.get_by_label("Note").fill("Insured accepts the estimate, depreciation included. Wants one payment, to the joint account.")
    page.get_by_role("button", name="Add note").click()
    page.get_by_label("File").set_input_files({"name": "Estimate v3.pdf", "mimeType": "application/pdf", "buffer": ESTIMATE})
    page.get_by_role("button", name="Add document").click()
    page.locator(".messagelist").wait_for()


def decide(page: Page) -> None:
    claim(page)
    page.keyboard.press("a")


def policy(page: Page) -> None:
    page.goto("/admin/policies/policy/?view=ending")
    page.locator("#result_list a.wb-id").first.click()
    page.wait_for_load_state()


def customer(page: Page) -> None:
    policy(page)
    page.locator(".wb-facts a").first.click()
    page.wait_for_load_state()


def report(page: Page) -> None:
    """The real book as it stood when half of it was open."""
    page.goto("/admin/reports/development/?known_on=2017-12-31")


PICTURES: tuple[tuple[str, str, Callable[[Page], None]], ...] = (
    ("dashboard", ADJUSTER, home),
    ("worklist", ADJUSTER, worklist),
    ("team", SUPERVISOR, home),
    ("diary", SUPERVISOR, diary),
    ("claim", SUPERVISOR, claim),
    ("decide", SUPERVISOR, decide),
    ("policy", UNDERWRITER, policy),
    ("customer", UNDERWRITER, customer),
    ("report", SUPERVISOR, report),
)


def main() -> None:
    """All pictures, over those that are there."""
    TARGET.mkdir(parents=True, exist_ok=True)
    with live_server({"DEMO_PASSWORD": PASSWORD}, commands=[["seed_demo"]]) as server, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=["--no-sandbox"])
        with _desk(browser, server, ADJUSTER, "light") as page:
            fill_file(page)
        for scheme in ("light", "dark"):
            _log_in_page(browser, server, scheme)
            for name, who, show in PICTURES:
                with _desk(browser, server, who, scheme) as page:
                    show(page)
                    _take(page, name, scheme)
        with _desk(browser, server, SUPERVISOR, "light", width=390, height=844) as page:
            claim(page)
            _take(page, "claim-390", "light")
            page.goto(f"{LIST}?view=late")
            _take(page, "worklist-390", "light")
        browser.close()


@contextmanager
def _desk(browser: Browser, server: LiveServer, who: str, scheme: Scheme, *, width: int = 1440, height: int = 900) -> Iterator[Page]:
    context = browser.new_context(base_url=server.url, viewport={"width": width, "height": height}, color_scheme=scheme)
    page = context.new_page()
    page.goto("/admin/login/")
    page.get_by_label("E-mail").fill(who)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    page.locator("#user-tools").wait_for()
    yield page
    context.close()


def _log_in_page(browser: Browser, server: LiveServer, scheme: Scheme) -> None:
    context = browser.new_context(base_url=server.url, viewport={"width": 1440, "height": 900}, color_scheme=scheme)
    page = context.new_page()
    page.goto("/admin/login/")
    page.get_by_label("E-mail").fill("maya.okafor@vanguard.example")
    page.get_by_label("Password").fill("not this one")
    page.get_by_role("button", name="Log in").click()
    page.get_by_role("alert").wait_for()
    _take(page, "login", scheme)
    context.close()


def _take(page: Page, name: str, scheme: Scheme) -> None:
    page.wait_for_timeout(300)  # the focus ring and the dialog come to rest
    path = TARGET / f"{name}{'' if scheme == 'light' else '-dark'}.png"
    page.screenshot(path=path)
    sys.stdout.write(f"{path.name}\n")


if __name__ == "__main__":
    main()
