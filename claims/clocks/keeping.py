"""Keeping the stored clocks of a claim, inside the transaction of the step that moves them. The claim's row is locked by then."""

import datetime
from collections.abc import Iterable, Sequence
from typing import ClassVar, NamedTuple
from uuid import UUID

from django.utils import timezone

from claims.clocks.models import Clock, ClockRule, Event, Holiday
from claims.clocks.reading import rules_of
from claims.clocks.running import Happened, Rules, happen, next_of, read_anew
from claims.clocks.steps import BY_LETTER, events_of, replayed, told_by
from claims.models import Claim
from vanguard.audit import change

MOVED = ("ended_at", "ended_by", "met")


class _Known(NamedTuple):
    """The rules and holidays of the last first notice, and how jurisdictions have them."""

    rules: Sequence[ClockRule]
    holidays: Sequence[Holiday]
    of: dict[str, Rules]


class _Last:
    known: ClassVar[_Known] = _Known((), (), {})


def started(claim: Claim, rules: Sequence[ClockRule], holidays: Sequence[Holiday]) -> list[Clock]:
    """The clocks of a first notice, not stored yet; the claim's next deadline is set by them."""
    clocks: list[Clock] = []
    happen(claim, clocks, _as_in(claim.jurisdiction, rules, holidays), Happened(Event.REPORT, claim.reported_date))
    claim.due_at = _due(clocks)
    return clocks


def _as_in(jurisdiction: str, rules: Sequence[ClockRule], holidays: Sequence[Holiday]) -> Rules:
    """What follows from them is worked out once. They are the very same lists until one of their rows changes (vanguard.steps.Few)."""
    known = _Last.known
    if known.rules is not rules or known.holidays is not holidays:
        known = _Last.known = _Known(rules, holidays, {})
    if jurisdiction not in known.of:
        known.of[jurisdiction] = Rules(jurisdiction, rules, holidays)
    return known.of[jurisdiction]


def move_clocks(command: str, before: Claim, after: Claim) -> datetime.datetime | None:
    """Let a step meet, end and start clocks; returns the next deadline. No query where the step means nothing to them."""
    events = events_of(command, before, after)
    if not events:
        return before.due_at
    at = _moment_of(before, after)
    return _keep(before, [Happened(event, at) for event in events])


def letter_sent(claim: Claim, kind: str, at: datetime.datetime) -> None:
    """A letter that was just written meets the clocks that wait for it, and the next deadline follows."""
    if kind in BY_LETTER and claim.is_open:
        due = _keep(claim, [Happened(BY_LETTER[kind], at)])
        if due != claim.due_at:
            change(claim, due_at=due)


def counted_anew(claim: Claim, jurisdiction: str) -> datetime.datetime | None:
    """Have the running clocks counted by the rules of another jurisdiction; returns the next deadline."""
    clocks = all_of(claim)
    known = {clock.pk for clock in clocks}
    read_anew(claim, clocks, rules_of(jurisdiction, claim.reported_date), timezone.now())
    _store(clocks, known, ended=[clock for clock in clocks if clock.ended_by == Event.CORRECTION])
    return _due(clocks)


def all_of(claim: Claim) -> list[Clock]:
    """The claim's clocks, stored by now: a claim that came without gets those that its steps so far tell of."""
    clocks = list(claim.clocks.select_related("rule"))
    return clocks or store_told(claim)


def store_told(claim: Claim) -> list[Clock]:
    """Store the clocks that the claim's steps so far tell of."""
    clocks = replayed(claim, told_by(claim, claim.transitions.all()), rules_of(claim.jurisdiction, claim.reported_date))
    Clock.objects.bulk_create(clocks)
    return clocks


def _keep(claim: Claim, happened: Iterable[Happened]) -> datetime.datetime | None:
    clocks = all_of(claim)
    known, before = {clock.pk for clock in clocks}, {clock.pk: clock.ended_at for clock in clocks}
    rules = rules_of(claim.jurisdiction, claim.reported_date)
    for each in happened:
        happen(claim, clocks, rules, each)
    _store(clocks, known, ended=[clock for clock in clocks if clock.pk in known and clock.ended_at != before[clock.pk]])
    return _due(clocks)


def _store(clocks: Sequence[Clock], known: set[UUID], ended: Sequence[Clock]) -> None:
    # What ended goes first: of a kind one runs at a time.
    if ended:
        Clock.objects.bulk_update(ended, MOVED)
    if new := [clock for clock in clocks if clock.pk not in known]:
        Clock.objects.bulk_create(new)


def _due(clocks: Iterable[Clock]) -> datetime.datetime | None:
    first = next_of(clocks)
    return first.due_at if first else None


def _moment_of(before: Claim, after: Claim) -> datetime.datetime:
    """When the step was, as it says on the claim; now, where it says nothing."""
    for name in ("processed_date", "appealed_at", "reopened_at", "closed_at"):
        if (moment := getattr(after, name)) is not None and moment != getattr(before, name):
            return moment  # type: ignore[no-any-return]  # each is a moment
    return timezone.now()
