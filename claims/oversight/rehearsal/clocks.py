"""Other days for a deadline, over the clocks that started: which would have been missed, and which no longer."""

import datetime
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from claims.clocks.calendar import due_after
from claims.clocks.jurisdiction import words_of
from claims.clocks.models import Clock, ClockRule, Days, Holiday, Kind
from claims.clocks.running import days_off
from claims.models import Claim
from claims.oversight.rehearsal.shape import Outcome
from claims.reports.known import known_claims
from claims.reports.moments import BY_MOMENTS, counting

LATE, IN_TIME = "Would be missed", "Would be kept"
OWNER = ("assignee__first_name", "assignee__last_name")


@dataclass(frozen=True, slots=True)
class ClockRehearsal:
    """`days` in the place of a rule's own for one kind of clock: in one jurisdiction ("" is the company's standard), or in all (None)."""

    clock: str
    days: int
    jurisdiction: str | None = None

    @property
    def words(self) -> str:
        """Which rules, in words."""
        return Kind(self.clock).label if self.jurisdiction is None else f"{Kind(self.clock).label}, {words_of(self.jurisdiction)}"

    def assumptions(self) -> Sequence[str]:
        return (
            "Calendar or business days as the rule has it, with the holidays of today; each day lasts until it is over in UTC.",
            "A clock that has not run out by now, by the rule or by the candidate, is neither kept nor missed. What ended without being "
            "met, and what was put off, is left out.",
            "Claims of a book that was taken over have no clocks of their own: they are held against today's rules of their jurisdiction, "
            "acknowledged is when work began, and of a claim that was reopened the last decision counts.",
        )

    def moments(self, since: datetime.datetime, until: datetime.datetime) -> Sequence[tuple[QuerySet[Any], str]]:
        """Clocks by their start, and claims without any by the moment that stands for it."""
        found: list[tuple[QuerySet[Any], str]] = [(self._clocks(since, until), "started_at")]
        if self.clock in BY_MOMENTS:
            found.append((self._without_clocks(since, until), BY_MOMENTS[self.clock].starts))
        return found

    def outcomes(self, since: datetime.datetime, until: datetime.datetime) -> Iterator[Outcome]:
        """Every clock that started from `since` to before `until`."""
        yield from self._own(since, until)
        if self.clock in BY_MOMENTS:
            yield from self._by_moments(since, until)

    def _clocks(self, since: datetime.datetime, until: datetime.datetime) -> QuerySet[Clock]:
        rows = Clock.objects.filter(kind=self.clock, started_at__gte=since, started_at__lt=until, extended_at=None).order_by()
        if self.jurisdiction is not None:
            rows = rows.filter(rule__jurisdiction=self.jurisdiction)
        # One that started again has days of its own, which are not those that are exchanged.
        return rows.filter(days=F("rule__days")).exclude(met=False, ended_at__lte=until)

    def _own(self, since: datetime.datetime, until: datetime.datetime) -> Iterator[Outcome]:
        holidays = list(Holiday.objects.all())
        off_in: dict[str, set[datetime.date]] = {}
        rules = ClockRule.objects.in_bulk()
        columns = ("claim", "claim__claim_number", *(f"claim__{name}" for name in OWNER), "rule", "started_at", "ended_at")
        for *told, key, start, end in self._clocks(since, until).values_list(*columns).iterator(2000):
            rule, stop = rules[key], end if end is not None and end < until else None
            state = rule.jurisdiction
            if state not in off_in:
                off_in[state] = days_off(holidays, state)
            yield self._outcome(told, rule, start, stop, off_in[state], until)

    def _by_moments(self, since: datetime.datetime, until: datetime.datetime) -> Iterator[Outcome]:
        moments, by = BY_MOMENTS[self.clock], counting(self.clock)
        rows = self._without_clocks(since, until).annotate(stop=moments.stops(until))
        columns = ("pk", "claim_number", *OWNER, "jurisdiction", moments.starts, "stop")
        for *told, state, start, stop in rows.values_list(*columns).iterator(2000):
            rule = by.rule_of(state)
            if rule is not None and self.jurisdiction in (None, rule.jurisdiction):
                yield self._outcome(told, rule, start, stop, by.holidays_of(rule.jurisdiction), until)

    def _without_clocks(self, since: datetime.datetime, until: datetime.datetime) -> QuerySet[Claim]:
        moments = BY_MOMENTS[self.clock]
        rows = known_claims(until).filter(~Exists(Clock.objects.filter(claim=OuterRef("pk")))).filter(moments.runs(until))
        return rows.filter(Q(**{f"{moments.starts}__gte": since, f"{moments.starts}__lt": until}))

    def _outcome(
        self,
        told: Sequence[Any],
        rule: ClockRule,
        start: datetime.datetime,
        stop: datetime.datetime | None,
        holidays: set[datetime.date],
        until: datetime.datetime,
    ) -> Outcome:
        claim, number, first, last = told
        business = rule.counts == Days.BUSINESS
        then, would = (
            self._state(due_after(start, days, business=business, holidays=holidays), stop, until) for days in (rule.days, self.days)
        )
        change = ""
        if then != would and "missed" in (then, would):
            change = LATE if would == "missed" else IN_TIME if would == "kept" else "Would still be running"
        owner = f"{first or ''} {last or ''}".strip() or "nobody"
        key: UUID = claim
        return Outcome(key, number, start, rule.action, None, owner, self._words(then, start, stop), would, change)

    def _state(self, due: datetime.datetime, stop: datetime.datetime | None, until: datetime.datetime) -> str:
        if stop is not None:
            return "kept" if stop <= due else "missed"
        return "missed" if due < until else "running"

    def _words(self, state: str, start: datetime.datetime, stop: datetime.datetime | None) -> str:
        return state if stop is None else f"{state}, done after {(stop - start).days} days"
