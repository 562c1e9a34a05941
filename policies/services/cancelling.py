"""Ending cover before the term's end, and putting it back, with what is given back and charged again."""

import datetime
from dataclasses import replace
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone

from policies.events import PolicyCancelled, PolicyCancelling, PolicyReinstated
from policies.models import CAUSES, PAID_BEFORE, Policy, PolicyVersion, status_at
from policies.reading import Draft, has_begun, versions_of, work_out
from policies.reading.history import lapses_of
from policies.rules import check_share
from policies.services.booking import book, record
from policies.services.following import the_renewal
from policies.services.known_loss import ask_second_person, needs_second_person, refuse_known_loss
from policies.terms import Kind, Timeline, timeline
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
LAPSE_NOT_BOOKED = (
    "The policy has lapsed for non-payment. It can be reinstated once chase_unpaid has booked that; where a claim was approved for a loss "
    "after the lapse, its run reports the policy as held, and the claim is reopened first."
)


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
        return _cancel(draft, actor, reason, method or _method_for(reason))


def book_lapse(policy: Policy, lapsed_at: datetime.datetime) -> Policy:
    """Write down that the cover ended at `lapsed_at`, however late that is done: also when the term has ended, or is called expired.

    A renewal that had not begun by then ends with it. The caller holds the policy's lock. Raises Conflict ("claims_outside") when a
    claim was approved or paid for a loss after that moment, also on that renewal.
    """
    return _cancel(_draft_lapse(policy, lapsed_at), None, Reason.NON_PAYMENT, Method.PRO_RATA, lapsed_at=lapsed_at)


def can_lapse(policy: Policy, lapsed_at: datetime.datetime) -> bool:
    """Whether nothing stands against a lapse at `lapsed_at`, here or on the renewal that would end along. The policy's lock is held."""
    try:
        _draft_lapse(policy, lapsed_at)
    except Conflict:
        return False
    return True


def _draft_lapse(policy: Policy, lapsed_at: datetime.datetime, *, hold: bool = True) -> Draft:
    """By instants alone: a renewal ends along that had not begun by then and has any cover, also one that is cancelled from later on."""
    draft = work_out(policy, Kind.CANCELLATION, lapsed_at)
    consult(PolicyCancelling(policy.id, lapsed_at))
    return _with_what_lapses_along(draft, lapsed_at, hold=hold)


def _with_what_lapses_along(draft: Draft, lapsed_at: datetime.datetime, *, hold: bool) -> Draft:
    renewal = the_renewal(draft.policy, hold=hold)
    if renewal is None or has_begun(renewal, lapsed_at) or (renewal.cancelled_at and renewal.cancelled_at <= renewal.start_date):
        return draft
    return replace(draft, along=(_draft_lapse(renewal, renewal.start_date, hold=hold),))


def reinstated_by_hand(policy: Policy, since: datetime.datetime) -> bool:
    """Whether a person has put the cover back since that moment, as against undo_lapse."""
    return versions_of(policy).filter(kind=Kind.REINSTATEMENT, booked_at__gte=since).exclude(cause=PAID_BEFORE).exists()


def undo_lapse(actor: User | None, policy: Policy, lapsed_at: datetime.datetime) -> bool:
    """Bring back, without a gap, the cover that was written down as ended at `lapsed_at`: `actor` books that it was paid for before that.

    By right: nobody has to agree, and losses that are known by now are covered. A renewal that was cancelled along comes back, begun or
    not; but one that has begun stays cancelled where a loss in it is known, to be reinstated by itself. A cancellation from a later
    moment, which the lapse went before, holds again. The caller holds the policy's lock. False, with nothing done, where more than that
    stands against the cover since: that is a person's to put right.
    """
    lapse = lapses_of(policy).filter(effective_at=lapsed_at)
    draft = _again(policy, lapsed_at, lapsed_at, hold=True)
    without = _without(draft, lapse)
    later = _cancelled_later(policy, without, lapsed_at)
    held, until = draft.before.at(lapsed_at), later.effective_at if later else policy.end_date
    if held is None or held.in_force or not _covers(without, lapsed_at, until):
        return False
    draft, later_ones = _as_before(draft, lapse)
    reinstate(draft, actor, dict(CAUSES)[PAID_BEFORE], cause=PAID_BEFORE)
    for each, version in later_ones:
        again = work_out(each, Kind.CANCELLATION, version.effective_at, kept=version.penalty_share)
        # A later lapse stays nobody's, to be undone in its turn.
        _cancel(again, actor if version.actor_id else None, version.cause, version.method, lapsed_at=version.lapsed_at)
    return True


def _as_before(draft: Draft, ended: QuerySet[PolicyVersion]) -> tuple[Draft, list[tuple[Policy, PolicyVersion]]]:
    """What to reinstate, and which cancellations from later on then hold again, so that all is as it was before those versions."""
    later = _cancelled_later(draft.policy, _without(draft, ended), draft.new.effective_at)
    if later:
        # What renews a term that stays cancelled stays cancelled along.
        return replace(draft, along=()), [(draft.policy, later)]
    renewals = [_as_before(each, _ended_along(each.policy)) for each in draft.along if not _covers_known_loss(each)]
    along = tuple(each for each, _ in renewals)
    return replace(draft, along=along), [found for _, later_ones in renewals for found in later_ones]


def _covers_known_loss(renewal: Draft) -> bool:
    """Whether a renewal that has begun would cover a loss that is known by now: what came in time has paid for the term before it only."""
    if not has_begun(renewal.policy):
        return False
    try:
        refuse_known_loss(renewal)
    except Conflict:
        return True
    return False


def _ended_along(renewal: Policy) -> QuerySet[PolicyVersion]:
    return versions_of(renewal).filter(cause=Reason.PRIOR_TERM)


def _without(draft: Draft, versions: QuerySet[PolicyVersion]) -> Timeline:
    numbers = set(versions.values_list("number", flat=True))
    return timeline(each for each in draft.booked if each.number not in numbers)


def _covers(term: Timeline, since: datetime.datetime, until: datetime.datetime) -> bool:
    return all(each.in_force for each in term.segments if each.ends_at > since and each.starts_at < until)


def _cancelled_later(policy: Policy, term: Timeline, moment: datetime.datetime) -> PolicyVersion | None:
    if term.cancelled_at is None or term.cancelled_at <= moment:
        return None
    return versions_of(policy).filter(kind=Kind.CANCELLATION, effective_at=term.cancelled_at).last()


def _cancel(
    draft: Draft, actor: User | None, reason: str, method: str, because_of: str = "", lapsed_at: datetime.datetime | None = None
) -> Policy:
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
    words = f"{policy.get_cancellation_reason_display()}{because_of and f', {because_of}'}{_with_renewals(draft)}"
    record(policy, actor, "cancel", from_status=before, reason=words)
    publish(PolicyCancelled(policy.id, policy.policy_number, reason, actor.id if actor else None))
    for renewal in draft.along:
        _cancel(renewal, actor, Reason.PRIOR_TERM, Method.FLAT, policy.policy_number, lapsed_at)
    return policy


def _with_renewals(draft: Draft) -> str:
    return "".join(f", with its renewal {renewal.policy}" for renewal in draft.along)


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


def reinstate_policy(
    actor: User | None,
    policy_id: UUID,
    *,
    effective_at: datetime.datetime | None = None,
    reason: str = "",
    no_known_loss: str = "",
    version: int | None = None,
) -> Policy:
    """Put a cancelled policy in force again. Where a second person has to approve, the request is kept and it stays cancelled.

    Raises as draft_reinstatement does, and Conflict ("waiting") while another request waits.
    """
    with unit_of_work(actor):
        policy = locked(Policy.objects.all(), policy_id, version)
        draft = draft_reinstatement(actor, policy, effective_at=effective_at, no_known_loss=no_known_loss, hold=True)
        if draft.waits:
            return ask_second_person(draft, actor, statement=no_known_loss, reason=reason)
        return reinstate(draft, actor, reason)


def reinstate(draft: Draft, actor: User | None, reason: str, *, cause: str = "") -> Policy:
    """Book a reinstatement that nothing stands against, with the renewal's; `cause` says that it is by right."""
    policy, before = draft.policy, draft.policy.status
    moment = f"{_from_when(draft)}{_with_renewals(draft)}"
    standing: dict[str, Any] = {"status": Policy.Status.ACTIVE, "cancelled_at": None, "cancellation_reason": ""}
    made = book(draft, actor, reason=reason.strip(), cause=cause, **standing)
    record(policy, actor, "reinstate", from_status=before, reason=moment)
    publish(PolicyReinstated(policy.id, policy.policy_number, made.effective_at, made.premium_change, actor.id if actor else None))
    for renewal in draft.along:
        reinstate(renewal, actor, f"Along with {policy}", cause=cause)
    return policy


def draft_reinstatement(
    actor: User | None,
    policy: Policy,
    *,
    effective_at: datetime.datetime | None = None,
    no_known_loss: str = "",
    approved: bool = False,
    hold: bool = False,
) -> Draft:
    """What the reinstatement would charge again. Without a moment there is no gap: it is as if it had not been cancelled.

    A renewal that was cancelled along comes back along, gap or not, as long as its term has not begun. `approved`: a second person
    has approved cover over a known loss. `hold` is for who books it: renewals are locked. Raises Conflict when the policy is not
    cancelled, ("prior_cancelled") while the term before it is, for a moment before the cancellation or after the period, and
    ("known_loss") for cover over a known loss without the insured's statement.
    """
    require(actor, "policies.reinstate_policy")
    if policy.lapsed_from() < (policy.cancelled_at or policy.end_date):
        raise Conflict(LAPSE_NOT_BOOKED, code="lapse_not_booked", field="status")
    if policy.cancelled_at is None:
        raise Conflict(
            f"The policy is {policy.current_status}; only a cancelled one can be reinstated.", code="not_allowed_now", field="status"
        )
    _refuse_without_prior(policy)
    moment = effective_at or policy.cancelled_at
    if not policy.cancelled_at <= moment < policy.end_date:
        message = f"The cover starts again between its cancellation, {policy.cancelled_at:%Y-%m-%d %H:%M} UTC, and the end of the term."
        raise Conflict(message, code="outside_period", field="effective_date")
    draft = _again(policy, moment, timezone.now(), hold=hold)
    return draft if approved else replace(draft, waits=needs_second_person(draft, no_known_loss))


def _refuse_without_prior(policy: Policy) -> None:
    prior = policy.renews if policy.cancellation_reason == Reason.PRIOR_TERM else None
    if prior is not None and prior.cancelled_at is not None:
        message = f"It renews {prior}, which is cancelled: reinstate that, and this one comes back along."
        raise Conflict(message, code="prior_cancelled", field="status")


def _again(policy: Policy, moment: datetime.datetime, now: datetime.datetime, *, hold: bool) -> Draft:
    draft = work_out(policy, Kind.REINSTATEMENT, moment)
    renewal = the_renewal(policy, hold=hold)
    if renewal is None or renewal.cancellation_reason != Reason.PRIOR_TERM:
        return draft
    if has_begun(renewal, now):
        return replace(draft, stays_cancelled=renewal)
    return replace(draft, along=(_again(renewal, renewal.start_date, now, hold=hold),))


def _from_when(draft: Draft) -> str:
    moment = draft.new.effective_at
    return "Without a gap" if moment == draft.policy.cancelled_at else f"From {moment:%Y-%m-%d %H:%M} UTC"
