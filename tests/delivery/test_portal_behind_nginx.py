"""The portal as nginx serves it: its files, its own addresses, and the API under the same name and with the same limits."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx
import pytest

from tests import needs
from tests.delivery.proxied import Answer, Proxy, nginx_before
from tests.delivery.servers import free_port, served

pytestmark = [pytest.mark.slow, pytest.mark.once, needs.nginx]
NAME = "app.vanguardai.com"
SECURITY_HEADERS = ("Content-Security-Policy", "X-Frame-Options", "X-Content-Type-Options", "Referrer-Policy", "Strict-Transport-Security")


@pytest.fixture(scope="module")
def proxy() -> Iterator[Proxy]:
    """With a portal of two files, in front of a platform that tells what reached it."""
    with TemporaryDirectory(prefix="vanguard-portal-") as name:
        root = Path(name)
        (root / "index.html").write_text("<!doctype html><title>Portal</title>")
        (root / "assets").mkdir()
        (root / "assets" / "main-1f2e3d.js").write_text("export {}")
        with (
            served("tests.delivery.echo:application", WEB_CONCURRENCY="1") as server,
            nginx_before(server.port, NGINX_PORTAL_NAMES=NAME, NGINX_PORTAL_ROOT=str(root)) as running,
        ):
            yield running


def test_it_can_listen_at_an_address_of_its_own() -> None:
    """As in a preview, which has no names: the workbench at one address of this machine, the portal at the next."""
    with TemporaryDirectory(prefix="vanguard-portal-") as name:
        (Path(name) / "index.html").write_text("<!doctype html><title>Portal</title>")
        port = free_port()
        listens = f"127.0.0.2:{port}"
        with (
            served("tests.delivery.echo:application", WEB_CONCURRENCY="1") as server,
            nginx_before(server.port, NGINX_PORTAL_NAMES="127.0.0.2", NGINX_PORTAL_HTTPS=listens, NGINX_PORTAL_ROOT=name) as running,
        ):
            there = httpx.get(f"https://127.0.0.2:{port}/reset-password", verify=False)  # noqa: S501  # the certificate has other names
            assert (there.status_code, "Portal" in there.text) == (200, True)
            assert b"Portal" not in running.call("/reset-password").body


def call(proxy: Proxy, path: str, source: str = "127.0.0.1", **more: str) -> Answer:
    return proxy.call(path, headers={"Host": NAME, **more}, source=source)


@pytest.mark.parametrize("path", ["/", "/policies", "/claims/0199b6a2-7c11-7a5e-9f40-1234567890ab", "/reset-password"])
def test_each_of_its_own_addresses_is_the_page_which_is_asked_for_anew_each_time(proxy: Proxy, path: str) -> None:
    answer = call(proxy, path)
    assert (answer.status, b"Portal" in answer.body) == (200, True)
    assert (answer.one("Cache-Control"), answer.one("Content-Type")) == ("no-cache", "text/html; charset=utf-8")
    assert answer.one("Content-Security-Policy") == "frame-ancestors 'none'"


@pytest.mark.parametrize(("path", "status"), [("/", 200), ("/assets/main-1f2e3d.js", 200), ("/assets/gone.js", 404), ("/api/claims", 200)])
def test_every_header_comes_once(proxy: Proxy, path: str, status: int) -> None:
    answer = call(proxy, path)
    assert answer.status == status
    if not path.startswith("/api/"):
        assert all(answer.one(name) for name in SECURITY_HEADERS)


def test_a_file_named_by_its_content_is_kept_for_a_year(proxy: Proxy) -> None:
    answer = call(proxy, "/assets/main-1f2e3d.js")
    assert answer.one("Cache-Control") == "public, max-age=31536000, immutable"
    assert answer.one("Content-Type") == "text/javascript; charset=utf-8"


def test_the_api_is_there_under_the_same_name_with_the_same_limits(proxy: Proxy) -> None:
    told = call(proxy, "/api/claims", **{"X-Forwarded-For": "203.0.113.7"})
    assert b"127.0.0.1" in told.body
    assert b"203.0.113.7" not in told.body
    counted = Counter(call(proxy, "/api/auth/login", "127.0.0.41").status for _ in range(9))
    assert counted[429] >= 2
    assert call(proxy, "/api/claims", "127.0.0.41").status == 200


def test_neither_figures_nor_the_workbench_are_there(proxy: Proxy) -> None:
    for path in ("/metrics", "/admin/login/", "/health"):
        answer = call(proxy, path)
        assert b"Portal" in answer.body
    assert b"Portal" not in proxy.call("/admin/login/").body
