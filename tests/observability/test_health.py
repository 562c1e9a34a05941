"""Requirement 8.4: what probes are told."""

import asyncio
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.checks import run_checks
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.test import AsyncClient
from pytest_django import Settings

from tests import needs
from vanguard import releases
from vanguard.observability import health, schema
from vanguard.observability.figures import newer_migrations
from vanguard.observability.health import MONITORS, SCHEMA, Monitor

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def nothing_remembered() -> Iterator[None]:
    for monitor in (*MONITORS.values(), SCHEMA):
        monitor.forget()
    yield
    for monitor in (*MONITORS.values(), SCHEMA):
        monitor.forget()


async def test_health_tells_how_each_part_is(settings: Settings) -> None:
    settings.REDIS_URL = ""
    answer = await AsyncClient().get("/health")
    told = answer.json()
    assert answer.status_code == 200
    assert set(told) == {"status", "version", "timestamp", "checks"}
    assert (told["status"], told["version"]) == ("degraded", settings.APP_VERSION)
    assert told["timestamp"].endswith("Z")
    assert set(told["checks"]) == {"database", "redis", "external_services"}
    for check in told["checks"].values():
        assert set(check) == {"status", "response_time_ms", "message"}
    assert {name: (check["status"], check["message"]) for name, check in told["checks"].items()} == {
        "database": ("healthy", "answers"),
        "redis": ("degraded", "not configured"),
        "external_services": ("healthy", "none configured"),
    }


@needs.redis
async def test_with_redis_all_is_healthy(settings: Settings) -> None:
    assert (await AsyncClient().get("/health")).json()["status"] == "healthy"


async def test_redis_away_is_degraded_and_its_secret_is_not_told(settings: Settings) -> None:
    settings.REDIS_URL = "redis://:canary-7731@127.0.0.1:1/0"
    answer = await AsyncClient().get("/health")
    assert (answer.status_code, answer.json()["checks"]["redis"]["status"]) == (200, "degraded")
    assert "canary" not in answer.content.decode()


async def test_redis_that_hangs_is_given_up_in_time(settings: Settings) -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        settings.REDIS_URL = f"redis://127.0.0.1:{mute.getsockname()[1]}/0"
        started = time.monotonic()
        told = (await AsyncClient().get("/health")).json()
    assert told["checks"]["redis"]["status"] == "degraded"
    assert time.monotonic() - started < 5


async def test_without_the_database_nothing_can_be_done(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(connection.settings_dict, "NAME", "/canary-7731/no-such-database")
    client = AsyncClient()
    answer = await client.get("/health")
    told = answer.json()
    assert (answer.status_code, told["status"], told["checks"]["database"]["message"]) == (503, "unhealthy", "not reachable")
    ready = await client.get("/health/ready")
    assert (ready.status_code, ready.json()["reason"]) == (503, "database: not reachable")
    assert (await client.get("/health/live")).json() == {"status": "alive"}
    for body in (answer.content.decode(), ready.content.decode()):
        assert "canary" not in body
        assert "Traceback" not in body


async def test_a_database_that_hangs_is_given_up_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    answered = threading.Event()
    monkeypatch.setattr(health, "_select_one", lambda _connection: answered.wait(30))
    started = time.monotonic()
    try:
        answer = await AsyncClient().get("/health")
    finally:
        answered.set()
    assert (answer.status_code, answer.json()["checks"]["database"]["message"]) == (503, "no answer within 1 s")
    assert time.monotonic() - started < 5


async def test_ready_when_every_migration_is_there() -> None:
    answer = await AsyncClient().get("/health/ready")
    assert (answer.status_code, answer.json()) == (200, {"status": "ready"})


async def test_not_ready_while_a_migration_is_pending() -> None:
    applied = await asyncio.to_thread(lambda: set(MigrationRecorder(connection).applied_migrations()))
    recorder = MigrationRecorder(connection)
    app, name = sorted(key for key in applied if key[0] == "claims")[-1]
    await asyncio.to_thread(recorder.record_unapplied, app, name)
    try:
        answer = await AsyncClient().get("/health/ready")
    finally:
        await asyncio.to_thread(recorder.record_applied, app, name)
    assert (answer.status_code, answer.json()) == (503, {"status": "not ready", "reason": "migrations: migrations are pending"})


@pytest.fixture
def migrated_by_a_newer_release(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """As an old container finds the database that a new release has migrated."""
    monkeypatch.setattr(schema, "telling", schema.Telling())
    recorder = MigrationRecorder(connection)
    recorder.record_applied("claims", "9999_of_tomorrow")
    yield
    recorder.record_unapplied("claims", "9999_of_tomorrow")


@pytest.mark.usefixtures("migrated_by_a_newer_release")
async def test_old_code_goes_on_serving_after_a_newer_release_has_migrated_and_says_so_once(caplog: pytest.LogCaptureFixture) -> None:
    for _ in range(2):
        SCHEMA.forget()
        answer = await AsyncClient().get("/health/ready")
        assert (answer.status_code, answer.json()) == (200, {"status": "ready"}), "a rolling deploy needs it"
    [told] = [record for record in caplog.records if record.getMessage() == "schema_is_newer"]
    assert "1 migrations that this code does not know, up to claims.9999_of_tomorrow" in told.reason  # type: ignore[attr-defined]  # our own


@pytest.mark.usefixtures("migrated_by_a_newer_release")
def test_the_check_before_migrate_and_the_figure_tell_of_a_newer_release() -> None:
    def warned() -> list[str]:
        return [each.msg for each in run_checks(databases=["default"]) if each.id == "vanguard.W011"]

    assert [list(newer_migrations()), len(warned())] == [[((), 1)], 1]
    MigrationRecorder(connection).record_unapplied("claims", "9999_of_tomorrow")
    assert [list(newer_migrations()), warned()] == [[((), 0)], []]


def test_an_app_that_this_release_has_left_behind_is_no_newer_one() -> None:
    recorder = MigrationRecorder(connection)
    row = recorder.migration_qs.create(app="of_long_ago", name="0001_initial")
    recorder.migration_qs.filter(pk=row.pk).update(id=0)
    try:
        assert releases.look(connection).newer == []
    finally:
        recorder.record_unapplied("of_long_ago", "0001_initial")


@needs.postgresql
async def test_ready_again_once_a_server_that_ended_every_connection_is_back(monkeypatch: pytest.MonkeyPatch) -> None:
    def connected() -> set[int]:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()")
            return {pid for (pid,) in cursor.fetchall()}

    def end_all_but(those: set[int]) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(pid, 2000) FROM unnest(%s::int[]) AS pid", [list(connected() - those)])

    monkeypatch.setattr(health, "_threads", ThreadPoolExecutor(1))  # which has met no database yet
    of_earlier_tests = await asyncio.to_thread(connected)
    client = AsyncClient()
    assert (await client.get("/health/ready")).status_code == 200
    await asyncio.to_thread(end_all_but, of_earlier_tests)
    SCHEMA.forget()
    answer = await client.get("/health/ready")
    assert (answer.status_code, answer.json()) == (200, {"status": "ready"})


async def test_many_probes_cost_as_much_as_one(monkeypatch: pytest.MonkeyPatch) -> None:
    looks = 0

    def count(_connection: object) -> str:
        nonlocal looks
        looks += 1
        return "answers"

    monkeypatch.setattr(health, "_select_one", count)
    client = AsyncClient()
    for _ in range(5):
        await client.get("/health")
    assert looks == 1


@pytest.mark.parametrize("address", ["/health", "/health/ready"])
async def test_fifty_probes_at_once_share_one_look(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    looks, asked, all_have_asked, look = 0, 0, asyncio.Event(), Monitor.look
    database = MONITORS["database"]

    async def counted(monitor: Monitor) -> health.Result:
        nonlocal asked
        asked += monitor is database
        if asked == 50:
            all_have_asked.set()
        return await look(monitor)

    async def check() -> str:
        nonlocal looks
        looks += 1
        await all_have_asked.wait()
        return "answers"

    monkeypatch.setattr(Monitor, "look", counted)
    monkeypatch.setattr(database, "check", check)
    monkeypatch.setattr(database, "limit", 60.0)
    answers = await asyncio.gather(*(AsyncClient().get(address) for _ in range(50)))
    assert {answer.status_code for answer in answers} == {200}
    assert (asked, looks) == (50, 1)


async def test_a_probe_that_gives_up_ends_the_look_for_nobody_else() -> None:
    looks, go_on = 0, asyncio.Event()

    async def check() -> str:
        nonlocal looks
        looks += 1
        await go_on.wait()
        return "answers"

    monitor = Monitor(check, health.UNHEALTHY, limit=60.0)
    first, second = asyncio.create_task(monitor.look()), asyncio.create_task(monitor.look())
    await asyncio.sleep(0)
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    go_on.set()
    assert ((await second).message, looks) == ("answers", 1)


async def test_the_checks_run_at_the_same_time(monkeypatch: pytest.MonkeyPatch) -> None:
    async def slow() -> str:
        await asyncio.sleep(0.6)
        return "answers"

    for monitor in MONITORS.values():
        monkeypatch.setattr(monitor, "check", slow)
    started = time.monotonic()
    assert (await AsyncClient().get("/health")).json()["status"] == "healthy"
    assert time.monotonic() - started < 1.7


async def test_an_external_service_that_is_away_is_named(settings: Settings) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        settings.OTLP_ENDPOINT = f"http://127.0.0.1:{server.getsockname()[1]}"
        settings.EMAIL_URL = "smtp://user:canary-7731@127.0.0.1:1"
        answer = await AsyncClient().get("/health")
    assert answer.json()["checks"]["external_services"]["message"] == "not reachable: mail"
    assert answer.json()["checks"]["external_services"]["status"] == "degraded"
    assert "canary" not in answer.content.decode()
