"""How every booking is made: worked out and shown (policies.reading.drafts), then written in the caller's transaction."""

import datetime
from typing import Any
from uuid import UUID

from django.utils import timezone

from policies.events import CoverStretch, PolicyTermsChanging, PremiumBooked
from policies.models import Policy, PolicySegment, PolicyTransition, PolicyVersion
from policies.models.values import stored, stored_covers
from policies.reading import Draft
from policies.terms import Kind, Segment, Term, Timeline, Transaction, fields_of
from vanguard import context
from vanguard.accounts.models import User
from vanguard.audit import change
from vanguard.events import consult
from vanguard.making import new

TERMS = ("policy_type", "premium_amount", "coverage_amount", "deductible_amount", "start_date", "end_date")
TICK = datetime.timedelta(microseconds=1)


def ask_right(policy: Policy, after: Timeline, pinned: UUID | None, moved_by: str = "") -> None:
    """Ask the rooms to the right whether what they know stays covered, on the version of its product that the policy will be on."""
    stretches = tuple(CoverStretch(each.starts_at, each.ends_at, each.terms) for each in after.segments if each.in_force)
    consult(PolicyTermsChanging(policy.id, pinned, after.term.starts_at, after.term.ends_at, stretches, moved_by))


def book(
    draft: Draft,
    actor: User | None,
    *,
    reason: str = "",
    method: str = "",
    cause: str = "",
    lapsed_at: datetime.datetime | None = None,
    **values: Any,
) -> PolicyVersion:
    """Write the version, its segments, and the policy as it now is, with `values` in other columns; tell who reckons with premium.

    The policy's row is locked by the caller, so numbers and times of booking go up whatever the clocks of several machines say.
    """
    policy, now = draft.policy, timezone.now()
    if policy.renews_id is not None:
        # What was booked on the term before it, just now, may have ended the notice that ends both.
        _read_lapse(policy)
    version, segments = _rows(policy, draft.new, draft.before, draft.after, max(now, draft.booked_last + TICK), actor)
    version.reason, version.method, version.cause, version.lapsed_at = reason, method, cause, lapsed_at
    _insert(version, segments)
    change(policy, **(standing(draft.after, now) | {"booked_versions": version.number} | values))
    tell_premium(version)
    # A premium that is less may have paid what notice was given of.
    _read_lapse(policy)
    return version


def _read_lapse(policy: Policy) -> None:
    """Billing writes it, on a policy object of its own."""
    if policy.lapses_at is not None:
        policy.refresh_from_db(fields=["lapses_at", "version", "updated_at"])


def book_first(policy: Policy, kind: Kind, actor: User | None) -> PolicyVersion:
    """The first version of a policy that has just been inserted."""
    version, segments = first_version(policy, kind, policy.created_at, actor)
    _insert(version, segments)
    tell_premium(version)
    return version


def first_version(
    policy: Policy, kind: Kind, booked_at: datetime.datetime, actor: User | None = None
) -> tuple[PolicyVersion, list[PolicySegment]]:
    """The rows that begin a policy's history, not written yet: a term in one segment, which needs no arithmetic (books are imported)."""
    version = new(
        PolicyVersion,
        policy=policy,
        number=1,
        kind=kind.value,
        effective_at=policy.start_date,
        booked_at=booked_at,
        changes=stored({name: getattr(policy, name) for name in TERMS} | fields_of(policy.own_covers)),
        premium_change=policy.premium_amount,
        written_premium=policy.premium_amount,
        actor=actor,
        correlation_id=context.correlation_id.get(),
    )
    whole = new(
        PolicySegment,
        version=version,
        starts_at=policy.start_date,
        ends_at=policy.end_date,
        days=Term(policy.start_date, policy.end_date).days,
        policy_type=policy.policy_type,
        term_premium=policy.premium_amount,
        coverage_amount=policy.coverage_amount,
        deductible_amount=policy.deductible_amount,
        covers=policy.covers,
        in_force=True,
        premium=policy.premium_amount,
    )
    return version, [whole]


def tell_premium(version: PolicyVersion) -> None:
    """See policies.events.PremiumBooked."""
    consult(
        PremiumBooked(
            version.policy_id,
            version.number,
            version.kind,
            version.premium_change,
            version.effective_at,
            version.booked_at,
            version.actor_id,
        )
    )


def standing(after: Timeline, now: datetime.datetime) -> dict[str, Any]:
    """The policy's own columns: the terms that hold now, and when the next ones that are booked will."""
    held = after.nearest(now)
    later = (each.starts_at for each in after.segments if each.starts_at > now and each.terms != held.terms)
    return {
        "policy_type": held.terms.policy_type,
        "premium_amount": held.terms.premium_amount,
        "coverage_amount": held.terms.coverage_amount,
        "deductible_amount": held.terms.deductible_amount,
        "covers": stored_covers(dict(held.terms.covers)),
        "next_change_at": next(later, None),
    }


def record(policy: Policy, actor: User | None, command: str, *, from_status: str, reason: str = "") -> None:
    """The history row of a step that has just been made."""
    PolicyTransition.objects.create(
        at=policy.updated_at,
        policy=policy,
        actor=actor,
        command=command,
        from_status=from_status,
        to_status=policy.status,
        reason=reason,
        correlation_id=context.correlation_id.get(),
    )


def _rows(
    policy: Policy, new: Transaction, before: Timeline, after: Timeline, booked_at: datetime.datetime, actor: User | None
) -> tuple[PolicyVersion, list[PolicySegment]]:
    version = PolicyVersion(
        policy=policy,
        number=new.number,
        kind=new.kind.value,
        effective_at=new.effective_at,
        booked_at=booked_at,
        changes=stored(new.changes),
        through=sorted(new.through),
        penalty_share=new.kept,
        premium_change=after.written - before.written,
        written_premium=after.written,
        actor=actor,
        correlation_id=context.correlation_id.get(),
    )
    return version, [_segment(version, each) for each in after.segments]


def _segment(version: PolicyVersion, segment: Segment) -> PolicySegment:
    return PolicySegment(
        version=version,
        starts_at=segment.starts_at,
        ends_at=segment.ends_at,
        days=segment.days,
        policy_type=segment.terms.policy_type,
        term_premium=segment.terms.premium_amount,
        coverage_amount=segment.terms.coverage_amount,
        deductible_amount=segment.terms.deductible_amount,
        covers=stored_covers(dict(segment.terms.covers)),
        in_force=segment.in_force,
        premium=segment.premium,
    )


def _insert(version: PolicyVersion, segments: list[PolicySegment]) -> None:
    version.save(force_insert=True)
    PolicySegment.objects.bulk_create(segments)
