"""Who calls is remembered for a moment, and forgotten as soon as PostgreSQL tells of a change: nobody keeps what was taken away."""

import asyncio
from collections.abc import AsyncIterator, Callable
from time import monotonic
from typing import Any
from uuid import uuid4

import httpx
import pytest
import pytest_asyncio
from django.contrib.auth.models import Group, Permission
from django.core.handlers.asgi import ASGIHandler
from django.db import connection
from django.utils import timezone
from pytest_django import Settings

from tests import needs
from tests.factories import adjuster, submitted_claim
from vanguard.accounts.models import TokenFamily, User
from vanguard.accounts.tokens import AccessClaims, start_family
from vanguard.http import callers, pool
from vanguard.http.callers import Caller, Memory
from vanguard.http.threads import in_thread
from vanguard.web.limits import Limited
from vanguard.web.slim import BothCycles

CLAIMS = AccessClaims("maya@vanguard.example", uuid4(), 1)
MAYA = Caller("maya", ("maya",), frozenset())


class TestOnPostgreSQL:
    pytestmark = [pytest.mark.django_db(transaction=True), needs.postgresql]

    @pytest.fixture(autouse=True)
    def statements(self, monkeypatch: pytest.MonkeyPatch) -> list[str]:
        """What the event loop asked PostgreSQL for."""
        asked: list[str] = []
        fetch = pool.fetch

        async def noted(sql: str, values: list[Any]) -> list[tuple[Any, ...]]:
            asked.append(sql)
            return await fetch(sql, values)

        monkeypatch.setattr(pool, "fetch", noted)
        return asked

    @pytest.fixture
    def maya(self) -> User:
        submitted_claim()
        return adjuster()

    @pytest_asyncio.fixture
    async def status(self, maya: User, settings: Settings) -> AsyncIterator[Callable[[], Any]]:
        """What Maya is answered when she asks for the claims, and how many there are; she has asked before."""
        settings.DATABASE_READ_POOL = {"min_size": 1, "max_size": 3, "timeout": 5}
        token = (await in_thread(lambda: start_family(maya))).access
        # Our types of ASGI's messages are narrower than httpx's.
        transport = httpx.ASGITransport(app=Limited(BothCycles(stock=ASGIHandler())))  # type: ignore[arg-type]
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost/api") as client:

            async def asked() -> tuple[int, int]:
                answer = await client.get("/claims", headers={"Authorization": f"Bearer {token}"})
                return answer.status_code, answer.json()["data"]["total"] if answer.status_code == 200 else 0

            await until(asked, (200, 1))
            await listening()
            await asked()
            yield asked
        await callers.close()
        await pool.close()

    async def test_the_next_request_reads_only_what_it_asks_for(self, status: Any, statements: list[str]) -> None:
        statements.clear()
        assert await status() == (200, 1)
        assert not [sql for sql in statements if "accounts_user" in sql and "token" in sql]

    @pytest.mark.parametrize(
        ("change", "answer"),
        [
            (lambda maya: maya.groups.clear(), (200, 0)),
            (lambda _maya: Group.objects.get(name="Adjuster").permissions.clear(), (200, 0)),
            (lambda _maya: Permission.objects.filter(codename="view_claim").delete(), (200, 0)),
            (lambda maya: User.objects.filter(pk=maya.pk).update(is_active=False), (401, 0)),
            (lambda maya: User.objects.filter(pk=maya.pk).update(token_version=9), (401, 0)),
            (lambda maya: TokenFamily.objects.filter(user=maya).update(ended_at=timezone.now()), (401, 0)),
            (lambda maya: maya.delete(), (401, 0)),
        ],
        ids=["no role", "a role without permissions", "a permission gone", "disabled", "password changed", "logged out", "deleted"],
    )
    async def test_what_was_taken_away_is_gone_when_it_is_told(self, change: Any, answer: Any, maya: User, status: Any) -> None:
        await in_thread(lambda: change(maya))
        await until(status, answer)

    async def test_a_role_that_was_given_is_there(self, maya: User, status: Any) -> None:
        await in_thread(maya.groups.clear)
        await until(status, (200, 0))
        await in_thread(lambda: maya.groups.add(Group.objects.get(name="Supervisor")))
        await until(status, (200, 1))

    async def test_a_log_in_makes_nobody_forgotten(self, maya: User, status: Any) -> None:
        memory = callers.memory(pool.parameters)
        before = memory.forgotten
        await in_thread(lambda: User.objects.filter(pk=maya.pk).update(last_login=timezone.now()))
        await in_thread(lambda: User.objects.filter(pk=maya.pk).update(first_name="Mia"))  # told, and after the other
        await until(forgotten(memory), before + 1)

    async def test_a_change_that_is_rolled_back_is_not_told(self, maya: User, status: Any) -> None:
        memory = callers.memory(pool.parameters)
        before = memory.forgotten

        def tried() -> None:
            with connection.cursor() as cursor:
                cursor.execute("BEGIN; UPDATE accounts_user SET is_active = false; ROLLBACK")

        await in_thread(tried)
        await in_thread(lambda: User.objects.filter(pk=maya.pk).update(first_name="Mia"))
        await until(forgotten(memory), before + 1)

    async def test_nobody_is_remembered_while_nobody_listens(self, maya: User, status: Any) -> None:
        memory = callers.memory(pool.parameters)
        ended = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%' AND datname = current_database()"

        def end() -> None:
            with connection.cursor() as cursor:
                cursor.execute(ended)

        await in_thread(end)
        await until(hears(memory), expected=False)
        await in_thread(lambda: User.objects.filter(pk=maya.pk).update(is_active=False))
        assert await status() == (401, 0)
        await listening()


async def until(ask: Callable[[], Any], expected: Any, seconds: float = 30.0) -> None:
    deadline = monotonic() + seconds
    while (found := await ask()) != expected:
        assert monotonic() < deadline, found
        await asyncio.sleep(0.01)  # the word of a change comes by itself, within milliseconds


async def listening() -> None:
    await until(hears(callers.memory(pool.parameters)), expected=True)


def hears(memory: Memory) -> Callable[[], Any]:
    async def asked() -> bool:
        return memory.listening

    return asked


def forgotten(memory: Memory) -> Callable[[], Any]:
    async def asked() -> int:
        return memory.forgotten

    return asked


def hearing(seconds: float = 30.0) -> Memory:
    memory = Memory(seconds)
    memory.listening = True
    return memory


def test_what_was_read_before_a_change_is_not_kept_after_it() -> None:
    memory = hearing()
    before = memory.forgotten
    memory.forget("somebody else")
    memory.keep(CLAIMS, MAYA, before)
    assert memory.recall(CLAIMS) is None


def test_should_no_word_come_it_is_too_old_after_some_seconds() -> None:
    memory = hearing(5.0)
    memory.keep(CLAIMS, Caller("maya", ("maya",), frozenset(), monotonic() - 4), memory.forgotten)
    assert memory.recall(CLAIMS) is not None
    memory.keep(CLAIMS, Caller("maya", ("maya",), frozenset(), monotonic() - 6), memory.forgotten)
    assert memory.recall(CLAIMS) is None


def test_only_who_changed_is_forgotten_and_all_when_it_concerns_all() -> None:
    memory = hearing()
    other = AccessClaims("daniel@vanguard.example", uuid4(), 1)
    memory.keep(CLAIMS, MAYA, memory.forgotten)
    memory.keep(other, Caller("daniel", ("daniel",), frozenset()), memory.forgotten)
    memory.forget("maya")
    assert (memory.recall(CLAIMS), memory.recall(other) is not None) == (None, True)
    memory.forget()
    assert memory.recall(other) is None


def test_it_never_grows_beyond_its_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(callers, "MOST", 3)
    memory = hearing()
    for _ in range(10):
        memory.keep(AccessClaims("maya@vanguard.example", uuid4(), 1), MAYA, memory.forgotten)
    assert len(memory._callers) <= 3
