"""Readable numbers are unique however many ask at once, and on PostgreSQL nobody waits for another's commit."""

import importlib
import re
import threading
from collections.abc import Callable, Iterator

import pytest
from django.apps import apps
from django.db import DatabaseError, connection, transaction

from tests import needs
from vanguard.models import NumberSeries
from vanguard.numbers import next_number

pytestmark = pytest.mark.django_db(transaction=True)
migration = importlib.import_module("vanguard.migrations.0003_numbers_from_sequences")


def draw(year: int = 2031, prefix: str = "TST") -> str:
    return next_number(prefix, year, lambda _: False)


@pytest.fixture(autouse=True)
def _new_series() -> Iterator[None]:
    """Sequences outlive what a test leaves in tables."""
    yield
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            for year in (2031, 2032):
                cursor.execute(f"DROP SEQUENCE IF EXISTS number_series_tst_{year}")


def on_threads(work: Callable[[], None], count: int) -> list[threading.Thread]:
    def run() -> None:
        try:
            work()
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(count)]
    for thread in threads:
        thread.start()
    return threads


def test_numbers_of_a_series_rise_from_one_and_each_year_has_its_own() -> None:
    assert [draw(), draw(), draw(2032)] == ["TST-2031-000001", "TST-2031-000002", "TST-2032-000001"]


def test_eight_that_draw_at_once_from_a_series_that_nobody_used_before_get_eight_numbers() -> None:
    drawn: list[str] = []

    def draw_some() -> None:
        for _ in range(5):
            with transaction.atomic():
                drawn.append(draw())

    for thread in on_threads(draw_some, 8):
        thread.join(timeout=30)
    assert sorted(drawn) == [f"TST-2031-{number:06d}" for number in range(1, 41)]


def test_who_rolls_back_keeps_the_series_usable() -> None:
    with transaction.atomic():
        draw()
        transaction.set_rollback(True)
    assert re.fullmatch(r"TST-2031-00000[12]", draw())


@needs.postgresql
def test_nobody_waits_for_a_number_until_another_commits() -> None:
    draw()
    drawn: list[str] = []
    with transaction.atomic():
        mine = draw()
        for thread in on_threads(lambda: drawn.append(draw()), 8):
            thread.join(timeout=5)
        assert len({mine, *drawn}) == 9  # all of them came while this transaction was open


@needs.postgresql
def test_a_series_goes_on_from_what_its_row_gave_out_and_back_into_it() -> None:
    NumberSeries.objects.create(name="TST-2031", last=41)
    assert draw() == "TST-2031-000042"
    with connection.schema_editor() as editor:
        migration.put_back_into_rows(apps, editor)
        migration.make_function(apps, editor)
    assert NumberSeries.objects.get(name="TST-2031").last == 42
    assert draw() == "TST-2031-000043"


@needs.postgresql
def test_a_number_beyond_six_digits_keeps_all_of_them() -> None:
    NumberSeries.objects.create(name="TST-2031", last=999_999)
    assert draw() == "TST-2031-1000000"


@needs.postgresql
@pytest.mark.parametrize(("prefix", "year"), [("tst", 2031), ("T-S", 2031), ("", 2031), ("TST", 31), ('T"; DROP', 2031)])
def test_what_is_no_series_is_refused(prefix: str, year: int) -> None:
    with pytest.raises(DatabaseError, match="no series"):
        draw(year, prefix)
