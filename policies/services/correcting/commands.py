"""Putting right what was booked wrong: at once, as a draft that is only looked at, or once a second person has approved it."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

from policies.models import EndorsementRequest, Policy
from policies.models.values import restored, stored
from policies.reading import Draft, versions_of
from policies.rules import check_policy_terms
from policies.services.booking import TERMS
from policies.services.correcting.moving_along import correction_along, move_along, prior_of
from policies.services.correcting.standing import can_be_corrected, correction_waits, refuse_endorsed, why_cancelled
from policies.services.correcting.working_out import Correction, worked_out
from policies.services.correcting.writing import correct
from policies.services.following import the_renewal
from policies.services.known_loss import ask_second_person
from vanguard.accounts.models import User
from vanguard.accounts.permissions import require
from vanguard.audit import unit_of_work
from vanguard.errors import Conflict, Invalid
from vanguard.querysets import locked
from vanguard.validation import check, refuse_fixed_fields

Status = Policy.Status
# Said, it is kept as it is said, also where that is what it was: what is not said goes along at the rates.
NAMED = ("premium_amount",)
FIXED = ("status", "policy_number", "customer_id")


def update_policy(
    actor: User | None,
    policy_id: UUID,
    *,
    version: int | None,
    changes: Mapping[str, Any],
    as_sold: bool = False,
    reason: str = "",
    no_known_loss: str = "",
) -> Policy:
    """Correct the terms in `changes` from inception, and no others, while nothing but the first version and corrections is booked.

    Where a renewal starts at the policy's end, both move: a correction of the one is one of the other. (docs/decisions/0122)
    With the insured's statement `no_known_loss`, what takes a second person is kept as a request, and the policy stays as it is.
    `as_sold`, which a person at the desk corrects by: what is corrected stays what its product sells. What was sold at the product's
    rates stays so in any case: its term is no longer, and its premium goes along with it. (docs/decisions/0163)
    Raises Invalid; Conflict: "terms_apart" where the other cannot be corrected along; "not_sold" where no version of its product is
    valid at its start; "use_command" for status, number and owner, and for terms that were endorsed since; "claims_outside" when a
    claim's loss would fall out of the period; "claims_above" when more was approved on one than the new limit would pay; without the
    statement "known_loss" when the limit would be raised, or the deductible lowered, or the product's version that goes with it pays
    more, and a loss is known, and "backdated" where a rated term would cover more of the past; "waiting" while another request
    or a correction waits; "not_rated" where the rates cannot tell the premium and none is named; "other_covers" where that version
    lacks a coverage of which the policy has figures of its own.
    """
    with unit_of_work(actor):
        prior = prior_of(policy_id) if "start_date" in changes else None
        policy = locked(Policy.objects.all(), policy_id, version)
        found = _correction(actor, policy, changes, as_sold=as_sold, statement=no_known_loss)
        if found is not None and found.draft.waits:
            asked = stored(found.values | {name: changes[name] for name in NAMED if name in changes})
            return ask_second_person(found.draft, actor, statement=no_known_loss, reason=reason.strip(), terms=asked)
        if found is not None:
            _correct_all(found, actor, prior, reason.strip(), as_sold=as_sold)
        return policy


def draft_correction(
    actor: User | None, policy: Policy, changes: Mapping[str, Any], *, as_sold: bool = False, no_known_loss: str = ""
) -> Draft:
    """What update_policy would do, not written: whether it would wait for a second person, and the terms before and after along. Raises
    as it does; Invalid ("nothing_changed")."""
    found = _correction(actor, policy, changes, as_sold=as_sold, statement=no_known_loss)
    if found is None:
        raise Invalid("Nothing would change.", code="nothing_changed")
    along = []
    if "start_date" in found.values and (prior := Policy.objects.filter(renewal=policy.pk).first()):
        along.append(correction_along(policy, prior, "end_date", found.values["start_date"], as_sold=as_sold).draft)
    if "end_date" in found.values and (renewal := the_renewal(policy, hold=False)):
        along.append(correction_along(policy, renewal, "start_date", found.values["end_date"], as_sold=as_sold).draft)
    return replace(found.draft, along=tuple(along))


def correct_as_asked(policy: Policy, request: EndorsementRequest, actor: User, prior: Policy | None, reason: str) -> Policy:
    """Book the correction that a second person has just approved, with the figures that it was asked for.

    Raises Conflict ("changed_since") where more was booked since it was asked for: those figures were worked out from other terms.
    """
    if can_be_corrected(policy) and versions_of(policy).filter(booked_at__gt=request.requested_at).exists():
        raise Conflict("The policy was corrected since this was asked for: decline it, and ask for it again.", code="changed_since")
    found = _correction(None, policy, restored(request.terms), as_sold=False, statement="", approved=True)
    if found is None:
        raise Invalid("Nothing would change any more.", code="nothing_changed")
    _correct_all(found, actor, prior, reason, as_sold=False)
    return policy


def _correction(
    actor: User | None, policy: Policy, changes: Mapping[str, Any], *, as_sold: bool, statement: str, approved: bool = False
) -> Correction | None:
    """None where nothing is different."""
    require(actor, "policies.change_policy")
    refuse_fixed_fields(policy, changes, FIXED)
    if policy.current_status == Status.CANCELLED:
        raise Conflict(f"The policy {why_cancelled(policy)}; its terms stay as they were.", code="cancelled")
    values = _corrected(policy, changes)
    if not values:
        return None
    refuse_endorsed(policy, next(iter(values)))
    if not approved and correction_waits(policy):
        raise Conflict(
            "A correction of this policy waits for its approval, with the premium that it comes to: decide on that first.", code="waiting"
        )
    premium_named = not changes.keys().isdisjoint(NAMED)
    return worked_out(policy, values, as_sold=as_sold, statement=statement, approved=approved, premium_named=premium_named)


def _correct_all(found: Correction, actor: User | None, prior: Policy | None, reason: str, *, as_sold: bool) -> None:
    """The correction, and the terms before and after along."""
    policy, values = found.draft.policy, found.values
    if prior and "start_date" in values:
        move_along(policy, prior, actor, "end_date", values["start_date"], as_sold=as_sold)
        # Where the term before it ends decides whether a lapse comes before that.
        policy.refresh_from_db(fields=["lapses_at", "version", "updated_at"])
    correct(found, actor, reason=reason)
    if "end_date" in values and (renewal := the_renewal(policy, hold=True)):
        move_along(policy, renewal, actor, "start_date", values["end_date"], as_sold=as_sold)


def _corrected(policy: Policy, changes: Mapping[str, Any]) -> dict[str, Any]:
    """What of `changes` is different, checked. The policy is left as it is stored."""
    before = {name: getattr(policy, name) for name in TERMS}
    try:
        for name in TERMS:
            setattr(policy, name, changes.get(name, before[name]))
        check(policy, *check_policy_terms(start_date=policy.start_date, end_date=policy.end_date))
        after = {name: getattr(policy, name) for name in TERMS}
    finally:
        for name, value in before.items():
            setattr(policy, name, value)
    return {name: value for name, value in after.items() if value != before[name]}
