"""More requests than can be answered in time: those beyond the limit are told to come again, at once; the others are served."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator

import httpx
import pytest
from django.core.handlers.asgi import ASGIHandler
from pytest_django import Settings

from tests.live import LiveServer, live_server
from vanguard.web.slim import BothCycles

AT_ONCE, CALLERS = 10, 150
SEED = "from tests.factories import adjuster; from vanguard.accounts.tokens import start_family; print(start_family(adjuster()).access)"


@pytest.fixture(scope="module")
def server() -> Iterator[LiveServer]:
    with live_server({"REQUESTS_AT_ONCE": str(AT_ONCE)}) as running:
        yield running


@pytest.mark.once
async def test_what_comes_beyond_the_limit_is_told_to_come_again(settings: Settings, caplog: pytest.LogCaptureFixture) -> None:
    settings.ROOT_URLCONF = "tests.web.views"
    transport = httpx.ASGITransport(app=BothCycles(stock=ASGIHandler(), at_once=2))  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        slow = [asyncio.create_task(client.get("/api/forever")) for _ in range(2)]
        await asyncio.sleep(0.05)
        refused = await client.get("/api/echo", headers={"Origin": "https://app.vanguardai.com"})
        probe = await client.get("/health/live")
        for task in slow:
            task.cancel()
        await asyncio.gather(*slow, return_exceptions=True)
        served = await client.get("/api/echo")
    assert (refused.status_code, refused.headers["Retry-After"], refused.json()["errors"][0]["code"]) == (503, "1", "busy")
    assert refused.headers["Access-Control-Allow-Origin"] == "https://app.vanguardai.com"
    assert (probe.status_code, served.status_code) == (200, 200)
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


@pytest.mark.once
async def test_whose_body_does_not_come_takes_nobodys_place(settings: Settings) -> None:
    settings.ROOT_URLCONF = "tests.web.views"
    begun, never = asyncio.Semaphore(0), asyncio.Event()

    async def dripping() -> AsyncIterator[bytes]:
        begun.release()
        yield b"{"
        await never.wait()

    transport = httpx.ASGITransport(app=BothCycles(stock=ASGIHandler(), at_once=2))  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        slow = [asyncio.create_task(client.post("/api/echo", content=dripping())) for _ in range(5)]
        for _ in slow:
            await begun.acquire()
        served = await client.get("/api/echo")
        for task in slow:
            task.cancel()
        await asyncio.gather(*slow, return_exceptions=True)
    assert served.status_code == 200


@pytest.mark.once
@pytest.mark.slow
async def test_a_burst_is_served_or_refused_and_leaves_no_line_behind(server: LiveServer) -> None:
    token = (await asyncio.to_thread(server.manage, "shell", "--verbosity", "0", "--command", SEED)).split()[-1]
    headers = {"Authorization": f"Bearer {token}"}
    limits = httpx.Limits(max_connections=CALLERS, max_keepalive_connections=CALLERS)
    async with httpx.AsyncClient(base_url=server.url, headers=headers, limits=limits, timeout=30) as client:

        async def ask() -> httpx.Response:
            return await client.get("/api/policies")

        answers = await asyncio.gather(*(ask() for _ in range(CALLERS)))
        started = time.monotonic()
        after = await ask()
    found = Counter(answer.status_code for answer in answers)
    assert set(found) == {200, 503}
    assert found[200] >= AT_ONCE
    for answer in answers:
        if answer.status_code == 503:
            assert answer.headers["Retry-After"] == "1"
            assert answer.json()["success"] is False
    assert after.status_code == 200
    assert time.monotonic() - started < 5
