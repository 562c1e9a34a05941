"""What a booking would come to: the figures that the services work out before they write anything."""

from datetime import datetime
from uuid import UUID

from policies.reading import Behind, Draft
from policies.rules import field_of, label_of
from policies.schemas.covers import shown_own
from policies.schemas.versions import SegmentOut
from policies.schemas.words import VersionKind
from policies.terms import FieldClash, Segment
from vanguard.http.errors import as_caller_writes
from vanguard.http.schema import Amount, Maybe, Out


class ClashOut(Out):
    """A field that `version`, booked before, changes to `later` at `effectiveAt`; this booking would make it `this`."""

    field: str
    label: str
    version: int
    effective_at: datetime
    later: str
    this: str

    @classmethod
    def show(cls, clash: FieldClash) -> "ClashOut":
        return cls(
            field=as_caller_writes(field_of(clash.field)),
            label=label_of(clash.field),
            version=clash.number,
            effective_at=clash.effective_at,
            later=str(clash.later),
            this=str(clash.this),
        )


class SettlementOut(Out):
    """earned + penalty + refund = the premium before."""

    earned_amount: Amount
    penalty_amount: Amount
    refund_amount: Amount
    days: int
    term_days: int


class AlongOut(Out):
    """What is booked on a renewal along with it."""

    policy_id: UUID
    policy_number: str
    kind: VersionKind
    effective_at: datetime
    premium_change: Amount

    @classmethod
    def show(cls, draft: Draft) -> "AlongOut":
        return cls(
            policy_id=draft.policy.pk,
            policy_number=draft.policy.policy_number,
            kind=draft.new.kind.value,
            effective_at=draft.new.effective_at,
            premium_change=draft.premium_change,
        )


class BehindOut(Out):
    """A field in which the renewal begins on another value than the term before it ends on; `own` where it was given that on purpose."""

    field: str
    label: str
    renewal: str
    now: str
    own: bool

    @classmethod
    def show(cls, found: Behind) -> "BehindOut":
        field = as_caller_writes(field_of(found.field))
        return cls(field=field, label=label_of(found.field), renewal=str(found.renewal), now=str(found.now), own=found.own)


class PreviewOut(Out):
    """What would be booked as version `number`, on the policy as it stands now; nothing is written.

    `needsApproval`: it would wait for a second person. `clashes` are the fields of which `keep` has to say whose value holds.
    `ratedPremium` is, where an endorsement changes what was sold at a product's rates, what these come to for a whole term on the new
    figures; the premium that is sent is the one that is booked, and where none is sent it stays.
    `along` is what would be booked on renewals with it, `behind` in what the renewal would stand on older terms, and
    `staysCancelled` the number of a renewal that a reinstatement does not bring back.
    """

    policy_id: UUID
    number: int
    kind: VersionKind
    effective_at: datetime
    premium_before: Amount
    premium_after: Amount
    premium_change: Amount
    rated_premium: Maybe[Amount] = None
    needs_approval: bool
    clashes: list[ClashOut]
    settlement: Maybe[SettlementOut] = None
    along: list[AlongOut]
    behind: list[BehindOut]
    stays_cancelled: Maybe[str] = None
    segments: list[SegmentOut]

    @classmethod
    def show(cls, draft: Draft) -> "PreviewOut":
        return cls(
            policy_id=draft.policy.pk,
            number=draft.new.number,
            kind=draft.new.kind.value,
            effective_at=draft.new.effective_at,
            premium_before=draft.before.written,
            premium_after=draft.after.written,
            premium_change=draft.premium_change,
            rated_premium=draft.rated,
            needs_approval=draft.waits,
            clashes=[ClashOut.show(clash) for clash in draft.clashes],
            settlement=_settlement(draft) if draft.new.kind == "cancellation" else None,
            along=[AlongOut.show(each) for each in draft.all_along],
            behind=[BehindOut.show(each) for each in draft.behind],
            stays_cancelled=draft.stays_cancelled.policy_number if draft.stays_cancelled else None,
            segments=[_segment(each) for each in draft.after.segments],
        )


def _settlement(draft: Draft) -> SettlementOut:
    found = draft.settled
    return SettlementOut(
        earned_amount=found.earned, penalty_amount=found.penalty, refund_amount=found.refund, days=found.days, term_days=found.term_days
    )


def _segment(segment: Segment) -> SegmentOut:
    return SegmentOut(
        starts_at=segment.starts_at,
        ends_at=segment.ends_at,
        days=segment.days,
        policy_type=segment.terms.policy_type,
        term_premium=segment.terms.premium_amount,
        coverage_amount=segment.terms.coverage_amount,
        deductible_amount=segment.terms.deductible_amount,
        covers=shown_own(dict(segment.terms.covers)),
        in_force=segment.in_force,
        premium=segment.premium,
    )
