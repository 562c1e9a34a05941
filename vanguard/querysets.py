"""Reading one record, locking it for a change, what holds it, the keys of a few, and how many there are without counting for long."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Model, ProtectedError, QuerySet

from vanguard.errors import NotFound, StaleVersion

# Rows that are counted before a figure says "and more": an index counts so many in a few milliseconds.
COUNTED = 10_000
# So many of a kind are named before a sentence says how many more there are.
NAMED = 3


@dataclass(frozen=True, slots=True)
class Bounded:
    """A number of rows; with `more`, there are more than that."""

    number: int
    more: bool = False

    def __str__(self) -> str:
        return f"{self.number:,}{'+' if self.more else ''}"

    def __bool__(self) -> bool:
        return self.number > 0

    @property
    def words(self) -> str:
        """For a sentence: 312; more than 10,000."""
        return f"more than {self.number:,}" if self.more else f"{self.number:,}"


def count_up_to(most: int, rows: QuerySet[Any]) -> Bounded:
    """How many rows there are, looking at `most` of them and one more at the most."""
    return bounded(most, rows.order_by().values("pk"))


def bounded(most: int, rows: QuerySet[Any]) -> Bounded:
    """The same of rows that are counted as they are asked for."""
    number = rows[: most + 1].count()
    return Bounded(min(number, most), more=number > most)


def get_or_refuse[M: Model](rows: QuerySet[M], pk: UUID, field: str = "") -> M:
    """The row with this key. Raises NotFound; what is outside the caller's scope is not found either."""
    return found_or_refuse(rows.filter(pk=pk).first(), rows.model, field)


def found_or_refuse[M: Model](found: M | None, model: type[M], field: str = "") -> M:
    """`found`. Raises NotFound where it is None."""
    if found is None:
        raise NotFound(f"There is no such {model._meta.verbose_name}.", field=field)
    return found


def few[M: Model](rows: QuerySet[M], most: int) -> list[UUID] | None:
    """The keys of the rows, where there are no more than `most`; None where there are."""
    keys = list(rows.order_by().values_list("pk", flat=True)[: most + 1])
    return keys if len(keys) <= most else None


def locked[M: Model](rows: QuerySet[M], pk: UUID, version: int | None = None) -> M:
    """The row, locked until the transaction ends, so that a second caller decides on what the first one left.

    The row alone: what a join brought along would be as old as the moment when the waiting began.
    Raises NotFound; StaleVersion when `version` is given and no longer the row's.
    """
    row = get_or_refuse(rows.select_related(None).select_for_update(), pk)
    if version is not None and row.version != version:  # type: ignore[attr-defined]  # every DomainModel has one
        raise StaleVersion("Somebody else changed this record meanwhile. Nothing was saved; read it again.")
    return row


def holders(protected: ProtectedError, called: Mapping[type[Model], str] | None = None) -> str:
    """What keeps a record from being deleted, in words: claim CLM-2026-000001, quote QUO-2026-000004 and papers.

    By their readable numbers, a few of each kind; what has none by its kind. Never a person's data. `called` names kinds differently.
    """
    kinds: dict[type[Model], list[str]] = {}
    for each in protected.protected_objects:
        number = next((str(getattr(each, field.name)) for field in each._meta.fields if field.name.endswith("_number")), "")
        kinds.setdefault(type(each), []).append(number)
    parts = [_holder(kind, sorted(filter(None, numbers)), (called or {}).get(kind, "")) for kind, numbers in kinds.items()]
    *most, last = sorted(parts)
    return f"{', '.join(most)} and {last}" if most else last


def _holder(kind: type[Model], numbers: list[str], name: str) -> str:
    if not numbers:
        return name or str(kind._meta.verbose_name_plural)
    more = f" and {len(numbers) - NAMED} more" if len(numbers) > NAMED else ""
    plural = f"{name}s" if name else str(kind._meta.verbose_name_plural)
    return f"{plural if len(numbers) > 1 else name or kind._meta.verbose_name} {', '.join(numbers[:NAMED])}{more}"
