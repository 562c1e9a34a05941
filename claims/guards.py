"""What claims objects to when a policy is about to change."""

from django.db.models import Q

from claims.models import Claim
from policies.events import PolicyCancelling, PolicyTermsChanging
from vanguard.errors import Conflict
from vanguard.events import on
from vanguard.money import dollars


@on(PolicyTermsChanging)
def keep_losses_inside(question: PolicyTermsChanging) -> None:
    """Raises Conflict ("claims_outside") when a claim's loss would lie outside the new period."""
    outside = Q(incident_date__lt=question.start_date) | Q(incident_date__gte=question.end_date)
    claim = Claim.objects.filter(outside, policy_id=question.policy_id).first()
    if claim is not None:
        raise Conflict(f"The loss of {claim.claim_number} would be outside the policy's period.", code="claims_outside", field="start_date")


@on(PolicyTermsChanging)
def keep_approvals_covered(question: PolicyTermsChanging) -> None:
    """Raises Conflict ("claims_above") when more was approved or paid on a claim than the new terms would pay."""
    above = Q(approved_amount__gt=question.most_payable) | Q(paid_amount__gt=question.most_payable)
    claim = Claim.objects.filter(above, policy_id=question.policy_id).first()
    if claim is not None:
        message = f"More was approved on {claim.claim_number} than limit less deductible would leave ({dollars(question.most_payable)})."
        raise Conflict(message, code="claims_above", field="coverage_amount")


@on(PolicyCancelling)
def keep_paid_losses_covered(question: PolicyCancelling) -> None:
    """Raises Conflict ("claims_outside") when a claim was approved or paid for a loss after the cover would end.

    A claim that is not decided yet does not stand in the way: it can then no longer be approved.
    """
    money = Q(approved_amount__gt=0) | Q(paid_amount__gt=0)
    claim = Claim.objects.filter(money, policy_id=question.policy_id, incident_date__gte=question.effective_at).first()
    if claim is not None:
        message = f"{claim.claim_number} was approved for a loss after that moment. Cancel from later, or reopen the claim first."
        raise Conflict(message, code="claims_outside", field="effective_date")
