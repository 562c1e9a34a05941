"""What `manage.py check --deploy` says of settings that were meant to be safe and are not."""

from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings

from vanguard.checks import unsafe_settings

SAFE = {
    "ENVIRONMENT": "production",
    "REDIS_URL": "",
    "EMAIL_URL": "dummymail://",
    "REQUIRE_SECOND_FACTOR": True,
    "SECURITY_CONTACT": ["mailto:security@insurer.example"],
}


def warned(settings: Settings, host: str = "", sslmode: str = "", **others: Any) -> list[str]:
    options = {"sslmode": sslmode} if sslmode else {}
    for name, value in (SAFE | others).items():
        setattr(settings, name, value)
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(settings.DATABASES, "default", {"ENGINE": "django.db.backends.postgresql", "HOST": host, "OPTIONS": options})
        return [str(each.id) for each in unsafe_settings(None)]


@pytest.mark.parametrize("host", ["", "/run/postgresql", "localhost", "127.0.0.1", "::1"])
def test_a_database_of_the_same_machine_needs_no_tls(settings: Settings, host: str) -> None:
    assert warned(settings, host) == []


@pytest.mark.parametrize(("sslmode", "ids"), [("", ["vanguard.W001"]), ("prefer", ["vanguard.W001"]), ("require", []), ("verify-full", [])])
def test_one_on_another_machine_does(settings: Settings, sslmode: str, ids: list[str]) -> None:
    assert warned(settings, "database.example", sslmode) == ids


@pytest.mark.parametrize(
    ("url", "ids"),
    [("redis://10.0.0.7:6379/0", ["vanguard.W002"]), ("rediss://cache.example:6379/0", []), ("redis://127.0.0.1:6379/1", [])],
)
def test_so_does_the_cache(settings: Settings, url: str, ids: list[str]) -> None:
    assert warned(settings, REDIS_URL=url) == ids


@pytest.mark.parametrize(("url", "ids"), [("smtp://mail.example:25", ["vanguard.W003"]), ("smtp+tls://mail.example:587", [])])
def test_so_do_letters(settings: Settings, url: str, ids: list[str]) -> None:
    assert warned(settings, EMAIL_URL=url) == ids


@pytest.mark.parametrize(
    ("url", "ids"), [("http://collector:4317", ["vanguard.W006"]), ("http://collector:4318", []), ("https://traces.example/otlp", [])]
)
def test_traces_that_are_sent_to_the_port_of_grpc_are_told_of(settings: Settings, url: str, ids: list[str]) -> None:
    assert warned(settings, OTLP_ENDPOINT=url) == ids


def test_a_replica_on_another_machine_needs_tls_like_the_database(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    away = {"ENGINE": "config.postgresql", "HOST": "replica.example", "OPTIONS": {}}
    monkeypatch.setitem(settings.DATABASES, "replica", away)
    assert warned(settings) == ["vanguard.W001"]
    monkeypatch.setitem(settings.DATABASES, "replica", away | {"OPTIONS": {"sslmode": "verify-full"}})
    assert warned(settings) == []


def test_staff_of_production_who_need_no_second_factor_are_told_of(settings: Settings) -> None:
    assert warned(settings, REQUIRE_SECOND_FACTOR=False) == ["vanguard.W004"]
    assert warned(settings, REQUIRE_SECOND_FACTOR=False, ENVIRONMENT="preview") == []


def test_an_operator_whom_nobody_could_tell_of_a_hole_is_told_of_that(settings: Settings) -> None:
    assert warned(settings, SECURITY_CONTACT=[]) == ["vanguard.W005"]
    assert warned(settings, SECURITY_CONTACT=[], ENVIRONMENT="staging") == []


def test_documents_that_could_not_be_kept_are_told_of_before_the_first_is_lost(settings: Settings, tmp_path: Path) -> None:
    """On a real volume of another user: tests/delivery/long/image.py."""
    (tmp_path / "taken").write_text("")
    assert warned(settings, MEDIA_ROOT=tmp_path / "taken" / "documents") == ["vanguard.W007"]
    assert warned(settings, MEDIA_ROOT=tmp_path / "not" / "made" / "yet") == []
