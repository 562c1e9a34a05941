"""Indicators and special investigation as the API takes and gives them. For staff who may: a policyholder sees none of it."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from claims.fraud.facts import assessment_of
from claims.fraud.models import Referral
from claims.models import Claim
from vanguard.http.fields import Text
from vanguard.http.schema import In, Maybe, Out

Words = Annotated[str, Text(10_000, multiline=True)]


class ReferIn(In):
    reason: Words


class InvestigationNoteIn(In):
    """It cannot be changed later."""

    text: Words


class CloseReferralIn(In):
    outcome: Literal["founded", "unfounded"]
    reason: Words


class IndicatorOut(Out):
    """What was seen, why, and what it adds to the score."""

    code: str
    title: str
    reason: str
    weight: int


class IndicatorsOut(Out):
    """The score by the rules as they are now. It suggests a referral from `threshold` on, and decides nothing."""

    score: int
    threshold: int
    suggests_referral: bool
    indicators: list[IndicatorOut]
    referred_at: Maybe[datetime] = None
    outcome: Maybe[str] = None

    @classmethod
    def show(cls, claim: Claim) -> "IndicatorsOut":
        """Reads the facts, the rules and the latest referral."""
        found, referral = assessment_of(claim), claim.referrals.order_by("referred_at", "id").last()
        return cls(
            score=found.score,
            threshold=found.threshold,
            suggests_referral=found.suggests,
            indicators=[IndicatorOut.of(hit) for hit in found.hits],
            referred_at=referral.referred_at if referral else None,
            outcome=referral.outcome if referral else None,
        )


class InvestigationNoteOut(Out):
    id: UUID
    author_id: Maybe[UUID] = None
    text: str
    created_at: datetime


class InvestigationOut(Out):
    """The latest referral, as it was made, with its notes."""

    id: UUID
    reason: str
    score: int
    referred_by_id: Maybe[UUID] = None
    referred_at: datetime
    outcome: Maybe[Literal["founded", "unfounded"]] = None
    outcome_reason: Maybe[str] = None
    closed_at: Maybe[datetime] = None
    notes: list[InvestigationNoteOut]

    @classmethod
    def show(cls, referral: Referral) -> "InvestigationOut":
        own = {name: getattr(referral, name) for name in cls.model_fields if name != "notes"}
        return cls(**own, notes=[InvestigationNoteOut.of(note) for note in referral.notes.all()])
