"""From a figure of a report to the entries that it is made of: payments, reserves, recoveries, premium, or the claims that it counts.

What is listed is what the report adds up, found by the same conditions and as known on the same day, so that it comes to the figure to
the cent (tests/reports/test_entries.py holds every figure of every report to it).
"""

from collections.abc import Callable
from dataclasses import dataclass

from claims.reports import bordereau, development, inventory, loss_ratio, rows
from claims.reports.making import Made, Part, Read, counted
from claims.reports.rows import Kind
from claims.reports.selection import Selection
from claims.reports.triangle import Value
from vanguard.accounts.models import User
from vanguard.accounts.permissions import require

MAKERS: dict[str, Callable[[Selection], Made]] = {
    **{value.value: development.made_of for value in Value},
    **dict.fromkeys(loss_ratio.WORDS, loss_ratio.made_of),
    **dict.fromkeys(inventory.WORDS, inventory.made_of),
    **dict.fromkeys((bordereau.PAID, bordereau.MOVED), bordereau.made_of),
}
# Figures that have no claims of their own, as rows.KINDS has the others.
KINDS: dict[str, Kind] = {
    **dict.fromkeys(loss_ratio.WORDS, Kind(1, loss_ratio.claims_in, loss_ratio.words_of)),
    **dict.fromkeys(inventory.WORDS, Kind(2, inventory.claims_in, inventory.words_of)),
}


@dataclass(frozen=True, slots=True)
class Listed:
    """A page of one part of a figure."""

    selection: Selection
    made: Made
    part: Part
    read: Read
    page: int
    size: int

    @property
    def words(self) -> str:
        """What the figure is."""
        return words_of(self.selection)

    @property
    def pages(self) -> int:
        return max(1, -(-self.read.number // self.size))


def listed(selection: Selection, part: str = "", page: int = 1, size: int = 50, *, user: User | None) -> Listed:
    """A page of the entries of a part, the first one that has any unless it is named.

    Raises NotAllowed, and ValueError where there is no such figure, part or page.
    """
    made = made_of(selection, user=user)
    filled = [each for each in made.all if each.number]  # of each, so that no query is left to who shows it
    named = [each for each in made.all if each.name == part] if part else [*filled, made.all[0]]
    if not named:
        raise ValueError("There is no such part.")
    found = Listed(selection, made, named[0], named[0].read((page - 1) * size, size), page, size)
    if page > found.pages:
        raise ValueError("There is no such page.")
    return found


def made_of(selection: Selection, *, user: User | None) -> Made:
    """What a figure is made of. Raises NotAllowed without `claims.view_reports`, ValueError where there is no such figure."""
    require(user, "claims.view_reports")
    kind = rows.kind_of(selection, KINDS)
    maker = MAKERS.get(selection.what)
    return maker(selection) if maker else counted(kind.claims(selection), selection)


def words_of(selection: Selection) -> str:
    """What the figure is, in words. Raises ValueError."""
    return rows.words_of(selection, KINDS)
