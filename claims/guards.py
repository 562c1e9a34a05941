"""What claims objects to when a policy is about to change."""

from django.db.models import Q

from claims.models import Claim
from policies.events import PolicyPeriodChanging
from vanguard.errors import Conflict
from vanguard.events import on


@on(PolicyPeriodChanging)
def keep_losses_inside(question: PolicyPeriodChanging) -> None:
    """Raises Conflict ("claims_outside") when a claim's loss would lie outside the new period."""
    outside = Q(incident_date__lt=question.start_date) | Q(incident_date__gte=question.end_date)
    claim = Claim.objects.filter(outside, policy_id=question.policy_id).first()
    if claim is not None:
        raise Conflict(f"The loss of {claim.claim_number} would be outside the policy's period.", code="claims_outside", field="start_date")
