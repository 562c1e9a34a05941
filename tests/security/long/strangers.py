"""S15, S17, long: what somebody from outside can make the running platform count and write down.

Ten thousand invented addresses; headers forged from an address that is trusted by nobody (127.0.0.2).
"""

import random
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import product

import httpx
import pytest

from tests.live import WITHOUT_END, LiveServer, live_server
from tests.security.long import figure

ADDRESSES, AT_ONCE = 10_000, 8
METHODS, ROOMS = ("GET", "POST", ""), ("api/", "admin/", "static/", "")


@pytest.fixture(scope="module")
def server() -> Iterator[LiveServer]:
    with live_server({"TRUSTED_PROXIES": "127.0.0.1", **WITHOUT_END}) as running:
        yield running


def series(server: LiveServer) -> int:
    return len(re.findall(r"(?m)^vanguard_", httpx.get(f"{server.url}/metrics").text))


def test_invented_addresses_make_no_series(server: LiveServer) -> None:
    chance = random.Random(15)

    def ask(count: int) -> None:
        with httpx.Client(base_url=server.url, timeout=30) as client:
            for _ in range(count):
                send(client, chance.choice(METHODS), chance.choice(ROOMS))

    def send(client: httpx.Client, method: str, room: str) -> None:
        invented = f"{chance.getrandbits(64):x}"
        client.request(method or invented.upper(), f"/{room}{invented}/{invented}")

    with httpx.Client(base_url=server.url, timeout=30) as client:
        for method, room in product(METHODS, ROOMS):  # each kind once: it has its place from then on
            send(client, method, room)
    series(server)  # counts itself
    before = series(server)
    with ThreadPoolExecutor(AT_ONCE) as clients:
        list(clients.map(ask, [ADDRESSES // AT_ONCE] * AT_ONCE))
    grown = series(server) - before
    figure("S15", f"{ADDRESSES:,} invented addresses and methods: {grown} series more than the {before} before")
    assert grown <= 0


@pytest.mark.parametrize(("source", "believed"), [("127.0.0.2", False), ("127.0.0.1", True)])
def test_what_a_stranger_says_of_where_it_comes_from_is_not_written_down(server: LiveServer, source: str, believed: bool) -> None:
    forged = {"X-Forwarded-For": "198.51.100.7", "X-Real-IP": "198.51.100.7", "Forwarded": "for=198.51.100.7", "X-Forwarded-Proto": "https"}
    with httpx.Client(transport=httpx.HTTPTransport(local_address=source)) as client:
        answer = client.get(f"{server.url}/api/claims", headers=forged)
    line = server.wait_for_line(correlation_id=answer.headers["X-Correlation-ID"], logger="vanguard.requests")
    figure("S17", f"forged headers from {source} ({'trusted' if believed else 'not trusted'}): {line['client_ip']} is recorded")
    assert line["client_ip"] == ("198.51.100.7" if believed else source)
