"""The pool of reads keeps its limits, lends in order, and gives nothing back that is not as it should be."""

import asyncio
from collections.abc import AsyncIterator
from time import monotonic

import psycopg
import pytest
import pytest_asyncio

from tests import needs
from vanguard.http import pool, wire
from vanguard.http.pool import Pool

pytestmark = [pytest.mark.django_db(transaction=True), needs.postgresql]


@pytest_asyncio.fixture
async def two() -> AsyncIterator[Pool]:
    """A pool of at most two connections."""
    made = Pool(min_size=1, max_size=2, timeout=0.3)
    yield made
    await made.close()


async def backend(connection: wire.ReadConnection) -> int:
    [(found,)] = await connection.ask("SELECT pg_backend_pid()", [])
    return int(found)


async def test_the_one_that_came_back_last_is_lent_first(two: Pool) -> None:
    first, second = await two.take(), await two.take()
    await two.give(first)
    await two.give(second)
    assert await two.take() is second
    await two.give(second)


async def test_who_waits_too_long_is_told_so(two: Pool) -> None:
    lent = [await two.take(), await two.take()]
    started = monotonic()
    with pytest.raises(psycopg.OperationalError, match="in time"):
        await two.take()
    assert monotonic() - started >= 0.3
    for connection in lent:
        await two.give(connection)
    assert two.size == 2


async def test_those_who_wait_are_served_in_their_order(two: Pool) -> None:
    lent = [await two.take(), await two.take()]
    served: list[str] = []

    async def wait(name: str) -> None:
        connection = await two.take()
        served.append(name)
        await two.give(connection)

    waiting = [asyncio.create_task(wait(name)) for name in ("first", "gone", "third")]
    await asyncio.sleep(0)
    waiting[1].cancel()
    for connection in lent:
        await two.give(connection)
    await asyncio.gather(*waiting, return_exceptions=True)
    assert served == ["first", "third"]


async def test_a_statement_that_nobody_waits_for_is_ended(two: Pool) -> None:
    connection = await two.take()
    pid = await backend(connection)
    task = asyncio.create_task(connection.ask("SELECT pg_sleep(20)", []))
    await asyncio.sleep(0.1)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await two.give(connection)
    assert (connection.lost, two.size) == (True, 0)
    other = await two.take()
    for _ in range(100):
        if (await other.ask("SELECT count(*) FROM pg_stat_activity WHERE pid = %s", [pid])) == [(0,)]:
            break
        await asyncio.sleep(0.05)
    else:
        raise AssertionError("It still runs.")
    await two.give(other)


async def test_an_error_of_a_statement_leaves_the_connection_as_it_was(two: Pool) -> None:
    connection = await two.take()
    with pytest.raises(psycopg.errors.DivisionByZero):
        await connection.ask("SELECT 1 / %s", [0])
    assert await connection.ask("SELECT %s || '%%'", ["5"]) == [("5%",)]
    await two.give(connection)
    assert await two.take() is connection
    await two.give(connection)


async def test_one_that_is_old_or_worn_is_replaced(two: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "MOST_PREPARED", 2)
    connection = await two.take()
    for number in range(3):
        assert await connection.ask(f"SELECT {number}", []) == [(number,)]
    await two.give(connection)
    assert two.size == 0
    young = await two.take()
    young.born_at -= two.max_lifetime + 1
    await two.give(young)
    fresh = await two.take()
    assert (fresh is young, two.size) == (False, 1)
    await two.give(fresh)


async def test_one_that_rested_is_asked_whether_it_stands(two: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool, "TRUSTED_SECONDS", -1.0)
    connection = await two.take()
    await two.give(connection)
    assert await two.take() is connection
    await connection.close()
    await two.give(connection)
    assert two.size == 0


async def test_a_very_long_statement_is_sent_whole(two: Pool) -> None:
    connection = await two.take()
    text = "x" * 20_000_000
    assert await connection.ask("SELECT length(%s::text)", [text]) == [(len(text),)]
    await two.give(connection)
