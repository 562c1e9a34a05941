"""How clocks run: what starts, meets and ends them. Plain functions of rules and events; nothing is read and nothing is stored here."""

import datetime
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from claims.clocks.calendar import day_of, due_after
from claims.clocks.models import Clock, ClockRule, Days, Event, Holiday, Kind
from claims.models import Claim
from vanguard.making import new

E = Event
# What else meets a clock than the event that its rule names.
MEETS: Mapping[str, frozenset[str]] = {
    E.ACKNOWLEDGEMENT: frozenset({E.ACKNOWLEDGEMENT, E.REQUEST, E.DECISION}),
    E.STATUS_LETTER: frozenset({E.STATUS_LETTER, E.DECISION}),
    E.REPLY: frozenset({E.REPLY, E.STATUS_LETTER, E.REQUEST, E.DECISION}),
}
# With these the claim's work begins anew or is over: what ran until then is about nothing any more.
NEW_WORK = frozenset({E.APPEAL, E.REOPENING, E.CLOSING})
# What others ask of us is to be answered, whatever the work on the claim is.
ASKED = frozenset({E.ANSWER, E.REPLY})
ORDER = {kind: place for place, kind in enumerate(Kind.values)}


@dataclass(frozen=True, slots=True)
class Happened:
    """An event, and when."""

    event: Event
    at: datetime.datetime


def days_off(holidays: Iterable[Holiday], jurisdiction: str) -> set[datetime.date]:
    """The holidays of a jurisdiction: those of everywhere without what it does not keep, and its own."""
    here = [each for each in holidays if each.jurisdiction in ("", jurisdiction)]
    return {each.date for each in here if not each.is_business_day} - {each.date for each in here if each.is_business_day}


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules and holidays that there are, as one jurisdiction has them."""

    jurisdiction: str
    rules: Sequence[ClockRule]
    holidays: Sequence[Holiday] = ()
    _days: set[datetime.date] = field(default_factory=set)
    # What was worked out once: the rules that an event of a day starts, and the end of so many days after one.
    _chosen: dict[tuple[str, datetime.date], list[ClockRule]] = field(default_factory=dict)
    _due: dict[tuple[datetime.date, int, str], datetime.datetime] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._days.update(days_off(self.holidays, self.jurisdiction))

    def for_event(self, event: str, day: datetime.date) -> list[ClockRule]:
        """The rules whose clock starts with `event` on that day: of each kind the jurisdiction's own, or else the company's."""
        if (known := self._chosen.get((event, day))) is not None:
            return known
        chosen: dict[str, ClockRule] = {}
        for rule in sorted(self.rules, key=lambda each: (bool(each.jurisdiction), each.valid_from)):
            valid = rule.valid_from <= day and (rule.valid_to is None or day < rule.valid_to)
            if rule.starts == event and valid and rule.jurisdiction in ("", self.jurisdiction):
                chosen[rule.kind] = rule
        self._chosen[event, day] = list(chosen.values())
        return self._chosen[event, day]

    def due(self, rule: ClockRule, start: datetime.datetime, days: int | None = None) -> datetime.datetime:
        """The end of the last day of the rule's days after `start`, or of so many other `days`."""
        counted = day_of(start), days or rule.days, str(rule.counts)
        if (known := self._due.get(counted)) is None:
            known = self._due[counted] = due_after(start, counted[1], business=rule.counts == Days.BUSINESS, holidays=self._days)
        return known


def next_of(clocks: Iterable[Clock]) -> Clock | None:
    """The running clock that is due first; of several on one day what is done first."""
    running = [clock for clock in clocks if clock.is_running]
    return min(running, key=lambda clock: (clock.due_at, ORDER[clock.kind]), default=None)


def happen(claim: Claim, clocks: list[Clock], rules: Rules, happened: Happened) -> None:
    """Let an event meet, end and start clocks of the claim. `clocks` are all of it; those that start are added, not stored."""
    event, at = happened.event, happened.at
    if event == E.RETURN:
        _run_again(clocks)
        return
    again = [clock for clock in clocks if clock.is_running and _meet(clock, event, at)]
    for clock in again:
        days = clock.rule.then_every or 0
        clocks.append(_clock(claim, clock.rule, event, at, rules.due(clock.rule, at, days), days))
    for rule in rules.for_event(event, day_of(at)):
        if _begins(rule, event, clocks):
            clocks.append(_clock(claim, rule, event, at, rules.due(rule, at), rule.days))


def _meet(clock: Clock, event: str, at: datetime.datetime) -> bool:
    """Whether it starts again, now that it was met."""
    stops = clock.rule.stops
    if event in MEETS.get(stops, {stops}):
        _end(clock, event, at, met=True)
        return bool(clock.rule.then_every) and event == stops
    if event == clock.rule.waits_for or event == E.CLOSING or (event in NEW_WORK and stops not in ASKED):
        _end(clock, event, at, met=False)
    return False


def _end(clock: Clock, event: str, at: datetime.datetime, *, met: bool) -> None:
    clock.ended_at, clock.ended_by, clock.met = max(at, clock.started_at), event, met


def _begins(rule: ClockRule, event: str, clocks: Sequence[Clock]) -> bool:
    """Not where one of its kind runs; and of what was waited for only the work goes on that had waited."""
    if any(clock.is_running and clock.kind == rule.kind for clock in clocks):
        return False
    if event != E.INFORMATION or rule.stops != E.DECISION:
        return True
    decisions = [clock for clock in clocks if clock.rule.stops == E.DECISION]
    return bool(decisions) and decisions[-1].ended_by == E.REQUEST and not decisions[-1].met


def _run_again(clocks: Sequence[Clock]) -> None:
    """The payment that met it has come back, so the last clock to pay runs on as it did; on a closed file nothing runs."""
    last = next((clock for clock in reversed(clocks) if clock.rule.stops == E.PAYMENT), None)
    if last is not None and last.ended_by == E.PAYMENT and any(clock.is_running for clock in clocks):
        last.ended_at, last.ended_by, last.met = None, "", False


def _clock(claim: Claim, rule: ClockRule, since: str, start: datetime.datetime, due: datetime.datetime, days: int) -> Clock:
    return new(Clock, claim_id=claim.pk, rule=rule, kind=rule.kind, days=days, since=since, started_at=start, due_at=due)


def read_anew(claim: Claim, clocks: list[Clock], rules: Rules, at: datetime.datetime) -> None:
    """Another jurisdiction: what runs, or waits for information, is counted by its rules from the same start. What ended stays."""
    for clock in [each for each in clocks if each.is_running or _waits(each, clocks)]:
        again = clock.since == clock.rule.stops
        chosen = rules.for_event(clock.rule.starts, day_of(clock.started_at))
        rule = next((each for each in chosen if each.kind == clock.kind), None)
        if rule == clock.rule:
            continue
        if clock.is_running:
            _end(clock, E.CORRECTION, at, met=False)
        if rule is not None and not (_waits(clock, clocks) and rule.waits_for):
            days = (rule.then_every if again else rule.days) or rule.days
            clocks.append(_clock(claim, rule, clock.since, clock.started_at, rules.due(rule, clock.started_at, days), days))


def _waits(clock: Clock, clocks: Sequence[Clock]) -> bool:
    """Whether it is the last one to decide, and waits for information."""
    decisions = [each for each in clocks if each.rule.stops == E.DECISION]
    return bool(decisions) and clock is decisions[-1] and clock.ended_by == E.REQUEST and not clock.met
