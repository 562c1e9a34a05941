"""The name of the claims behind a figure, short enough for a link: what they have in common, as known when, of which book."""

from dataclasses import dataclass
from datetime import date
from urllib.parse import quote, unquote

from vanguard.workbench.dates import FIRST_YEAR, LAST_YEAR


@dataclass(frozen=True, slots=True)
class Selection:
    """`what` is the kind of figure (claims.reports.rows lists them), `parts` tells which one of its kind."""

    what: str
    known_on: date
    book: str = ""
    parts: tuple[str, ...] = ()

    def __str__(self) -> str:
        return ":".join(quote(part, safe="") for part in (self.what, self.known_on.isoformat(), self.book, *self.parts))

    @classmethod
    def read(cls, text: str) -> "Selection":
        """From its name. Raises ValueError."""
        what, known_on, book, *parts = (unquote(part) for part in text.split(":"))
        day = date.fromisoformat(known_on)
        if not FIRST_YEAR <= day.year <= LAST_YEAR or any("\0" in part for part in (book, *parts)):
            raise ValueError("There is no such figure.")
        return cls(what, day, book, tuple(parts))
