"""Redis between the workers, and what happens while it is away: nothing fails, nobody waits, and who missed something is told so."""

import time
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from websockets.sync.client import ClientConnection

from tests import needs
from tests.live import LiveServer, live_server
from tests.own_redis import OwnRedis, between, until
from tests.realtime.book import MAYA, OF_HAROLD, OF_ROSA, TO_TAKE
from tests.realtime.listening import Listener, heard

__all__ = ["between"]
pytestmark = [needs.redis_server, pytest.mark.slow, pytest.mark.once]


@pytest.fixture(scope="module")
def server(between: OwnRedis) -> Iterator[LiveServer]:
    seed = "from tests.realtime.book import fill; fill()"
    with live_server({"WEB_CONCURRENCY": "2", "REDIS_URL": between.url}, seed=seed) as server:
        yield server


def on_both_workers(maya: Listener, between: OwnRedis, stack: ExitStack) -> list[ClientConnection]:
    sockets = [stack.enter_context(maya.listen()) for _ in range(2)]
    deadline = time.monotonic() + 10
    while between.listeners() < 2 and time.monotonic() < deadline:
        sockets.append(stack.enter_context(maya.listen()))
        time.sleep(0.05)
    assert between.listeners() == 2
    return sockets


def test_an_event_on_one_worker_reaches_the_others_and_survives_redis(server: LiveServer, between: OwnRedis) -> None:
    maya = Listener(server, MAYA)
    with ExitStack() as stack:
        sockets = on_both_workers(maya, between, stack)
        maya.post(f"/claims/{maya.claim(OF_ROSA)['id']}/assign")
        assert {heard(socket)["type"] for socket in sockets} == {"claim.assigned"}

        between.stop()
        for number in (OF_HAROLD, TO_TAKE):
            claim, started = maya.claim(number), time.monotonic()
            maya.post(f"/claims/{claim['id']}/assign")
            assert time.monotonic() - started < 2.0
        for socket in sockets:
            socket.send("ping")
        of_each = [kinds_until_pong(socket) for socket in sockets]
        # Who is on the worker where it happened hears of it all the same.
        assert any("claim.assigned" in kinds for kinds in of_each)

        between.start()
        until(lambda: between.listeners() == 2)
        for socket in sockets:
            assert heard(socket)["type"] == "events.missed"
        # The next is tried a moment after the last failure.
        assert any(reaches_all(maya, sockets, amount) for amount in range(1000, 1005))


def kinds_until_pong(socket: ClientConnection) -> list[str]:
    kinds: list[str] = []
    while not kinds or kinds[-1] != "pong":
        kinds.append(heard(socket)["type"])
    return kinds


def reaches_all(maya: Listener, sockets: list[ClientConnection], amount: int) -> bool:
    maya.post(f"/claims/{maya.claim(OF_ROSA)['id']}/reserve", {"amount": amount, "reason": "Estimate"})
    return [socket for socket in sockets if not hears(socket, f'"amount":{amount}')] == []


def hears(socket: ClientConnection, words: str) -> bool:
    try:
        while words not in str(socket.recv(timeout=1)):
            pass
    except TimeoutError:
        return False
    return True
