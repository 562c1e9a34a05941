"""The moment at which one term ends and the next begins is one: whoever corrects it on one side moves the other along."""

import datetime
from uuid import UUID

from policies.models import Policy
from policies.services.correcting.standing import can_be_corrected, correction_waits, why_cancelled
from policies.services.correcting.working_out import Correction, worked_out
from policies.services.correcting.writing import correct
from vanguard.accounts.models import User
from vanguard.errors import Conflict, FieldError, Invalid

Status = Policy.Status


def prior_of(policy_id: UUID) -> Policy | None:
    """The term before it, locked: before the policy itself, as always."""
    return Policy.objects.select_for_update(of=("self",)).filter(renewal=policy_id).first()


def move_along(policy: Policy, other: Policy, actor: User | None, field: str, moment: datetime.datetime, *, as_sold: bool) -> None:
    correct(correction_along(policy, other, field, moment, as_sold=as_sold), actor, along_with=policy.policy_number)


def correction_along(policy: Policy, other: Policy, field: str, moment: datetime.datetime, *, as_sold: bool) -> Correction:
    """The correction of the other side of the moment at which one term ends and the next begins.

    Raises Conflict, "terms_apart" or what stands against the other's correction, at the field of `policy` that was sent.
    """
    named = "end_date" if field == "start_date" else "start_date"
    follows = f"{other}, which {'starts where this policy ends' if field == 'start_date' else 'ends where this policy starts'}"
    if why := _why_not(other, field, moment):
        raise Conflict(f"{follows}, {why}.", code="terms_apart", field=named)
    try:
        return worked_out(other, {field: moment}, named=named, as_sold=as_sold, along=True)
    except Invalid as refused:
        message = f"{follows}, cannot be moved along: {refused.errors[0].message}"
        raise Invalid.of([FieldError(named, refused.errors[0].code, message)]) from None
    except Conflict as refused:
        raise Conflict(f"{follows}, cannot be moved along: {refused.message}", code=refused.code, field=named) from None


def _why_not(other: Policy, field: str, moment: datetime.datetime) -> str:
    if other.current_status == Status.CANCELLED:
        return f"{why_cancelled(other)}: reinstate it first"
    if not can_be_corrected(other):
        return "was changed since it was booked, so its dates stay"
    if correction_waits(other):
        return "has a correction that waits for its approval: decide on that first"
    return "" if _is_term(other, field, moment) else "would have no time left"


def _is_term(policy: Policy, field: str, moment: datetime.datetime) -> bool:
    dates = {"start_date": policy.start_date, "end_date": policy.end_date} | {field: moment}
    return dates["start_date"] < dates["end_date"]
