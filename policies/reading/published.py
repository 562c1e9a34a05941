"""What published versions of products hold, read once in a process: the database lets nobody change it any more (decision 0198)."""

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from django.db.models import Model, QuerySet

# Versions are few; beyond so many all are read anew.
MOST = 1000


class Published[Row: Model, Held]:
    """By version, what `make` makes of its `rows`, which hang on a version by `product_version` and bring it along.

    A draft may still change, so it is read each time; as is a version that has no such rows.
    """

    def __init__(self, rows: QuerySet[Row], make: Callable[[Sequence[Any]], Held]) -> None:
        self.rows = rows.select_related("product_version")
        self.make = make
        self.held: dict[UUID, Held] = {}
        every.append(self)

    def of(self, version: UUID) -> Held:
        """One query the first time."""
        if (held := self.held.get(version)) is not None:
            return held
        rows: list[Any] = list(self.rows.filter(product_version=version))
        made = self.make(rows)
        if rows and not rows[0].product_version.is_draft:
            if len(self.held) >= MOST:
                self.held.clear()
            self.held[version] = made
        return made


every: list[Published[Any, Any]] = []


def forget() -> None:
    """Everything is read anew. For who changes rows past the database's own rules, as tests do."""
    for each in every:
        each.held.clear()
