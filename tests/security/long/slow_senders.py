"""S9, long: two hundred who send a header or a body a byte at a time, and bodies that never end, through nginx.

Everybody else is served as before.
"""

import getpass
import os
import shutil
import socket
import statistics
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Iterator

import httpx
import pytest

from tests import needs
from tests.delivery.servers import free_port
from tests.live import WITHOUT_END, live_server
from tests.security.long import figure

pytestmark = needs.nginx
SLOW, ASKED, SECONDS = 200, 300, 12
CONF = """
{user} worker_processes 1; daemon off; pid {folder}/nginx.pid; error_log {folder}/error.log;
events {{ worker_connections 2048; }}
http {{
    access_log off; client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
    client_header_timeout 5s; client_body_timeout 5s; client_max_body_size 11m;
    server {{
        listen 127.0.0.1:{port};
        proxy_request_buffering off; proxy_http_version 1.1;
        location / {{ proxy_pass http://127.0.0.1:{behind}; proxy_set_header Host $host; proxy_set_header X-Forwarded-For $remote_addr; }}
    }}
}}
"""
HEAD = b"POST /api/auth/token HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"


@pytest.fixture(scope="module")
def nginx(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """Its port; behind it the platform."""
    folder, port = tmp_path_factory.mktemp("nginx"), free_port()
    with live_server({"WEB_CONCURRENCY": "2", "TRUSTED_PROXIES": "127.0.0.1", **WITHOUT_END}) as server:
        # As root, its worker would be somebody else, who has no way into the folder.
        user = f"user {getpass.getuser()};" if os.geteuid() == 0 else ""
        (folder / "nginx.conf").write_text(CONF.format(folder=folder, port=port, behind=server.port, user=user))
        program = shutil.which("nginx") or ""
        process = subprocess.Popen([program, "-p", str(folder), "-c", str(folder / "nginx.conf")], stderr=subprocess.DEVNULL)
        try:
            deadline = time.monotonic() + 20
            while time.monotonic() < deadline:
                try:
                    httpx.get(f"http://127.0.0.1:{port}/health/live")
                    break
                except httpx.TransportError:
                    time.sleep(0.1)  # until nginx listens; after the deadline the first question tells that it does not
            yield port
        finally:
            process.terminate()
            process.wait(timeout=20)


def healthy(port: int, count: int) -> list[float]:
    """How long somebody waits who asks like anybody, in seconds, in order."""
    times = []
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30) as client:
        for _ in range(count):
            began = time.perf_counter()
            assert client.get("/admin/login/").status_code == 200
            times.append(time.perf_counter() - began)
    return sorted(times)


def p99(times: list[float]) -> float:
    return times[int(len(times) * 0.99)] * 1000


def drip(port: int, head: bytes, piece: bytes, answers: list[str], until: float) -> None:
    """Sends `head`, then `piece` every quarter of a second until it is answered, refused or cut off; keeps which it was."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
            connection.sendall(head)
            connection.settimeout(0.25)
            while time.monotonic() < until:
                try:
                    got = connection.recv(4096)
                    answers.append(got[9:12].decode() or "closed")
                    return
                except TimeoutError:
                    connection.sendall(piece)
            answers.append("still open")
    except OSError:
        answers.append("closed")


def test_slow_headers_and_bodies_and_chunks_without_end_slow_nobody_else(nginx: int) -> None:
    before = healthy(nginx, ASKED)
    kinds = {
        "headers": (b"GET / HTTP/1.1\r\nHost: localhost\r\n", b"X"),
        "bodies": (HEAD + b"Content-Length: 100000\r\n\r\n{", b" "),
        "chunks": (HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"10000\r\n" + b" " * 0x10000 + b"\r\n"),
    }
    answers: dict[str, list[str]] = {kind: [] for kind in kinds}
    until = time.monotonic() + SECONDS * 5
    senders = [
        threading.Thread(target=drip, args=(nginx, head, piece, answers[kind], until))
        for kind, (head, piece) in kinds.items()
        for _ in range(SLOW // 4 if kind == "chunks" else SLOW)
    ]
    for sender in senders:
        sender.start()
    during = healthy(nginx, ASKED)
    for sender in senders:
        sender.join()
    told = "; ".join(f"{kind}: {dict(Counter(found))}" for kind, found in answers.items())
    usual = f"median {statistics.median(before) * 1000:.1f} → {statistics.median(during) * 1000:.1f} ms"
    figure(
        "S9", f"{len(senders)} slow senders through nginx, for the others: {usual}, p99 {p99(before):.1f} → {p99(during):.1f} ms; {told}"
    )
    assert p99(during) <= max(2 * p99(before), 50)
    assert all(found and set(found) <= {"408", "413", "400", "closed"} for found in answers.values()), told
