"""What a figure is made of: its parts, such as paid and outstanding, and of each part the entries that add up to it, page by page.

Entries of money are payments, what the ledger booked, and, of claims on which nobody has set anything aside, the steps by which what is
outstanding is worked out (incurred.py). The database adds up and cuts the page out, by the same rows that the report adds up.
"""

from abc import ABC, abstractmethod
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cache, cached_property
from itertools import islice
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import Count, DecimalField, F, QuerySet, Sum, Value
from django.db.models.functions import Abs, Cast
from django.db.models.lookups import GreaterThan

from claims.models import Claim
from claims.reports.selection import Selection
from claims.reports.sources import Source
from claims.reports.tables import Unit
from vanguard.money import ZERO, to_cents

AMOUNT: DecimalField = DecimalField(max_digits=15, decimal_places=2)
COLUMNS = ("e_at", "e_key", "e_entry", "e_what", "e_claim", "e_amount")
WORDS = {
    "report": "Reported",
    "estimate": "Reported: what it would come to",
    "decision": "Decided: what that changed",
    "closing": "Closed: what that released",
    "turn_over": "What held until then",
    "payment": "Payment",
    "payment_reversal": "Payment taken back",
    "recovery": "Recovery",
    "recovery_reversal": "Recovery reversed",
    "reserve": "Reserve change",
    "approve": "Approved",
    "deny": "Denied",
    "close": "Closed",
    "reopen": "Reopened",
    "appeal": "Appealed",
    "edit": "Claimed amount corrected",
    "stop_payment": "Payment stopped",
    "void_payment": "Payment voided",
}


class Line(NamedTuple):
    """One entry: when, what it is (`entry` is its kind, `key` its id), what happened, on which claim or policy, and what it adds."""

    at: datetime
    key: UUID
    entry: str
    what: str
    claim: UUID | None
    amount: Decimal
    claim_number: str = ""
    policy: UUID | None = None
    policy_number: str = ""

    @property
    def words(self) -> str:
        """What happened; a booking of a policy says so in its own words."""
        return WORDS.get(self.what) or self.what


class Read(NamedTuple):
    """What all entries of a part come to, how many there are, and some of them in order."""

    total: Decimal
    number: int
    lines: Sequence[Line]


class Part(ABC):
    """Some entries that are added up, in the order of their moments."""

    def __init__(self, name: str, label: str, unit: Unit = Unit.MONEY, *, sign: int = 1) -> None:
        self.name, self.label, self.unit, self.sign = name, label, unit, sign

    @abstractmethod
    def read(self, start: int, count: int) -> Read:
        """What they come to, and `count` of them from the position `start`."""

    @property
    def total(self) -> Decimal:
        """What they come to."""
        return self._whole[0]

    @property
    def number(self) -> int:
        """How many there are."""
        return self._whole[1]

    @cached_property
    def _whole(self) -> tuple[Decimal, int]:
        total, number, _ = self.read(0, 0)
        return total, number


class Booked(Part):
    """Entries that the database finds. A query for each source, and two for the page."""

    def __init__(self, name: str, label: str, sources: Iterable[Source], unit: Unit = Unit.MONEY, *, sign: int = 1) -> None:
        super().__init__(name, label, unit, sign=sign)
        self._sources = list(sources)

    def read(self, start: int, count: int) -> Read:
        total, number = self._whole
        lines = numbered([Line(*row) for row in self._rows()[start : start + count]]) if count and number > start else []
        return Read(total, number, lines)

    def every(self) -> Iterator[Line]:
        """All of them, without numbers of claims."""
        return (Line(*row) for row in self._rows())

    @cached_property
    def _whole(self) -> tuple[Decimal, int]:
        sums = [_amounts(each).aggregate(sum=Sum("e_amount"), number=Count("pk")) for each in self._sources]
        # SQLite adds up in binary: cents are exact again after rounding.
        return sum((to_cents(each["sum"] or ZERO) for each in sums), ZERO), sum(each["number"] for each in sums)

    def _rows(self) -> QuerySet[Any, Any]:
        first, *others = [_entries(each).values_list(*COLUMNS) for each in self._sources]
        return first.union(*others, all=True).order_by(*COLUMNS[:4])


class Told(Part):
    """Entries that are worked out one after the other: `lines` begins anew each time. `whole`, where that is known otherwise, tells what
    they come to and how many there are; they are then gone along no further than to the page."""

    def __init__(
        self,
        name: str,
        label: str,
        lines: Callable[[], Iterable[Line]],
        unit: Unit = Unit.MONEY,
        *,
        sign: int = 1,
        whole: Callable[[], tuple[Decimal, int]] | None = None,
    ) -> None:
        super().__init__(name, label, unit, sign=sign)
        self._lines, self._told = lines, whole

    @cached_property
    def _whole(self) -> tuple[Decimal, int]:
        return self._told() if self._told else super()._whole

    def read(self, start: int, count: int) -> Read:
        if self._told:
            found = list(islice(self._lines(), start, start + count)) if count and self.number > start else []
            return Read(self.total, self.number, numbered(found))
        total, number, found = ZERO, 0, []
        for number, line in enumerate(self._lines(), start=1):
            total += line.amount
            if start < number <= start + count:
                found.append(line)
        self._whole = total, number
        return Read(total, number, numbered(found))


@dataclass(frozen=True, slots=True)
class Made:
    """The parts of a figure, each with its sign, over those that it is divided by. `scale` is for how many of these it is said.

    `rows` are the claims behind it.
    """

    parts: Sequence[Part]
    unit: Unit = Unit.MONEY
    over: Sequence[Part] = ()
    scale: int = 1
    rows: Selection | None = None

    @property
    def all(self) -> Sequence[Part]:
        return [*self.parts, *self.over]

    @property
    def value(self) -> Decimal | None:
        """The figure itself, from its entries; None where there is nothing to divide by."""
        whole = sum((part.sign * part.total for part in self.parts), ZERO)
        if not self.over:
            return whole
        below = sum((part.total for part in self.over), ZERO)
        if not below:
            return None
        return to_cents(whole / below) if self.unit == Unit.MONEY else (whole * self.scale / below).quantize(Decimal("0.0001"))


def counted(rows: QuerySet[Claim], selection: Selection | None = None, label: str = "Claims") -> Made:
    """Of a figure that counts claims: each once, with its report."""
    return Made([claims_part(rows, label)], Unit.COUNT, rows=selection)


def claims_part(rows: QuerySet[Claim], label: str = "Claims") -> Part:
    """Claims that are counted, each with its report."""
    return Booked("claims", label, [Source(rows.order_by(), "", "reported_date", Count("pk"))], Unit.COUNT)


def net(after: Part, before: Part | None, name: str, label: str, *, sign: int = 1) -> Part:
    """What entries came to after something, less before: those that were there all the time and came to the same drop out."""

    @cache
    def lines() -> list[Line]:
        held: dict[Line, Decimal] = defaultdict(lambda: ZERO)
        for part, times in ((after, 1), (before, -1)):
            for line in part.every() if isinstance(part, Booked) else ():
                held[line._replace(amount=ZERO)] += times * to_cents(line.amount)
        return [line._replace(amount=amount) for line, amount in sorted(held.items(), key=lambda item: item[0][:4]) if amount]

    return Told(name, label, lines, sign=sign)


def numbered(lines: Sequence[Line]) -> list[Line]:
    """With the numbers of their claims and policies. One query, unless they have them."""
    keys = {line.claim for line in lines if line.claim}
    columns = ("pk", "claim_number", "policy_id", "policy__policy_number")
    found = {row[0]: row[1:] for row in Claim.objects.filter(pk__in=keys).order_by().values_list(*columns)} if keys else {}
    return [Line(*line[:5], to_cents(line.amount), *found[line.claim]) if line.claim else line for line in lines]


def plain(total: Decimal, unit: Unit) -> Decimal | int:
    """A number of claims is a whole one."""
    return int(total) if unit == Unit.COUNT else total


def _entries(source: Source) -> QuerySet[Any]:
    """The rows of a source as entries."""
    columns = {
        "e_at": F(source.moment),
        "e_key": F("pk"),
        "e_entry": Value(source.entry),
        "e_what": source.happened,
        "e_claim": F(source.key),
    }
    rows: QuerySet[Any] = _amounts(source).annotate(**columns)
    return rows


def _amounts(source: Source) -> QuerySet[Any]:
    """The rows with what each adds; what moved nothing is no entry."""
    rows: QuerySet[Any] = source.rows.annotate(e_amount=Cast(source.amount, AMOUNT)).order_by()
    # Asked so, the amount is worked out once more, and not three times.
    return rows if isinstance(source.held, Count) else rows.filter(GreaterThan(Abs("e_amount"), 0))
