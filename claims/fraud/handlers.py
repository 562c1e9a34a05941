"""What special investigation says to decisions on money, and to compliance."""

from claims.events import DecisionConsidered
from claims.fraud.events import ClaimReferred, ReferralClosed
from claims.fraud.models import Referral
from vanguard.events import on
from vanguard.observability.compliance import record_event

WHY = "The claim is with special investigation."


@on(DecisionConsidered)
def ask_for_a_second_person(question: DecisionConsidered) -> None:
    """While a claim is referred, a second person decides, whatever the amount."""
    if Referral.objects.filter(claim=question.claim_id, outcome="").exists():
        question.second_person.append(WHY)


@on(ClaimReferred)
def record_referral(event: ClaimReferred) -> None:
    record_event("claim_referred", user_id=event.actor_id, claim_id=event.claim_id, claim_number=event.claim_number, score=event.score)


@on(ReferralClosed)
def record_outcome(event: ReferralClosed) -> None:
    told = {"claim_id": event.claim_id, "claim_number": event.claim_number, "outcome": event.outcome}
    record_event("referral_closed", user_id=event.actor_id, **told)
