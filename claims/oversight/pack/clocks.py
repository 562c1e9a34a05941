"""The clocks that ran on a claim, with their citations: its rows, or of a claim that came without them what its steps tell of."""

import datetime
from dataclasses import dataclass

from claims.clocks.jurisdiction import words_of
from claims.clocks.models import Clock, Event
from claims.clocks.reading import clocks_of as all_clocks
from claims.clocks.reading import why
from claims.folder import Occasion


@dataclass(frozen=True, slots=True)
class Ran:
    """One clock: under which law, its rule, since when, until when, what stopped it when, and how that came out."""

    jurisdiction: str
    action: str
    rule: str
    citation: str
    started_at: datetime.datetime
    due_at: datetime.datetime
    stopped_at: datetime.datetime | None
    outcome: str


def clocks_of(occasion: Occasion) -> list[Ran]:
    """In the order in which they started, as they were known at the occasion."""
    clocks = all_clocks(occasion.claim, occasion.steps)
    return [_ran(clock, occasion.as_of) for clock in clocks if clock.started_at <= occasion.as_of]


def _ran(clock: Clock, as_of: datetime.datetime) -> Ran:
    ended = clock.ended_at if clock.ended_at is not None and clock.ended_at <= as_of else None
    due = clock.known_at(as_of) or clock.due_at
    rule, said = clock.rule, why(clock)
    return Ran(
        words_of(rule.jurisdiction), rule.action, said, rule.citation, clock.started_at, due, ended, _outcome(clock, due, ended, as_of)
    )


def _outcome(clock: Clock, due: datetime.datetime, ended: datetime.datetime | None, as_of: datetime.datetime) -> str:
    if ended is None:
        return "missed, not done by then" if due < as_of else "running"
    if due < ended:
        return "missed"
    return "kept" if clock.met else f"ended by {Event(clock.ended_by).label}"
