"""S9, long: four hundred and fifty who send heads and bodies a byte at a time, or chunks without end, to the nginx that is delivered.

Everybody else is served as before: the slowest of a hundred waits at most twice as long.
"""

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator

import httpx
import pytest

from tests import needs
from tests.delivery.proxied import Proxy, nginx_before
from tests.delivery.servers import ROOT
from tests.live import WITHOUT_END, live_server
from tests.security.long import figure
from tests.security.long.dripping import CONNECTED

pytestmark = needs.nginx
# Above the 30 s that nginx waits for a head, and the 20 s that the platform waits for a body.
SECONDS, ASKED = 75, 1000


@pytest.fixture(scope="module")
def nginx() -> Iterator[Proxy]:
    with (
        live_server({"WEB_CONCURRENCY": "2", "TRUSTED_PROXIES": "127.0.0.1", **WITHOUT_END}) as server,
        # Its waits are as delivered. All who are healthy come from one address here, so that its allowance is out of the way.
        nginx_before(server.port, changed={"zone=api:10m rate=10r/s": "zone=api:10m rate=1000r/s"}) as proxy,
    ):
        yield proxy


def healthy(nginx: Proxy, count: int) -> list[float]:
    """How long somebody waits who asks like anybody, in seconds, in order. The API has a place for them too: 401, and no 503."""
    times = []
    with httpx.Client(base_url=f"https://localhost:{nginx.https}", verify=nginx.trusting(), timeout=30) as client:
        for _ in range(count):
            began = time.perf_counter()
            assert client.get("/admin/login/").status_code == 200
            times.append(time.perf_counter() - began)
            assert client.get("/api/auth/me").status_code == 401
    return sorted(times)


def p99(times: list[float]) -> float:
    return times[int(len(times) * 0.99)] * 1000


def test_slow_headers_and_bodies_and_chunks_without_end_slow_nobody_else(nginx: Proxy) -> None:
    healthy(nginx, 50)
    before = healthy(nginx, ASKED)
    command = [sys.executable, "-m", "tests.security.long.dripping", str(nginx.https), str(SECONDS)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as dripping:
        assert dripping.stdout is not None
        assert dripping.stdout.readline() == CONNECTED
        began = time.monotonic()
        during = healthy(nginx, ASKED)
        assert time.monotonic() - began < SECONDS, "the slow senders were gone before the others had asked"
        told = json.loads(dripping.communicate(timeout=SECONDS * 2)[0])
    usual = f"median {statistics.median(before) * 1000:.1f} → {statistics.median(during) * 1000:.1f} ms"
    slow = f"200 slow heads, 200 slow bodies and 50 endless chunks for {SECONDS} s at the delivered nginx"
    figure("S9", f"{slow}; of {ASKED:,} others {usual}, p99 {p99(before):.1f} → {p99(during):.1f} ms; {told}")
    for kind, found in told.items():
        # 502: the platform has read on for five seconds and gone, before nginx, which was still writing, had read the answer.
        assert set(found) <= {"408", "413", "400", "502", "closed", "under way at the end"}, kind
        assert sum(number for answer, number in found.items() if answer != "under way at the end") >= 50, kind
    assert p99(during) <= 2 * p99(before)
