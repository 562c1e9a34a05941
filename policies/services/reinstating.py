"""Putting cover back that was ended, with what is charged again, and its renewal along."""

import datetime
from dataclasses import replace
from typing import Any
from uuid import UUID

from django.utils import timezone

from policies.events import PolicyReinstated
from policies.models import Policy
from policies.reading import Draft, has_begun, work_out
from policies.services.booking import book, record
from policies.services.following import the_renewal, with_renewals
from policies.services.known_loss import ask_second_person, needs_second_person
from policies.terms import Kind
from vanguard.accounts.models import User
from vanguard.accounts.permissions import require
from vanguard.accounts.zones import clock_words, zone_of
from vanguard.audit import unit_of_work
from vanguard.errors import Conflict
from vanguard.events import publish
from vanguard.querysets import locked

Reason = Policy.CancellationReason
LAPSE_NOT_BOOKED = (
    "The policy has lapsed for non-payment. It can be reinstated once chase_unpaid has booked that; where a claim was approved for a loss "
    "after the lapse, its run reports the policy as held, and the claim is reopened first."
)


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
    moment = f"{_from_when(draft)}{with_renewals(draft)}"
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
    draft = cover_again(policy, moment, timezone.now(), hold=hold)
    return draft if approved else replace(draft, waits=needs_second_person(draft, no_known_loss))


def _refuse_without_prior(policy: Policy) -> None:
    prior = policy.renews if policy.cancellation_reason == Reason.PRIOR_TERM else None
    if prior is not None and prior.cancelled_at is not None:
        message = f"It renews {prior}, which is cancelled: reinstate that, and this one comes back along."
        raise Conflict(message, code="prior_cancelled", field="status")


def cover_again(policy: Policy, moment: datetime.datetime, now: datetime.datetime, *, hold: bool) -> Draft:
    """Cover again from `moment` on, and of the renewal that ended along, unless it has begun by `now`."""
    draft = work_out(policy, Kind.REINSTATEMENT, moment)
    renewal = the_renewal(policy, hold=hold)
    if renewal is None or renewal.cancellation_reason != Reason.PRIOR_TERM:
        return draft
    if has_begun(renewal, now):
        return replace(draft, stays_cancelled=renewal)
    return replace(draft, along=(cover_again(renewal, renewal.start_date, now, hold=hold),))


def _from_when(draft: Draft) -> str:
    moment = draft.new.effective_at
    if moment == draft.policy.cancelled_at:
        return "Without a gap"
    there = moment.astimezone(zone_of(draft.policy))
    return f"From {there.day} {there:%b %Y}, {clock_words(there)}"
