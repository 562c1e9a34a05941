"""Other days for a clock, over the claims on which it started: which would have been missed, and which no longer."""

import datetime
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from claims.deadlines import Rule, end_of_day
from claims.oversight.rehearsal.shape import Outcome
from claims.reports.known import known_claims
from claims.reports.punctuality import clocks

LATE, IN_TIME = "Would be missed", "Would be kept"


@dataclass(frozen=True, slots=True)
class ClockRehearsal:
    """`days` in the place of the rule's own for one of the clocks of claims.reports.punctuality. Raises KeyError for an unknown one."""

    clock: str
    days: int

    @property
    def rule(self) -> Rule:
        return clocks()[self.clock].rule

    def assumptions(self) -> Sequence[str]:
        return (
            "Acknowledged is when work began. Of a claim that was reopened the last decision counts, and the clock that it started.",
            "A clock that has not run out by now, by the rule or by the candidate, is neither kept nor missed.",
            "Days are calendar days, each met until it is over in UTC; the rule beside the candidate is that of today.",
        )

    def outcomes(self, since: datetime.datetime, until: datetime.datetime) -> Iterator[Outcome]:
        """Every clock that started from `since` to before `until`."""
        clock = clocks()[self.clock]
        rows = known_claims(until).filter(clock.runs(until)).filter(**{f"{clock.starts}__gte": since, f"{clock.starts}__lt": until})
        columns = ("pk", "claim_number", clock.starts, "assignee__first_name", "assignee__last_name", "stop")
        for pk, number, start, first, last, stop in rows.annotate(stop=clock.stops(until)).values_list(*columns).iterator(2000):
            then, would = (self._state(start, stop, days, until) for days in (clock.rule.days, self.days))
            change = ""
            if then != would and "missed" in (then, would):
                change = LATE if would == "missed" else IN_TIME if would == "kept" else "Would still be running"
            owner = f"{first or ''} {last or ''}".strip() or "nobody"
            yield Outcome(pk, number, start, clock.rule.action, None, owner, self._words(then, start, stop), would, change)

    def _state(self, start: datetime.datetime, stop: datetime.datetime | None, days: int, until: datetime.datetime) -> str:
        due = end_of_day(start + datetime.timedelta(days=days))
        if stop is not None:
            return "kept" if stop <= due else "missed"
        return "missed" if due < until else "running"

    def _words(self, state: str, start: datetime.datetime, stop: datetime.datetime | None) -> str:
        return state if stop is None else f"{state}, done after {(stop - start).days} days"
