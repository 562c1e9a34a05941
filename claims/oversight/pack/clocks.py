"""The clocks that ran on a claim, with their citations. The one place to ask; today it reads the rules of claims.deadlines."""

import datetime
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from claims.deadlines import ACKNOWLEDGE, CLOSE, DECIDE, DECIDE_AGAIN, PAY, Rule, end_of_day
from claims.folder import Occasion
from claims.models import ClaimTransition
from vanguard.money import ZERO


@dataclass(frozen=True, slots=True)
class Ran:
    """One clock: its rule, since when, until when, what stopped it when, and how that came out."""

    action: str
    rule: str
    citation: str
    started_at: datetime.datetime
    due_at: datetime.datetime
    stopped_at: datetime.datetime | None
    outcome: str


def clocks_of(occasion: Occasion) -> list[Ran]:
    """In the order in which they started."""
    return sorted(_all(occasion), key=lambda ran: (ran.started_at, ran.due_at))


def _all(occasion: Occasion) -> Iterator[Ran]:
    claim, steps = occasion.claim, occasion.steps
    yield _ran(ACKNOWLEDGE, claim.reported_date, _first(steps, claim.reported_date, "start"), occasion)
    yield _ran(DECIDE, claim.reported_date, _first(steps, claim.reported_date, "approve", "deny"), occasion)
    for step in steps:
        if step.command == "reopen":
            yield _ran(DECIDE_AGAIN, step.at, _first(steps, step.at, "approve", "deny"), occasion)
        if step.command == "approve" and (step.amount or ZERO) > ZERO:
            yield _ran(PAY, step.at, _first(steps, step.at, "pay", "reopen"), occasion)
        if step.command in ("approve", "deny"):
            yield _ran(CLOSE, step.at, _first(steps, step.at, "close", "reopen"), occasion)


def _ran(rule: Rule, since: datetime.datetime, stopped: datetime.datetime | None, occasion: Occasion) -> Ran:
    due = end_of_day(since + datetime.timedelta(days=rule.days))
    if stopped is None:
        outcome = "missed, not done by then" if due < occasion.as_of else "running"
    else:
        outcome = "kept" if stopped <= due else "missed"
    return Ran(rule.action, f"{rule.days} days after {rule.event}", rule.citation, since, due, stopped, outcome)


def _first(steps: Sequence[ClaimTransition], since: datetime.datetime, *commands: str) -> datetime.datetime | None:
    return next((step.at for step in steps if step.command in commands and step.at >= since), None)
