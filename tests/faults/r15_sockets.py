"""R15: a thousand WebSockets connect, hear an event, drop, connect again, and are sent away by a deploy; then everything is given back."""

import asyncio
import time

import httpx

from tests.faults import figure, size
from tests.faults.load import Caller, prepare
from tests.faults.parts import Postgres, family, redis_server, until
from tests.faults.sockets import Crowd, Held, figure_of, hang_up, held
from tests.live import LiveServer, live_server

SOCKETS, ROUNDS, RETURN_SECONDS = size("sockets", 1_000), size("rounds", 3), 15.0
# What a heap keeps for the next crowd is made by the first one. Later ones may add this much of it, and a growth with each does not fit in.
MAY_DIFFER = 0.10


def test_nothing_is_left_of_those_who_came_and_went(database: Postgres) -> None:
    limits = {"SOCKETS_AT_ONCE": str(SOCKETS), "SOCKETS_PER_USER": str(SOCKETS)}
    with redis_server() as redis:
        variables = {"WEB_CONCURRENCY": "2", "DATABASE_URL": database.url(), "DATABASE_POOL_SIZE": "4", "REDIS_URL": redis.url}
        with live_server(variables | limits) as server:
            asyncio.run(come_and_go(server, database))


async def come_and_go(server: LiveServer, database: Postgres) -> None:
    load = await asyncio.to_thread(prepare, server, database)
    crowd, caller = Crowd(server.url, load.token), Caller(load)
    await crowd.come(50)
    await asyncio.to_thread(warm, caller)
    await crowd.go()
    before = await returned(server, database, None)
    rounds, opened, heard = [], [], 0.0
    for number in range(ROUNDS):
        began = time.monotonic()
        await crowd.come(SOCKETS)
        opened.append(time.monotonic() - began)
        began = time.monotonic()
        listening = asyncio.create_task(crowd.hear("claim.filed"))
        assert await asyncio.to_thread(caller.file, f"{load.name}0-{number}", number)
        await listening
        heard = max(heard, time.monotonic() - began)
        crowded = await asyncio.to_thread(held, server, database)
        caller.close()
        await crowd.go()
        rounds.append(await returned(server, database, before))
    await crowd.come(SOCKETS)
    old = hang_up(server)
    await crowd.come_again_when_sent_away()
    assert len(crowd.open) == SOCKETS
    await asyncio.to_thread(until, lambda: not old & set(family(server.pid)), "the workers before the deploy are gone", RETURN_SECONDS)
    await crowd.go()
    after = await returned(server, database, before)
    caller.close()
    figure(
        "R15",
        f"{SOCKETS:,} open after {max(opened):.1f} s, an event heard by all after {heard:.2f} s; a deploy closed them with"
        f" {dict(crowd.codes)}, and all came again ({crowd.refused} tries turned away meanwhile)",
    )
    figure("R15", f"before {before}; with {SOCKETS:,} {crowded}; after each round {'; '.join(map(str, rounds))}; after the deploy {after}")
    assert set(crowd.codes) == {1012}
    assert all(each.besides <= before.besides for each in [*rounds, after])
    assert max(each.megabytes for each in [*rounds[1:], after]) <= rounds[0].megabytes * (1 + MAY_DIFFER)
    assert after.connections <= max(each.connections for each in rounds)
    assert server.crashes() == []


def warm(caller: Caller) -> None:
    """What a worker makes once is made: its connection to Redis, on which it tells what was filed with it."""
    for number in range(20):
        assert caller.file(f"{caller.load.name}-warm-{number}", number)
        caller.close()  # the next one may come to the other worker


async def returned(server: LiveServer, database: Postgres, before: Held | None) -> Held:
    """What is held when no socket is counted any more and the descriptors are back, or when that takes too long."""
    deadline = time.monotonic() + RETURN_SECONDS
    async with httpx.AsyncClient() as client:
        while True:
            figures = (await client.get(f"{server.url}/metrics", timeout=30)).text
            found = await asyncio.to_thread(held, server, database)
            back = figure_of(figures, "vanguard_websockets") == 0 and (before is None or found.besides <= before.besides)
            if back or time.monotonic() > deadline:
                assert figure_of(figures, "vanguard_websockets") == 0
                return found
            await asyncio.sleep(0.3)
