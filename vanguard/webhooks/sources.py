"""Which recorded changes are events, as the rooms say themselves; this package knows none of them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Model

type Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Source:
    """Rows of `model` that were inserted, or deleted, tell of an event.

    `types` is the event's type by what stands in `column`; what is not in it is told to nobody. Without a column every row is the one
    type that `types` has under "". `subject` is the column with the key of the record that it happened to.
    `tell` makes the data of some rows, in their order: ids, numbers and states, and nothing of a person. None is told to nobody.
    """

    model: type[Model]
    subject: str
    types: Mapping[str, str]
    tell: Callable[[Sequence[Row]], Sequence[dict[str, Any] | None]]
    column: str = ""
    operation: str = "insert"

    def type_of(self, row: Row) -> str | None:
        return self.types.get(str(row.get(self.column, "")) if self.column else "")


_sources: dict[tuple[str, str], Source] = {}


def add_source(source: Source) -> None:
    _sources[source.model._meta.db_table, source.operation] = source


def sources() -> Mapping[tuple[str, str], Source]:
    """By table and operation."""
    return _sources


def event_types() -> list[str]:
    """All that can be subscribed to, in order."""
    return sorted({each for source in _sources.values() for each in source.types.values()})
