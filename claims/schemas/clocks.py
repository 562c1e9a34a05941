"""Deadlines as the API takes and gives them. For staff."""

from datetime import datetime
from typing import Annotated, Literal, Self
from uuid import UUID

from claims.clocks.models import Clock
from claims.clocks.reading import why
from claims.schemas.claims import Reason
from vanguard.http.fields import Text
from vanguard.http.schema import In, Maybe, Out

Jurisdiction = Annotated[str, Text(10, blank=True)]


class ExtendIn(In):
    reason: Reason


class JurisdictionIn(In):
    """A state as US-CA; empty for the company's standard."""

    jurisdiction: Jurisdiction
    reason: Reason


class InquiryIn(In):
    """What the insurance department asks, or what it was answered."""

    reason: Reason


class ClockOut(Out):
    """A deadline: `reason` is the sentence behind it. One without `endedAt` runs; `met` says whether it ended by being done.

    The clocks of a claim that came without them are told by its steps and have no `id`: there is nothing to put off.
    """

    id: Maybe[UUID] = None
    kind: Literal["acknowledge", "inquiry", "reply", "appeal", "decide", "decide_again", "status", "pay", "close"]
    action: str
    reason: str
    citation: str
    jurisdiction: Maybe[str] = None
    started_at: datetime
    due_at: datetime
    ended_at: Maybe[datetime] = None
    ended_by: Maybe[str] = None
    met: bool
    breached: bool
    extension_days: Maybe[int] = None
    extended_at: Maybe[datetime] = None
    extended_from: Maybe[datetime] = None
    extension_reason: Maybe[str] = None

    @classmethod
    def show(cls, clock: Clock) -> Self:
        """Its rule has been read along."""
        rule = clock.rule
        return cls(
            id=None if clock._state.adding else clock.pk,
            kind=clock.kind,
            action=rule.action,
            reason=why(clock),
            citation=rule.citation,
            jurisdiction=rule.jurisdiction,
            started_at=clock.started_at,
            due_at=clock.due_at,
            ended_at=clock.ended_at,
            ended_by=clock.ended_by,
            met=clock.met,
            breached=clock.is_breached,
            extension_days=rule.extension_days if clock.allows_extension else None,
            extended_at=clock.extended_at,
            extended_from=clock.extended_from,
            extension_reason=clock.extension_reason,
        )
