from dataclasses import dataclass
from decimal import Decimal

import pytest
from django.db import transaction
from hypothesis import given
from hypothesis import strategies as some

from vanguard.errors import FieldError, Invalid, Throttled
from vanguard.events import consult, on, publish
from vanguard.ids import new_id
from vanguard.money import dollars, to_cents
from vanguard.text import clean


@given(some.text())
def test_clean_text_is_stable_and_holds_no_control_character(text: str) -> None:
    try:
        cleaned = clean(text, multiline=True)
    except ValueError:
        return
    assert clean(cleaned, multiline=True) == cleaned
    assert "\x00" not in cleaned


@pytest.mark.parametrize("bad", ["a\x00b", "a\x1bb", "a\ud800", "line\nbreak"])
def test_control_characters_are_refused(bad: str) -> None:
    with pytest.raises(ValueError, match="control"):
        clean(bad)


@pytest.mark.parametrize(("amount", "rounded"), [("2.665", "2.67"), ("-2.665", "-2.67"), ("0.005", "0.01"), ("1", "1.00")])
def test_money_is_rounded_half_up(amount: str, rounded: str) -> None:
    assert to_cents(Decimal(amount)) == Decimal(rounded)


def test_money_in_sentences() -> None:
    assert (dollars(Decimal("9190")), dollars(Decimal("-2150.5"))) == ("9,190.00", "\N{MINUS SIGN}2,150.50")


def test_keys_sort_by_the_time_they_were_made() -> None:
    keys = [new_id() for _ in range(200)]
    assert keys == sorted(keys)
    assert {key.version for key in keys} == {7}


def test_an_error_knows_its_status_and_fields() -> None:
    error = Invalid.of([FieldError("a", "min", "Low."), FieldError("b", "max", "High.")])
    assert (error.status, error.code, error.message) == (422, "min", "Low.; High.")
    assert Throttled("Wait.", retry_after=900).retry_after == 900


@dataclass(frozen=True)
class Rang:
    bell: str


@pytest.mark.django_db(transaction=True)
def test_an_event_is_delivered_after_the_commit_and_never_after_a_rollback() -> None:
    heard: list[str] = []
    on(Rang)(lambda event: heard.append(event.bell))
    with transaction.atomic():
        publish(Rang("first"))
        assert heard == []
    with transaction.atomic():
        publish(Rang("never"))
        transaction.set_rollback(True)
    assert heard == ["first"]
    consult(Rang("at once"))
    assert heard == ["first", "at once"]
