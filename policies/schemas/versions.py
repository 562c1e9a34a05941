"""A policy's versions, and the policy as it was."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from policies.models import Policy, PolicyVersion
from policies.reading import AsOf, cancelled_for, status_then
from policies.rules import field_of
from policies.schemas.covers import CoversOut, shown_covers
from policies.schemas.policy import PolicyOut
from policies.schemas.words import Cause, Method, VersionKind
from vanguard.http.errors import as_caller_writes
from vanguard.http.fields import UtcDateTime
from vanguard.http.paging import ListParams
from vanguard.http.schema import Amount, Maybe, Out, Params


class AsOfOut(Out):
    """Which version and which stretch of the term a reading shows; `left_out` versions were booked later."""

    effective_at: datetime
    known_at: datetime
    version: int
    in_force: bool
    starts_at: datetime
    ends_at: datetime
    written_premium: Amount
    left_out: int


class PolicyReading(PolicyOut):
    """A policy; with `effective_at` or `known_at` asked for, as it was then, and `asOf` says how."""

    as_of: Maybe[AsOfOut] = None


class SegmentOut(Out):
    """A stretch of the term: `term_premium` for the whole term on these terms, `premium` for the stretch."""

    derived: ClassVar[Mapping[str, Callable[[Any], Any]]] = {"covers": lambda segment: shown_covers(segment.covers)}

    starts_at: datetime
    ends_at: datetime
    days: int
    policy_type: str
    term_premium: Amount
    coverage_amount: Amount
    deductible_amount: Amount
    covers: Maybe[CoversOut] = None
    in_force: bool
    premium: Amount


class VersionOut(Out):
    """One booking, what it changed, and the term as it was known after it.

    `cause` is the reason of a cancellation as a code, and `paid_before` of a reinstatement by right. `lapsedAt` is when the grace had run
    out unpaid, of this term or of the one before it, where the cancellation writes that down.
    """

    id: UUID
    policy_id: UUID
    number: int
    kind: VersionKind
    effective_at: datetime
    booked_at: datetime
    changes: dict[str, Any]
    method: Maybe[Method] = None
    penalty_share: Maybe[Amount] = None
    premium_change: Amount
    written_premium: Amount
    reason: Maybe[str] = None
    cause: Maybe[Cause] = None
    lapsed_at: Maybe[datetime] = None
    actor_id: Maybe[UUID] = None
    correlation_id: Maybe[str] = None
    segments: list[SegmentOut]

    @classmethod
    def of(cls, source: PolicyVersion) -> "VersionOut":
        """`source` has its segments loaded."""
        shown = {name: getattr(source, name) for name in cls.model_fields if name not in ("changes", "segments", "penalty_share")}
        return cls(
            **shown,
            changes={as_caller_writes(field_of(name)): value for name, value in source.values.items()},
            penalty_share=source.penalty_share or None,
            segments=[SegmentOut.of(segment) for segment in source.segments.all()],
        )


class VersionListParams(ListParams):
    """In the order of booking, the last one first unless sorted otherwise."""

    sorts: ClassVar[tuple[str, ...]] = ("number",)
    default_sort: ClassVar[str] = "-number"


class AsOfParams(Params):
    """The time machine: as effective at one moment, as known at another; either is now where the other is asked for alone."""

    effective_at: UtcDateTime | None = None
    known_at: UtcDateTime | None = None


def reading_of(policy: Policy, held: AsOf) -> PolicyReading:
    """The policy as it was."""
    terms = held.segment
    return PolicyReading(
        id=policy.id,
        policy_number=policy.policy_number,
        customer_id=policy.customer_id,
        policy_type=terms.policy_type,
        premium_amount=terms.term_premium,
        coverage_amount=terms.coverage_amount,
        deductible_amount=terms.deductible_amount,
        covers=shown_covers(terms.covers),
        start_date=held.segments[0].starts_at,
        end_date=held.segments[-1].ends_at,
        status=status_then(held),
        cancelled_at=held.cancelled_at,
        cancellation_reason=cancelled_for(held),
        renews_id=policy.renews_id,
        time_zone=policy.time_zone,
        created_at=policy.created_at,
        updated_at=held.version.booked_at,
        as_of=AsOfOut(
            effective_at=held.effective_at,
            known_at=held.known_at,
            version=held.version.number,
            in_force=held.in_force,
            starts_at=terms.starts_at,
            ends_at=terms.ends_at,
            written_premium=held.version.written_premium,
            left_out=held.left_out,
        ),
    )
