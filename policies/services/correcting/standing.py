"""Whether a policy's terms can be corrected at all, and what keeps them from it."""

from policies.models import EndorsementRequest, Policy
from policies.reading import versions_of
from policies.terms import FROM_INCEPTION
from vanguard.errors import Conflict


def can_be_corrected(policy: Policy) -> bool:
    """Whether nothing but the first version and corrections is booked."""
    return policy.booked_versions == 1 or not versions_of(policy).exclude(kind__in=[kind.value for kind in FROM_INCEPTION]).exists()


def correction_waits(policy: Policy) -> bool:
    waiting = policy.endorsement_requests.filter(outcome=EndorsementRequest.Outcome.WAITING)
    return waiting.filter(kind=EndorsementRequest.Kind.CORRECTION).exists()


def refuse_endorsed(policy: Policy, field: str) -> None:
    if not can_be_corrected(policy):
        raise Conflict(
            "More was booked on the policy since its first version: endorse it from the day on which the change takes effect.",
            code="use_command",
            field=field,
        )


def why_cancelled(policy: Policy) -> str:
    """In words, also where only the clock says so: until its lapse is booked there is nothing to reinstate."""
    if policy.lapsed_from() >= (policy.cancelled_at or policy.end_date):
        return "is cancelled"
    what = "goes with the term that it renews, which has lapsed" if policy.lapses_with_prior else "has lapsed"
    return f"{what} for non-payment, which chase_unpaid has yet to book"
