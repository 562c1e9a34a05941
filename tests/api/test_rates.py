"""What one caller may ask for in a minute, over all workers: those beyond are told to come again, and nobody else notices."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from functools import partial
from time import time

import httpx
import pytest
from asgiref.sync import sync_to_async
from pytest_django import Settings

from tests import needs
from tests.api.test_reads import Reader, logged_in, reader
from tests.factories import PASSWORD, superuser
from tests.live import LiveServer, live_server
from tests.own_redis import OwnRedis, between
from vanguard.errors import Throttled
from vanguard.http.rates import COSTLY, REQUESTS, WINDOW, Meter

__all__ = ["between", "reader"]
pytestmark = [pytest.mark.slow, pytest.mark.once, needs.redis_server]
MOST = 60
SEED = """
from tests.factories import adjuster, staff
from vanguard.accounts.tokens import start_family
for user in (adjuster(), staff("Finance")):
    print(start_family(user).access)
"""


@pytest.fixture(scope="module")
def server(between: OwnRedis) -> Iterator[LiveServer]:
    limits = {
        "REQUESTS_A_MINUTE": str(MOST),
        "COSTLY_REQUESTS_A_MINUTE": "3",
        "REFUSED_TOKENS_A_MINUTE": "5",
        "ANONYMOUS_REQUESTS_A_MINUTE": "5",
    }
    with live_server({"WEB_CONCURRENCY": "2", "REDIS_URL": between.url, "TRUSTED_PROXIES": "127.0.0.1"} | limits) as running:
        yield running


@pytest.fixture(scope="module")
def tokens(server: LiveServer) -> list[str]:
    return server.manage("shell", "--verbosity", "0", "--command", SEED).split()


async def in_one_minute() -> None:
    """Not where the minute would turn amidst the questions."""
    if (left := WINDOW - time() % WINDOW) < 15:
        await asyncio.sleep(left + 0.1)


async def asked(server: LiveServer, token: str, path: str, times: int) -> list[httpx.Response]:
    async with httpx.AsyncClient(base_url=server.url, headers={"Authorization": f"Bearer {token}"}, timeout=30) as client:
        turn = asyncio.Semaphore(10)

        async def ask() -> httpx.Response:
            async with turn:
                return await client.get(path)

        return list(await asyncio.gather(*(ask() for _ in range(times))))


def found(answers: list[httpx.Response]) -> dict[int, int]:
    return dict(Counter(answer.status_code for answer in answers))


async def test_of_many_at_once_exactly_so_many_are_served_whichever_worker_takes_them(server: LiveServer, tokens: list[str]) -> None:
    await in_one_minute()
    answers = await asked(server, tokens[0], "/api/claims", MOST + 40)
    assert found(answers) == {200: MOST, 429: 40}
    refused = next(answer for answer in answers if answer.status_code == 429)
    assert 0 < int(refused.headers["Retry-After"]) <= WINDOW
    assert refused.json()["errors"][0]["code"] == "throttled"
    assert found(await asked(server, tokens[1], "/api/claims", 1)) == {200: 1}


async def test_what_is_costly_has_a_smaller_allowance_of_its_own(server: LiveServer, tokens: list[str]) -> None:
    await in_one_minute()
    assert found(await asked(server, tokens[1], "/api/reports/inventory", 8)) == {200: 3, 429: 5}
    assert found(await asked(server, tokens[1], "/api/claims", 1)) == {200: 1}


async def test_bad_tokens_are_held_up_by_address_and_good_ones_from_there_are_not(server: LiveServer, tokens: list[str]) -> None:
    await in_one_minute()
    assert found(await asked(server, "made.up.token", "/api/claims", 12)) == {401: 5, 429: 7}
    assert found(await asked(server, tokens[1], "/api/claims", 1)) == {200: 1}


def from_address(server: LiveServer, address: str) -> httpx.AsyncClient:
    return httpx.AsyncClient(base_url=server.url, headers={"X-Forwarded-For": address}, timeout=30)


async def test_who_comes_without_any_token_is_held_up_by_address_and_who_has_one_is_not(server: LiveServer, tokens: list[str]) -> None:
    await in_one_minute()
    async with from_address(server, "203.0.113.1") as client:
        answers = [await client.get("/api/claims") for _ in range(12)]
        assert found(answers) == {401: 5, 429: 7}
        assert 0 < int(answers[-1].headers["Retry-After"]) <= WINDOW
        good = {"Authorization": f"Bearer {tokens[1]}"}
        assert (await client.get("/api/claims", headers=good)).status_code == 200
    async with from_address(server, "203.0.113.2") as other:
        assert (await other.get("/api/claims")).status_code == 401


# -- The same in this process, where each count can be switched off (tests/security/controls.py).
HEADERS: dict[str, tuple[str, str, dict[str, str]]] = {
    "of an account": ("REQUESTS_A_MINUTE", "/auth/me", {}),
    "of what is costly": ("COSTLY_REQUESTS_A_MINUTE", "/reports/inventory", {}),
    "of refused tokens": ("REFUSED_TOKENS_A_MINUTE", "/auth/me", {"Authorization": "Bearer made.up.token"}),
    "without a token": ("ANONYMOUS_REQUESTS_A_MINUTE", "/auth/me", {"Authorization": ""}),
}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("what", HEADERS)
async def test_each_is_counted_by_itself(what: str, reader: Reader, settings: Settings) -> None:
    setting, path, headers = HEADERS[what]
    setattr(settings, setting, 2)
    settings.REDIS_URL = ""
    token = await logged_in(await sync_to_async(superuser)())
    await in_one_minute()
    statuses = [(await reader.get(path, token, natively=False, **headers)).status_code for _ in range(4)]
    assert statuses[:2] != [429, 429]
    assert statuses[2:] == [429, 429]


DOORS: dict[str, tuple[dict[str, str], int]] = {
    "/api/auth/token": ({"email": "nobody@example.com", "password": "wrong"}, 429),
    "/api/auth/refresh": ({"refreshToken": "made-up"}, 401),
    "/api/auth/password/forgot": ({"email": "nobody@example.com"}, 202),
    "/api/auth/password/reset": ({"token": "made-up", "newPassword": "Another-horse-8!"}, 422),
    "/api/billing/webhooks/local": ({"id": "made-up"}, 403),
}


async def test_no_door_that_needs_no_token_is_knocked_at_without_end(server: LiveServer) -> None:
    await in_one_minute()
    for number, (path, (body, usual)) in enumerate(DOORS.items()):
        async with from_address(server, f"198.51.100.{number}") as client:
            answers = [await client.post(path, json=body) for _ in range(7)]
        told = [(answer.status_code, [each["code"] for each in answer.json().get("errors", [])]) for answer in answers]
        assert [status for status, _ in told[3:5]] == [usual] * 2, path
        assert told[5:] == [(429, ["throttled"])] * 2, path


async def test_while_a_neighbour_knocks_without_end_a_known_device_logs_in(server: LiveServer) -> None:
    server.manage("shell", "--verbosity", "0", "--command", "from tests.factories import adjuster; adjuster(email='nadia@example.com')")
    await in_one_minute()
    async with from_address(server, "203.0.113.3") as client:
        log_in = partial(client.post, "/api/auth/token", json={"email": "nadia@example.com", "password": PASSWORD})
        known = {"X-Device-Token": (await log_in()).json()["data"]["deviceToken"]}
        for _ in range(12):
            await client.get("/api/claims")
        assert (await log_in()).status_code == 429
        assert (await log_in(headers=known)).status_code == 200


async def taken(meter: Meter, times: int) -> int:
    served = 0
    for _ in range(times):
        try:
            await meter.take(REQUESTS, "somebody")
        except Throttled:
            continue
        served += 1
    return served


async def test_workers_that_take_some_at_a_time_never_give_out_more_than_all(between: OwnRedis, settings: Settings) -> None:
    settings.REQUESTS_A_MINUTE = 3000
    await in_one_minute()
    workers = [Meter(between.url) for _ in range(4)]
    served = sum(await asyncio.gather(*(taken(worker, 1500) for worker in workers)))
    assert 3000 - 4 * 50 <= served <= 3000
    for worker in workers:
        await worker.close()


async def test_while_redis_is_away_each_worker_counts_for_itself_and_nobody_waits(
    between: OwnRedis, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    settings.COSTLY_REQUESTS_A_MINUTE = 10
    await in_one_minute()
    gone = Meter("redis://127.0.0.1:1/0")
    for _ in range(10):
        await gone.take(COSTLY, "somebody")
    with pytest.raises(Throttled):
        await gone.take(COSTLY, "somebody")
    assert [record.message for record in caplog.records] == ["Redis counts no requests: ConnectionError. Each worker counts for itself."]


async def test_of_several_at_once_none_is_refused_for_what_the_others_were_given(settings: Settings) -> None:
    settings.REQUESTS_A_MINUTE = 600
    await in_one_minute()
    gone = Meter("redis://127.0.0.1:1/0")
    await asyncio.gather(*(gone.take(REQUESTS, "somebody") for _ in range(12)))
