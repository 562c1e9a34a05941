"""From a figure of a report to the claims behind it: the same conditions that counted them, as rows for the worklist."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from django.db.models import QuerySet

from claims.models import Claim
from claims.reports import bordereau, cycle_time, development, inventory, loss_ratio, punctuality
from claims.reports.selection import Selection
from claims.reports.triangle import Value


@dataclass(frozen=True, slots=True)
class Kind:
    """How the claims of a kind of figure are found, and what they are called. Both raise ValueError for parts that make no sense."""

    parts: int
    claims: Callable[[Selection], QuerySet[Claim]]
    words: Callable[[Selection], str]


KINDS: dict[str, Kind] = {
    **{value.value: Kind(2, development.claims_in, development.words_of) for value in Value},
    loss_ratio.KNOWN: Kind(1, loss_ratio.claims_in, loss_ratio.words_of),
    loss_ratio.COST: Kind(1, loss_ratio.claims_in, loss_ratio.words_of),
    inventory.OPEN: Kind(2, inventory.claims_in, inventory.words_of),
    cycle_time.DECIDED: Kind(3, cycle_time.claims_in, cycle_time.words_of),
    punctuality.DEADLINE: Kind(3, punctuality.claims_in, punctuality.words_of),
    **{what: Kind(1, bordereau.claims_in, bordereau.words_of) for what in bordereau.WORDS},
}


def rows_of(selection: Selection) -> QuerySet[Claim]:
    """The claims behind a figure, in no order. Raises ValueError where there is no such figure."""
    return kind_of(selection).claims(selection).order_by()


def words_of(selection: Selection, kinds: Mapping[str, Kind] = KINDS) -> str:
    """What they are, in words."""
    book = f", {selection.book.replace('_', ' ')}" if selection.book else ""
    return f"{kind_of(selection, kinds).words(selection)}{book}, as known on {selection.known_on}"


def kind_of(selection: Selection, kinds: Mapping[str, Kind] = KINDS) -> Kind:
    """The kind of a figure, of those that have claims of their own or of `kinds`. Raises ValueError."""
    kind = KINDS.get(selection.what) or kinds.get(selection.what)
    if kind is None or len(selection.parts) != kind.parts:
        raise ValueError("There is no such figure.")
    return kind
