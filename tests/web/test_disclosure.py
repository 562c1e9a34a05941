"""/.well-known/security.txt: whom to tell of a hole, as RFC 9116 has it."""

from datetime import datetime, timedelta

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.test import Client
from pytest_django import Settings

from config import environment
from tests.clock import SetClock, moment

pytestmark = pytest.mark.once
ADDRESS = "/.well-known/security.txt"
CONTACTS = ["mailto:security@insurer.example", "https://insurer.example/holes"]


def fields_of(answer: object) -> list[tuple[str, str]]:
    text: str = answer.content.decode()  # type: ignore[attr-defined]
    assert text.endswith("\n")
    return [(name, value) for name, _, value in (line.partition(": ") for line in text.splitlines())]


def test_it_names_each_contact_in_the_operators_order(settings: Settings) -> None:
    settings.SECURITY_CONTACT = CONTACTS
    answer = Client().get(ADDRESS, headers={"host": "localhost"})
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    fields = fields_of(answer)
    assert [value for name, value in fields if name == "Contact"] == CONTACTS
    assert ("Canonical", f"http://localhost{ADDRESS}") in fields
    assert ("Preferred-Languages", "en") in fields
    assert sorted(name for name, _ in fields if name != "Contact") == ["Canonical", "Expires", "Preferred-Languages"]


def test_it_never_runs_out_however_long_the_platform_runs(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.SECURITY_CONTACT = CONTACTS
    clock = SetClock(monkeypatch)
    for now in ("2026-11-26 21:30", "2031-02-28 23:59:50", "2031-03-01 00:00:10"):
        clock.set(now)
        expires = datetime.fromisoformat(dict(fields_of(Client().get(ADDRESS)))["Expires"])
        assert timedelta(days=29) < expires - moment(now) <= timedelta(days=30), now


def test_where_the_operator_names_nobody_there_is_none(settings: Settings) -> None:
    settings.SECURITY_CONTACT = []
    assert Client().get(ADDRESS).status_code == 404


def test_it_is_only_read(settings: Settings) -> None:
    settings.SECURITY_CONTACT = CONTACTS
    assert Client().post(ADDRESS).status_code == 405
    assert Client().head(ADDRESS).status_code == 200


@pytest.mark.parametrize(
    "contact", ["security@insurer.example", "http://insurer.example/holes", "mailto:nobody", "https://", "mailto:a@b\nExpires: x"]
)
def test_a_contact_that_nobody_could_follow_stops_the_start(contact: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECURITY_CONTACT", contact)
    with pytest.raises(ImproperlyConfigured, match="SECURITY_CONTACT must be mailto:"):
        environment.contacts("SECURITY_CONTACT")


def test_several_are_taken_by_commas_and_none_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECURITY_CONTACT", "mailto:security@insurer.example, tel:+1-916-555-0142")
    assert environment.contacts("SECURITY_CONTACT") == ["mailto:security@insurer.example", "tel:+1-916-555-0142"]
    monkeypatch.delenv("SECURITY_CONTACT")
    assert environment.contacts("SECURITY_CONTACT") == []
