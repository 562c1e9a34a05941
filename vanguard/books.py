"""What must hold in the books at any time. Each room says its own in a module `books`; who verifies them knows only this shape.

An invariant finds its offenders, set by set: the rows for which it does not hold, each with a name and a sentence. Personal data never
stands in one.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import islice
from typing import Any
from uuid import UUID

from django.apps import apps
from django.db import connection

from vanguard.counting import standings
from vanguard.money import dollars

# So many offenders are named; the others are counted.
NAMED = 500


@dataclass(frozen=True, slots=True)
class Offender:
    """One record for which the invariant does not hold: `record` is its label ("app.model"), `name` what people call it.

    Without a key it is no single one but the list of them; without a label, nothing that has a page.
    """

    record: str
    key: str
    name: str
    says: str


@dataclass(frozen=True, slots=True)
class Found:
    """How many offenders there are, and the first of them."""

    number: int
    offenders: Sequence[Offender] = ()


@dataclass(frozen=True, slots=True)
class Looking:
    """How thoroughly: `every_file` opens each stored file, otherwise a sample of the newest and of some others."""

    every_file: bool = False


@dataclass(frozen=True, slots=True)
class Invariant:
    """`says` is the rule in a sentence; `room` the heading that it stands under."""

    name: str
    room: str
    says: str
    find: Callable[[Looking], Found]


_kept: dict[str, Invariant] = {}


def keep(*invariants: Invariant) -> None:
    """Has them verified from now on. Raises ValueError where two have one name."""
    for each in invariants:
        if _kept.setdefault(each.name, each) is not each:
            raise ValueError(f"Two invariants are called {each.name}.")


def invariants() -> list[Invariant]:
    """All that are kept, by room."""
    return sorted(_kept.values(), key=lambda each: (each.room, each.name))


def query(record: str, sql: str, says: str) -> Callable[[Looking], Found]:
    """Offenders by one statement that both databases take: it gives key, name, and the figures that `says` names as {0}, {1}, …

    A number is an amount of money; what is none is given as text.

    Sums are compared with a tolerance below a cent, because SQLite adds in binary.
    """

    def find(_looking: Looking) -> Found:
        with connection.cursor() as cursor:
            # One pass: every row carries how many there are.
            cursor.execute(f"SELECT offender.*, COUNT(*) OVER () FROM ({sql}) AS offender LIMIT {NAMED}")  # noqa: S608  # a text of ours
            rows = cursor.fetchall()
        found = [Offender(record, key_of(key), str(name), says.format(*map(_figure, figures))) for key, name, *figures, _ in rows]
        return Found(rows[0][-1] if rows else 0, found)

    return find


def search(offenders: Callable[[Looking], Iterable[Offender]]) -> Callable[[Looking], Found]:
    """Offenders by a function that goes over rows by itself, where a statement alone cannot tell."""

    def find(looking: Looking) -> Found:
        found: Iterator[Offender] = iter(offenders(looking))
        named = list(islice(found, NAMED))
        return Found(len(named) + sum(1 for _ in found), named)

    return find


def key_of(value: Any) -> str:
    """A key as addresses write it: SQLite hands out 32 digits, PostgreSQL a UUID."""
    try:
        return str(UUID(str(value)))
    except ValueError:
        return str(value or "")


def _figure(value: Any) -> str:
    if isinstance(value, Decimal | float | int):
        return dollars(Decimal(str(value)))
    return "nothing" if value is None else str(value)


def _miscounted(_looking: Looking) -> Iterator[Offender]:
    for standing in standings():
        if not standing.is_right:
            off = "" if standing.is_kept else " Its triggers are missing or off."
            says = f"{standing.rows:,} rows, and the counter says {standing.counter:,}.{off}"
            yield Offender(_label_of(standing.table), "", standing.table, says)


def _label_of(table: str) -> str:
    return next(model._meta.label_lower for model in apps.get_models() if model._meta.db_table == table)


keep(Invariant("totals", "Platform", "The counters behind the totals of lists equal the rows themselves.", search(_miscounted)))
