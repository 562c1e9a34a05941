"""Where a figure comes from: rows, the claim that they belong to, the moment by which they count, and what is added up."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Aggregate, QuerySet


@dataclass(frozen=True, slots=True)
class Source:
    """`claim` is the path from a row to its claim: "" for claims themselves, else "claim__"."""

    rows: QuerySet[Any]
    claim: str
    moment: str
    held: Aggregate

    @property
    def key(self) -> str:
        """The path to the claim's key."""
        return f"{self.claim}pk" if self.claim else "pk"
