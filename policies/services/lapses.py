"""What a lapse does to a policy and to what renews it: written down, and undone where it turns out that it was paid for.

When that is, policies.billing decides. (docs/decisions/0133)
"""

import datetime
from dataclasses import replace

from django.db.models import QuerySet

from policies.models import CAUSES, PAID_BEFORE, Policy, PolicyVersion
from policies.reading import Draft, has_begun, versions_of, work_out
from policies.reading.history import lapses_of
from policies.services.cancelling import cancel, draft_lapse
from policies.services.known_loss import refuse_known_loss
from policies.services.reinstating import cover_again, reinstate
from policies.terms import Kind, Timeline, timeline
from vanguard.accounts.models import User
from vanguard.errors import Conflict

Method, Reason = PolicyVersion.Method, Policy.CancellationReason


def book_lapse(policy: Policy, lapsed_at: datetime.datetime) -> Policy:
    """Write down that the cover ended at `lapsed_at`, however late that is done: also when the term has ended, or is called expired.

    A renewal that had not begun by then ends with it. The caller holds the policy's lock. Raises Conflict ("claims_outside") when a
    claim was approved or paid for a loss after that moment, also on that renewal.
    """
    return cancel(draft_lapse(policy, lapsed_at), None, Reason.NON_PAYMENT, Method.PRO_RATA, lapsed_at=lapsed_at)


def can_lapse(policy: Policy, lapsed_at: datetime.datetime) -> bool:
    """Whether nothing stands against a lapse at `lapsed_at`, here or on the renewal that would end along. The policy's lock is held."""
    try:
        draft_lapse(policy, lapsed_at)
    except Conflict:
        return False
    return True


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
    draft = cover_again(policy, lapsed_at, lapsed_at, hold=True)
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
        cancel(again, actor if version.actor_id else None, version.cause, version.method, lapsed_at=version.lapsed_at)
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
