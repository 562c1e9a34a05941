"""A correction is booked, and the policy says so."""

from typing import Any

from django.utils import timezone

from policies.models import Policy
from policies.services.booking import book, record
from policies.services.correcting.working_out import DATES, Correction
from vanguard.accounts.models import User

Status = Policy.Status


def correct(found: Correction, actor: User | None, *, along_with: str = "", reason: str = "") -> None:
    draft, policy, values = found.draft, found.draft.policy, found.values
    fields = ", ".join(sorted(values)).replace("_", " ") + (f", along with {along_with}" if along_with else "")
    dates = {name: values[name] for name in DATES if name in values}
    if found.pinned != policy.product_version:
        fields = f"{fields}; now on {found.pinned or 'no product'}"
    was, ends = policy.status, dates.get("end_date", policy.end_date)
    # A term that is not over after all goes on, and expires at its right end.
    goes_on: dict[str, Any] = {"status": Status.ACTIVE} if was == Status.EXPIRED and ends > timezone.now() else {}
    why = f"{fields[:1].upper()}{fields[1:]}{f': {reason}' if reason else ''}"
    book(draft, actor, reason=why, product_version=found.pinned, **dates, **goes_on)
    record(policy, actor, "change", from_status=was, reason=fields)
