"""The API on two worker processes, over real connections."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from time import sleep
from typing import Any

import httpx
import pytest

from tests.factories import PASSWORD
from tests.live import LiveServer, live_server

pytestmark = [pytest.mark.slow, pytest.mark.once]
EMAIL = "admin@vanguard.example"
ROSA = {"email": "rosa@example.com", "firstName": "Rosa", "lastName": "Diaz"}


@pytest.fixture(scope="module")
def server() -> Iterator[LiveServer]:
    with live_server({"WEB_CONCURRENCY": "2"}, seed=f"from tests.factories import superuser; superuser(email='{EMAIL}')") as server:
        yield server


@pytest.fixture
def headers(server: LiveServer) -> dict[str, str]:
    answer = httpx.post(f"{server.url}/api/auth/token", json={"email": EMAIL, "password": PASSWORD})
    return {"Authorization": f"Bearer {answer.json()['data']['accessToken']}"}


def at_once(call: Callable[[int], httpx.Response], times: int = 16) -> list[httpx.Response]:
    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(call, range(times)))


def test_the_same_key_at_the_same_moment_is_done_once_and_answered_alike(server: LiveServer, headers: dict[str, str]) -> None:
    url, named = f"{server.url}/api/customers", headers | {"Idempotency-Key": "once"}
    answers = at_once(lambda _: httpx.post(url, json=ROSA, headers=named, timeout=30))
    assert {(answer.status_code, answer.text) for answer in answers} == {(201, answers[0].text)}
    assert httpx.get(f"{url}?email=rosa@example.com", headers=headers).json()["data"]["total"] == 1


def test_readers_wait_for_no_writer(server: LiveServer, headers: dict[str, str]) -> None:
    def call(number: int) -> httpx.Response:
        if number % 2:
            return httpx.get(f"{server.url}/api/customers?page_size=100", headers=headers, timeout=60)
        named = headers | {"Idempotency-Key": f"beside-{number}"}
        body: Any = ROSA | {"email": f"customer{number}@example.com"}
        answer = httpx.post(f"{server.url}/api/customers", json=body, headers=named, timeout=60)
        while answer.status_code == 503:  # writers take turns, and on a slow machine the last are told to come again
            sleep(float(answer.headers["Retry-After"]))
            answer = httpx.post(f"{server.url}/api/customers", json=body, headers=named, timeout=60)
        return answer

    answers = at_once(call, 40)
    assert sorted(answer.status_code for answer in answers) == [200] * 20 + [201] * 20


def test_a_client_that_goes_away_leaves_all_or_nothing(server: LiveServer, headers: dict[str, str]) -> None:
    url = f"{server.url}/api/customers"
    for number in range(1, 21):
        named = headers | {"Idempotency-Key": f"gone-{number}"}
        body = ROSA | {"email": f"gone{number}@example.com"}
        with suppress(httpx.TransportError):
            httpx.post(url, json=body, headers=named, timeout=httpx.Timeout(5, read=0.002 * number))
        again = httpx.post(url, json=body, headers=named, timeout=30)
        assert again.status_code == 201, again.text
    found = httpx.get(f"{url}?q=gone&page_size=100", headers=headers).json()["data"]
    assert found["total"] == 20
