"""What stands on a paper, whatever it is about: a room fills these, and vanguard.documents.pdf sets them."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Heading:
    text: str


@dataclass(frozen=True, slots=True)
class Text:
    """A paragraph; a line break in it is one on the paper. `small` is for what belongs under the rest."""

    text: str
    small: bool = False


@dataclass(frozen=True, slots=True)
class Facts:
    """Labels with what they stand for."""

    rows: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under headings that come again on each page; the columns named in `figures` stand to the right; the last row may be a sum."""

    headings: Sequence[str]
    rows: Sequence[Sequence[str]]
    figures: frozenset[int] = frozenset()
    has_total: bool = False


Block = Heading | Text | Facts | Table


@dataclass(frozen=True, slots=True)
class Paper:
    """All that stands on a paper. `sender` and `recipient` are lines, the name first; `foot` stands on every page beside
    its number; `date` is that of what it says, and goes into the file's metadata."""

    title: str
    sender: Sequence[str]
    recipient: Sequence[str]
    blocks: Sequence[Block]
    foot: str
    date: datetime.date
    subject: str = ""
    language: str = "en-US"
