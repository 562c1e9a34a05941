"""What a rehearsal is, whatever the rule: it goes over what was decided, and says what each decision would have come to by another rule."""

import datetime
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Protocol
from uuid import UUID

from django.db.models import QuerySet

from vanguard.money import ZERO

YEAR = datetime.timedelta(days=365)
# So many outcomes a page shows; a file has all of them.
SHOWN = 200
# Of each kind of decision at most so many are looked at, the newest: a page is to come while its reader waits.
MOST = 20_000


@dataclass(frozen=True, slots=True)
class Outcome:
    """One decision: what it was, and what it would be. `change` names the kind of change, and is empty where there is none."""

    claim_id: UUID
    claim_number: str
    at: datetime.datetime
    decision: str
    amount: Decimal | None
    by: str
    then: str
    would: str
    change: str = ""


class Rehearsal(Protocol):
    """A rule set that is a candidate. Its outcomes rest on what was known when each decision was made; nothing is changed."""

    def outcomes(self, since: datetime.datetime, until: datetime.datetime) -> Iterator[Outcome]:
        """Every decision from `since` to before `until` on which the rule has a say, changed or not."""
        ...

    def moments(self, since: datetime.datetime, until: datetime.datetime) -> Sequence[tuple[QuerySet[Any], str]]:
        """The rows that are looked at, of each kind, and the column of their moment: enough to count them, perhaps with a few more."""
        ...

    def assumptions(self) -> Sequence[str]:
        """What the reader has to know, in sentences."""
        ...


@dataclass(frozen=True, slots=True)
class Tally:
    """So many changes of one kind, and the money in them."""

    change: str
    number: int
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """What came out: how many decisions were looked at, and those that change, the newest first.

    `since` is later than was asked for where there are more decisions than are looked at; `is_cut` then.
    """

    since: datetime.datetime
    until: datetime.datetime
    is_cut: bool
    examined: int
    changed: Sequence[Outcome]
    tallies: Sequence[Tally]
    assumptions: Sequence[str]


def rehearse(rehearsal: Rehearsal, until: datetime.datetime, span: datetime.timedelta = YEAR, most: int = MOST) -> Rehearsed:
    """Run a candidate over the decisions of the twelve months before `until`, the newest `most` of each kind."""
    examined, changed = 0, []
    since = _since(rehearsal, until - span, until, most)
    for outcome in rehearsal.outcomes(since, until):
        examined += 1
        if outcome.change:
            changed.append(outcome)
    changed.sort(key=lambda each: (each.at, each.claim_number), reverse=True)
    numbers = Counter(each.change for each in changed)
    amounts = {change: sum((each.amount or ZERO for each in changed if each.change == change), ZERO) for change in numbers}
    tallies = [Tally(change, number, amounts[change]) for change, number in numbers.most_common()]
    return Rehearsed(since, until, since > until - span, examined, changed, tallies, rehearsal.assumptions())


def _since(rehearsal: Rehearsal, since: datetime.datetime, until: datetime.datetime, most: int) -> datetime.datetime:
    """The moment from which no kind has more than `most` rows; those of that very moment are left out where more of them share it."""
    for rows, moment in rehearsal.moments(since, until):
        newest = rows.order_by(f"-{moment}").values_list(moment, flat=True)
        if (first_left_out := newest[most : most + 1].first()) is not None:
            since = max(since, first_left_out + datetime.timedelta(microseconds=1))
    return since
