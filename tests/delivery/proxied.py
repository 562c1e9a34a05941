"""The real nginx with the real files of deploy/nginx, on free ports of 127.0.0.1, in front of whatever a test runs."""

import http.client
import json
import os
import shutil
import ssl
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from tests.delivery.servers import ROOT, free_port, served

NGINX_FILES = ROOT / "deploy" / "nginx"
START_SECONDS = 90.0
SECURITY_HEADERS = ("X-Frame-Options", "X-Content-Type-Options", "Referrer-Policy", "Content-Security-Policy", "Permissions-Policy")
FORGED = {
    "X-Forwarded-For": "203.0.113.7",
    "X-Real-IP": "203.0.113.7",
    "X-Forwarded-Proto": "http",
    "X-Forwarded-Host": "evil.example",
    "X-Forwarded-Port": "1",
    "Forwarded": "for=203.0.113.7;proto=http",
    "X_Forwarded_For": "203.0.113.8",
    "Connection": "X-Forwarded-For",
}


@dataclass(frozen=True)
class Answer:
    status: int
    headers: list[tuple[str, str]]
    body: bytes

    def all(self, name: str) -> list[str]:
        return [value for key, value in self.headers if key.lower() == name.lower()]

    def one(self, name: str) -> str | None:
        """Raises AssertionError where the header comes more than once."""
        values = self.all(name)
        assert len(values) <= 1, f"{name} comes {len(values)} times: {values}"
        return values[0] if values else None


@dataclass(frozen=True)
class Proxy:
    """A running nginx. Each test calls from an address of its own (127.0.0.x), so that it has the limits to itself."""

    http: int
    https: int
    folder: Path

    @property
    def certificate(self) -> Path:
        return self.folder / "tls" / "certificate.pem"

    def trusting(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=str(self.certificate))

    def call(
        self,
        path: str,
        method: str = "GET",
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        source: str = "127.0.0.1",
        tls: bool = True,
    ) -> Answer:
        connection: http.client.HTTPConnection
        if tls:
            connection = http.client.HTTPSConnection(
                "127.0.0.1", self.https, context=self.trusting(), source_address=(source, 0), timeout=30
            )
        else:
            connection = http.client.HTTPConnection("127.0.0.1", self.http, source_address=(source, 0), timeout=30)
        try:
            connection.request(method, path, body=body, headers={"Host": "localhost", **(headers or {})})
            answer = connection.getresponse()
            return Answer(answer.status, answer.getheaders(), answer.read())
        finally:
            connection.close()

    def log(self) -> str:
        return (self.folder / "access.log").read_text()


@contextmanager
def nginx_before(port: int, *, changed: Mapping[str, str] | None = None, **variables: str) -> Iterator[Proxy]:
    """nginx until the block ends, in front of 127.0.0.1:`port`. `changed`: text of the configuration that is replaced, to save waiting."""
    with TemporaryDirectory(prefix="vanguard-nginx-") as name:
        proxy = Proxy(free_port(), free_port(), Path(name))
        _configure(proxy, port, variables)
        _change(proxy.folder / "nginx.conf", changed or {})
        program = shutil.which("nginx") or ""
        # Its workers are who runs the tests: what a test writes lies in folders that nobody else may enter.
        own = "daemon off; user root;" if os.getuid() == 0 else "daemon off;"
        command = [program, "-e", "stderr", "-c", str(proxy.folder / "nginx.conf"), "-g", own]
        process = subprocess.Popen(command, stderr=subprocess.PIPE)
        try:
            _wait_until_it_serves(proxy, process)
            yield proxy
        finally:
            process.terminate()
            process.wait(timeout=START_SECONDS)


def _configure(proxy: Proxy, port: int, variables: dict[str, str]) -> None:
    tls = proxy.folder / "tls"
    subprocess.run([NGINX_FILES / "certificate.sh", tls, "localhost", "127.0.0.1", "api.vanguardai.com"], check=True)
    own = {
        "NGINX_NAMES": "api.vanguardai.com localhost 127.0.0.1",
        "NGINX_HTTP": f"127.0.0.1:{proxy.http}",
        "NGINX_HTTPS": f"127.0.0.1:{proxy.https}",
        "NGINX_PORT_SUFFIX": f":{proxy.https}",
        "NGINX_UPSTREAM": f"127.0.0.1:{port}",
        "NGINX_CERTIFICATE": str(tls / "certificate.pem"),
        "NGINX_KEY": str(tls / "key.pem"),
        "NGINX_WORKERS": "2",
        "NGINX_ACCESS_LOG": str(proxy.folder / "access.log"),
    }
    subprocess.run([NGINX_FILES / "render.sh", proxy.folder], env={**os.environ, **own, **variables}, check=True)


def _change(file: Path, changed: Mapping[str, str]) -> None:
    text = file.read_text()
    for before, after in changed.items():
        assert before in text, f"{before!r} is not in the configuration"
        text = text.replace(before, after)
    file.write_text(text)


def _wait_until_it_serves(proxy: Proxy, process: "subprocess.Popen[Any]") -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            proxy.call("/health/live", tls=False, source="127.0.0.99")
        except OSError:
            time.sleep(0.05)
        else:
            return
    process.terminate()
    assert process.stderr is not None
    raise AssertionError(f"nginx did not start:\n{process.stderr.read().decode()}")


@pytest.fixture(scope="module")
def proxy() -> Iterator[Proxy]:
    """In front of two workers that tell what reached them."""
    with served("tests.delivery.echo:application", WEB_CONCURRENCY="2") as server, nginx_before(server.port) as running:
        yield running


@pytest.fixture(scope="module")
def deserted() -> Iterator[Proxy]:
    """In front of nobody."""
    with nginx_before(free_port()) as running:
        yield running


def told(answer: Answer) -> dict[str, str]:
    """The headers that reached the application, each once."""
    pairs = json.loads(answer.body)["headers"]
    assert len(pairs) == len(dict(pairs))
    return dict(pairs)


def assert_is_a_good_refusal(answer: Answer, *, envelope: bool) -> None:
    for name in (*SECURITY_HEADERS, "X-Correlation-ID", "Strict-Transport-Security"):
        assert answer.one(name), f"{name} is missing"
    if not envelope:
        assert answer.one("Content-Type") == "text/plain; charset=utf-8"
        return
    assert answer.one("Content-Type") == "application/json; charset=utf-8"
    said = json.loads(answer.body)
    assert (said["success"], said["data"], said["correlationId"]) == (False, None, answer.one("X-Correlation-ID"))
    assert said["errors"] == [{"field": "", "code": said["errors"][0]["code"], "message": said["message"]}]
