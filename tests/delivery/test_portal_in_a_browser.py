"""The portal as it is shipped: production's nginx with TLS, the built files, the API and its sockets under one name, in a real browser."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from playwright.sync_api import Browser, Page, WebSocket, expect

from tests import needs
from tests.chromium import PATIENCE_MS, chromium
from tests.delivery.proxied import Proxy, nginx_before
from tests.frontend.conftest import node, tools  # noqa: F401  # fixtures
from tests.frontend.portal import build
from tests.frontend.test_portal import MAYA, ROSA, SEED, log_in, said, staff
from tests.live import LiveServer, live_server
from tests.workbench.browsing import take

pytestmark = [pytest.mark.once, pytest.mark.slow, needs.nginx, needs.chromium, needs.node]
NAME = "app.vanguardai.com"
# Near what is taken at most (10 MiB), so that the limits of nginx and of the platform are met together.
ESTIMATE = b"%PDF-1.7 estimate" + b" " * 9 * 1024 * 1024
SECURITY_HEADERS = ("content-security-policy", "x-frame-options", "x-content-type-options", "referrer-policy", "strict-transport-security")


class Visit(NamedTuple):
    """An open page, what went wrong on it (a script's error, a refusal by a limit), and its sockets' addresses."""

    page: Page
    trouble: list[str]
    sockets: list[str]


@pytest.fixture(scope="module")
def server() -> Iterator[LiveServer]:
    variables = {
        "WEB_CONCURRENCY": "2",
        "TRUSTED_PROXIES": "127.0.0.1",
        "TRUSTED_HOSTS": f"{NAME},localhost,127.0.0.1",
        "PUBLIC_URL": f"https://{NAME}",
    }
    with live_server(variables, seed=SEED) as running:
        yield running


@pytest.fixture(scope="module")
def proxy(server: LiveServer, node: object, tools: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:  # noqa: F811
    files = build(node, tmp_path_factory.mktemp("portal"), "")  # type: ignore[arg-type]  # its own origin
    with nginx_before(server.port, NGINX_PORTAL_NAMES=NAME, NGINX_PORTAL_ROOT=str(files)) as running:
        yield running


@pytest.fixture(scope="module")
def browser(proxy: Proxy) -> Iterator[Browser]:
    """One for which the name is on this machine."""
    with chromium(f"--host-resolver-rules=MAP {NAME} 127.0.0.1") as launched:
        yield launched


@pytest.fixture
def visit(browser: Browser, proxy: Proxy) -> Iterator[Visit]:
    """The certificate is signed by itself, as `make certificate` makes it."""
    made = Visit(
        browser.new_context(base_url=f"https://{NAME}:{proxy.https}", ignore_https_errors=True, reduced_motion="reduce").new_page(), [], []
    )
    made.page.set_default_timeout(PATIENCE_MS)
    made.page.on("pageerror", lambda error: made.trouble.append(str(error)))
    made.page.on("console", lambda line: made.trouble.append(line.text) if line.type == "error" else None)
    made.page.on("websocket", lambda socket: made.sockets.append(_address(socket)))
    yield made
    made.page.context.close()


def _address(socket: WebSocket) -> str:
    return socket.url.partition("?")[0]


def test_rosa_files_a_claim_with_a_document_and_watches_it_live(visit: Visit, proxy: Proxy, server: LiveServer) -> None:
    page, origin = visit.page, f"{NAME}:{proxy.https}"
    log_in(page, ROSA)
    expect(page.get_by_role("heading", level=1)).to_have_text("Your policies")
    page.get_by_role("link", name="Homeowners").click()
    page.get_by_role("link", name="File a claim").click()
    page.get_by_label("What kind of damage or loss?").select_option("hail")
    page.get_by_label("On which day did it happen?").fill(page.evaluate("new Date(Date.now() - 3 * 86400000).toISOString().slice(0, 10)"))
    page.get_by_label("What happened?").fill("Hail broke the skylight.")
    page.get_by_label("About how much will it cost").fill("2,400")
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("button", name="Send the claim").click()
    expect(page.get_by_text("We have your claim").first).to_be_visible()
    page.get_by_label("What is it?").select_option("estimate")
    page.get_by_label("Files").set_input_files({"name": "estimate.pdf", "mimeType": "application/pdf", "buffer": ESTIMATE})
    expect(page.get_by_role("button", name=re.compile("Save estimate.pdf"))).to_be_visible()
    page.get_by_role("button", name="Done").click()
    chip = page.locator(".page-title .chip")
    expect(chip).to_have_text("Received")

    claim = page.url.rpartition("/")[2]
    with staff(server) as maya:
        [document] = said(maya.get(f"/api/claims/{claim}/documents"))["data"]
        assert (document["name"], document["size"], document["kind"]) == ("estimate.pdf", len(ESTIMATE), "estimate")
        said(maya.post(f"/api/claims/{claim}/assign", json={}))
        said(maya.post(f"/api/claims/{claim}/start", json={}))
        expect(chip).to_have_text("In review")  # told over the socket: the page was not touched
        said(maya.post(f"/api/claims/{claim}/approve", json={}))
        expect(chip).to_have_text("Approved")
    expect(page.get_by_text("We approved $1,400.00")).to_be_visible()
    take(page, "portal-behind-nginx")
    assert set(visit.sockets) == {f"wss://{origin}/ws/claims"}

    with page.expect_download() as download:
        page.get_by_role("button", name=re.compile("Save estimate.pdf")).click()
    assert Path(download.value.path()).read_bytes() == ESTIMATE
    page.reload()  # an address of the page's own, asked of nginx; the log-in is still there
    expect(chip).to_have_text("Approved")
    assert visit.trouble == []


def test_the_page_comes_with_its_headers_whatever_its_address(visit: Visit) -> None:
    for path in ("/", "/claims/new", "/reset-password"):
        answer = visit.page.goto(path)
        assert answer is not None
        headers = answer.all_headers()
        assert [name for name in SECURITY_HEADERS if name not in headers] == []


def test_who_guesses_passwords_is_held_back_and_told_when_to_come_again(visit: Visit) -> None:
    visit.page.goto("/")
    for _ in range(12):
        log_in(visit.page, MAYA, "not-her-password")
        expect(visit.page.get_by_role("alert")).to_be_visible()
        if visit.page.get_by_text("too often").is_visible():
            break
    expect(visit.page.get_by_text("That was too often in a short time.")).to_be_visible()
