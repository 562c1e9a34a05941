"""Where a figure comes from: rows, the claim that they belong to, the moment by which they count, and what is added up."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Aggregate, Case, Count, F, QuerySet, Value, When
from django.db.models.expressions import Combinable

from claims.models import Claim, ClaimPayment, ClaimTransition, EntryKind, LedgerEntry

# What a row of a source is called where entries are listed, by its model.
ENTRIES: dict[Any, str] = {Claim: "claim", ClaimPayment: "payment", LedgerEntry: "ledger", ClaimTransition: "step"}


@dataclass(frozen=True, slots=True)
class Passing:
    """Claims that hold an amount from one of their moments to a later one, as what they would cost from the report to the decision; from
    one that did not come yet, nothing, and up to one that did not come yet, for good."""

    rows: QuerySet[Any]
    since: str
    to: str
    held: Aggregate


@dataclass(frozen=True, slots=True)
class Source:
    """`claim` is the path from a row to its claim: "" for claims themselves, else "claim__". `what` says what happened, where the row
    does not say so itself (WORDS in claims.reports.making)."""

    rows: QuerySet[Any]
    claim: str
    moment: str
    held: Aggregate
    what: str = ""

    @property
    def key(self) -> str:
        """The path to the claim's key."""
        return f"{self.claim}pk" if self.claim else "pk"

    @property
    def entry(self) -> str:
        """What each row is."""
        return ENTRIES[self.rows.model]

    @property
    def happened(self) -> Combinable:
        """Of each row, as a code."""
        if self.what:
            return Value(self.what)
        match self.entry:
            case "payment":
                return Case(When(reverses=None, then=Value(EntryKind.PAYMENT.value)), default=Value(EntryKind.PAYMENT_REVERSAL.value))
            case "ledger":
                return F("kind")
            case "step":
                return F("command")
            case _:
                return Value("report")

    @property
    def amount(self) -> Any:
        """Of each row, what is added up; 1 where rows are counted."""
        return Value(1) if isinstance(self.held, Count) else self.held.get_source_expressions()[0]
