"""Ending cover before the term's end: by who asks for it, or by itself when it lapses; with what is given back, and its renewal along."""

import datetime
from dataclasses import replace
from decimal import Decimal
from uuid import UUID

from django.utils import timezone

from policies.events import PolicyCancelled, PolicyCancelling
from policies.models import Policy, PolicyVersion, status_at
from policies.reading import Draft, has_begun, work_out
from policies.rules import check_share
from policies.services.booking import book, record
from policies.services.following import the_renewal, with_renewals
from policies.terms import Kind
from vanguard.accounts.models import User
from vanguard.accounts.permissions import require
from vanguard.audit import unit_of_work
from vanguard.errors import Conflict, FieldError, Invalid
from vanguard.events import consult, publish
from vanguard.money import ZERO
from vanguard.querysets import locked

Method, Reason = PolicyVersion.Method, Policy.CancellationReason
# What a person may name.
REASONS = [reason for reason in Reason if reason != Reason.PRIOR_TERM]
# What a short rate keeps of the unearned premium unless it is said.
PENALTY_SHARE = Decimal("0.10")


def cancel_policy(
    actor: User | None,
    policy_id: UUID,
    *,
    reason: str = Reason.INSURED_REQUEST,
    effective_at: datetime.datetime | None = None,
    method: str = "",
    penalty_share: Decimal | None = None,
    version: int | None = None,
) -> Policy:
    """End the cover at `effective_at` (now, unless given), inside the period, and with it a renewal that has not begun.

    See draft_cancellation. Raises as it does.
    """
    with unit_of_work(actor):
        policy = locked(Policy.objects.all(), policy_id, version)
        draft = draft_cancellation(
            actor, policy, reason=reason, effective_at=effective_at, method=method, penalty_share=penalty_share, hold=True
        )
        return cancel(draft, actor, reason, method or _method_for(reason))


def cancel(
    draft: Draft, actor: User | None, reason: str, method: str, because_of: str = "", lapsed_at: datetime.datetime | None = None
) -> Policy:
    """Book a cancellation that nothing stands against, with the renewal's; `lapsed_at` where it is a lapse."""
    policy, before = draft.policy, draft.policy.status
    book(
        draft,
        actor,
        reason=Reason(reason).label,
        method=method,
        cause=reason,
        lapsed_at=lapsed_at,
        status=Policy.Status.CANCELLED,
        # Where a gap reaches up to that moment, the cover had ended at the gap's beginning.
        cancelled_at=draft.after.cancelled_at,
        cancellation_reason=reason,
    )
    words = f"{policy.get_cancellation_reason_display()}{because_of and f', {because_of}'}{with_renewals(draft)}"
    record(policy, actor, "cancel", from_status=before, reason=words)
    publish(PolicyCancelled(policy.id, policy.policy_number, reason, actor.id if actor else None))
    for renewal in draft.along:
        cancel(renewal, actor, Reason.PRIOR_TERM, Method.FLAT, policy.policy_number, lapsed_at)
    return policy


def draft_cancellation(
    actor: User | None,
    policy: Policy,
    *,
    reason: str = Reason.INSURED_REQUEST,
    effective_at: datetime.datetime | None = None,
    method: str = "",
    penalty_share: Decimal | None = None,
    hold: bool = False,
) -> Draft:
    """What the cancellation would give back, and from its beginning that of a renewal which has not begun.

    `method` is flat for a flat reason, else pro rata, unless given; flat goes back to inception; `penalty_share` of the unearned
    premium is what a short rate keeps. `hold` is for who books it: renewals are locked.

    Raises Invalid; Conflict when the policy is not active, for a moment outside the period ("outside_period") or in a gap of its
    cover ("not_in_force"), and ("claims_outside") when a claim was approved or paid for a loss after that moment.
    """
    require(actor, "policies.cancel_policy")
    method = method or _method_for(reason)
    if errors := _check(reason, method, penalty_share):
        raise Invalid.of(errors)
    return _draft(policy, effective_at, method, penalty_share, timezone.now(), hold=hold)


def _draft(
    policy: Policy,
    effective_at: datetime.datetime | None,
    method: str,
    penalty_share: Decimal | None,
    now: datetime.datetime,
    *,
    hold: bool,
) -> Draft:
    # One that has lapsed is not cancelled on paper yet, and may be from an earlier moment.
    if (status := status_at(policy.status, policy.end_date, now)) != Policy.Status.ACTIVE:
        raise Conflict(f"The policy is {status}; only an active one can be cancelled.", code="not_allowed_now", field="status")
    moment = policy.start_date if method == Method.FLAT else effective_at or max(now, policy.start_date)
    if not policy.start_date <= moment < policy.end_date:
        raise Conflict("The cancellation takes effect within the policy's period.", code="outside_period", field="effective_date")
    kept = ZERO if method != Method.SHORT_RATE else _share_of(policy) if penalty_share is None else penalty_share
    draft = work_out(policy, Kind.CANCELLATION, moment, kept=kept)
    _refuse_gap(draft, method)
    if policy.lapsed_from() <= moment:
        raise Conflict("The policy has lapsed for non-payment before that.", code="not_in_force", field="effective_date")
    consult(PolicyCancelling(policy.id, moment))
    return _with_its_renewal(draft, now, hold=hold)


def _with_its_renewal(draft: Draft, now: datetime.datetime, *, hold: bool) -> Draft:
    """Nothing is left for it to renew. One that has begun by `now` by itself is another matter, and cancelled by itself. That of a term
    which has lapsed, booked or not, ends as it would by the lapse."""
    if (lapse := draft.policy.lapsed_from(now)) < draft.policy.end_date:
        return _with_what_lapses_along(draft, lapse, hold=hold)
    renewal = the_renewal(draft.policy, hold=hold)
    ends_too = renewal is not None and renewal.status == Policy.Status.ACTIVE and not has_begun(renewal, now)
    return replace(draft, along=(_draft(renewal, None, Method.FLAT, None, now, hold=hold),)) if renewal and ends_too else draft


def draft_lapse(policy: Policy, lapsed_at: datetime.datetime, *, hold: bool = True) -> Draft:
    """By instants alone: a renewal ends along that had not begun by then and has any cover, also one that is cancelled from later on."""
    draft = work_out(policy, Kind.CANCELLATION, lapsed_at)
    consult(PolicyCancelling(policy.id, lapsed_at))
    return _with_what_lapses_along(draft, lapsed_at, hold=hold)


def _with_what_lapses_along(draft: Draft, lapsed_at: datetime.datetime, *, hold: bool) -> Draft:
    renewal = the_renewal(draft.policy, hold=hold)
    if renewal is None or has_begun(renewal, lapsed_at) or (renewal.cancelled_at and renewal.cancelled_at <= renewal.start_date):
        return draft
    return replace(draft, along=(draft_lapse(renewal, renewal.start_date, hold=hold),))


def _refuse_gap(draft: Draft, method: str) -> None:
    """A moment at which there is no cover ends none; flat, which goes back to inception, undoes all there is."""
    held = draft.before.at(draft.new.effective_at)
    if method != Method.FLAT and held is not None and not held.in_force:
        raise Conflict(
            "The policy is not covered at that moment; its cover starts again later.", code="not_in_force", field="effective_date"
        )


def _share_of(policy: Policy) -> Decimal:
    """What a short rate keeps where nobody says otherwise: as the product version has it that the policy was issued on."""
    return policy.product_version.short_rate_share if policy.product_version else PENALTY_SHARE


def _method_for(reason: str) -> str:
    return Method.FLAT if reason == Reason.FLAT else Method.PRO_RATA


def _check(reason: str, method: str, penalty_share: Decimal | None) -> list[FieldError]:
    errors = []
    if reason not in REASONS:
        errors.append(FieldError("reason", "unknown", f"Reason is one of {', '.join(REASONS)}."))
    if method not in Method.values:
        errors.append(FieldError("method", "unknown", f"Method is one of {', '.join(Method.values)}."))
    if reason == Reason.FLAT and method != Method.FLAT:
        errors.append(FieldError("method", "contradicts", "A flat cancellation keeps nothing: its method is flat."))
    if penalty_share is not None:
        if method != Method.SHORT_RATE:
            errors.append(FieldError("penalty_share", "not_short_rate", "Only a short rate keeps a penalty."))
        errors += check_share(penalty_share)
    return errors
