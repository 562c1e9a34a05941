"""The rules of a first notice and of each step, as pure functions: the services and the bulk import ask the same ones."""

import datetime

from claims.models import DECIDED, Status
from policies.models import Policy
from policies.rules import EARLIEST
from vanguard.errors import FieldError

# command → the statuses from which it may be given
ALLOWED_FROM: dict[str, tuple[Status, ...]] = {
    "start": (Status.PENDING,),
    "approve": (Status.PROCESSING,),
    "deny": (Status.PROCESSING,),
    "close": DECIDED,
    "reopen": DECIDED,
}


def check_dates(*, incident_date: datetime.datetime, reported_date: datetime.datetime, now: datetime.datetime) -> list[FieldError]:
    """incident ≤ reported ≤ now."""
    errors = []
    if incident_date < EARLIEST:
        errors.append(FieldError("incident_date", "out_of_range", "Incident date is in 1900 or later."))
    if incident_date > now:
        errors.append(FieldError("incident_date", "in_future", "Incident date is not in the future."))
    elif incident_date > reported_date:
        errors.append(FieldError("incident_date", "after_reported", "Incident date is not after the reported date."))
    if reported_date > now:
        errors.append(FieldError("reported_date", "in_future", "Reported date is not in the future."))
    return errors


def check_cover(policy: Policy, incident_date: datetime.datetime) -> FieldError | None:
    """The policy was in force at the instant of loss, or why not."""
    return check_in_force(
        incident_date,
        policy_number=policy.policy_number,
        start_date=policy.start_date,
        end_date=policy.end_date,
        cancelled_at=policy.cancelled_at,
    )


def check_in_force(
    moment: datetime.datetime,
    *,
    policy_number: str,
    start_date: datetime.datetime,
    end_date: datetime.datetime,
    cancelled_at: datetime.datetime | None,
) -> FieldError | None:
    """Cover from start to end, the end not included, and until a cancellation took effect; or why there was none at `moment`."""
    inside = start_date <= moment < end_date
    if inside and (cancelled_at is None or moment < cancelled_at):
        return None
    if inside:
        why = f"it was cancelled from {cancelled_at:%Y-%m-%d %H:%M} UTC"
    else:
        why = f"it covers {start_date:%Y-%m-%d %H:%M} to {end_date:%Y-%m-%d %H:%M} UTC, the end not included"
    return FieldError("incident_date", "not_in_force", f"Policy {policy_number} was not in force at the loss: {why}.")
