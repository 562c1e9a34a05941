"""The next deadline of a claim: until when, what, and by which rule. California's fair-claims regulations are the company's standard."""

import datetime
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from claims.models import Claim


@dataclass(frozen=True, slots=True)
class Rule:
    """So many days after an event, says the citation."""

    action: str
    days: int
    event: str
    citation: str


ACKNOWLEDGE = Rule("Acknowledge and start", 15, "the report", "10 CCR 2695.5(e)")
DECIDE = Rule("Approve or deny", 40, "the report", "10 CCR 2695.7(b)")
DECIDE_AGAIN = Rule("Decide again", 40, "the reopening", "10 CCR 2695.7(b)")
SECOND_PERSON = Rule("Approve as second person", 40, "the report", "10 CCR 2695.7(b)")
SECOND_PERSON_AGAIN = Rule("Approve as second person", 40, "the reopening", "10 CCR 2695.7(b)")
APPEAL = Rule("Decide the appeal", 14, "the appeal", "Company rule")
PAY = Rule("Issue the payment", 30, "the approval", "10 CCR 2695.7(h)")
CLOSE = Rule("Close the file", 30, "the decision", "Company rule")


@dataclass(frozen=True, slots=True)
class Deadline:
    """`reason` is a sentence for people: "40 days after the report, 14 Oct"."""

    due_at: datetime.datetime
    action: str
    event: str
    event_at: datetime.datetime
    days: int
    citation: str

    @property
    def reason(self) -> str:
        return f"{self.days} days after {self.event}, {self.event_at.day} {self.event_at:%b}"


def next_deadline(claim: "Claim") -> Deadline | None:
    """What has to happen next on an open claim, and by when; None for a closed one. Reads the claim's own fields only."""
    if claim.closed_at is not None:
        return None
    rule, event_at = _rule_for(claim)
    due_at = end_of_day(event_at + datetime.timedelta(days=rule.days))
    return Deadline(due_at, rule.action, rule.event, event_at, rule.days, rule.citation)


def end_of_day(moment: datetime.datetime) -> datetime.datetime:
    """A deadline counts days, not hours: it is met until its last day is over (in UTC)."""
    return datetime.datetime.combine(moment.astimezone(datetime.UTC), datetime.time.max, datetime.UTC)


def _rule_for(claim: "Claim") -> tuple[Rule, datetime.datetime]:
    if claim.status == "pending":
        return ACKNOWLEDGE, claim.reported_date
    if claim.status == "processing" and claim.appealed_at is not None:
        return APPEAL, claim.appealed_at
    if claim.status == "processing":
        first, again = (SECOND_PERSON, SECOND_PERSON_AGAIN) if claim.stage == "awaiting_approval" else (DECIDE, DECIDE_AGAIN)
        return (again, claim.reopened_at) if claim.reopened_at else (first, claim.reported_date)
    decided_at = claim.processed_date or claim.reported_date
    unpaid = claim.status == "approved" and (claim.approved_amount or 0) > claim.paid_amount
    return (PAY if unpaid else CLOSE), decided_at
