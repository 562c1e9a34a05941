"""Claims, policies and customers as each operation finds them, and bodies to send."""

import datetime
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from claims.fraud.services import refer_claim
from claims.intake.models import Queue
from claims.models import Claim
from claims.services import (
    ToldClaimant,
    add_claimant,
    approve_claim,
    ask_information,
    deny_claim,
    evaluate_claim,
    pay_claim,
    record_inquiry,
    record_recovery,
    start_claim,
)
from customers.services import set_hold
from policies.billing.services import charge_fee, receive_payment
from policies.models import Policy
from policies.papers.services import make_document
from policies.quotes.models import Quote
from policies.rules import Endorsement
from policies.services import cancel_policy, endorse_policy
from tests.billing.books import tell
from tests.factories import (
    CustomerFactory,
    PolicyFactory,
    staff,
    submitted_claim,
    supervisor,
)
from tests.quotes import making


def processing() -> Claim:
    return start_claim(None, submitted_claim().pk)


def evaluated() -> Claim:
    return evaluate_claim(None, processing().pk)


def proposed() -> Claim:
    """Nobody's claim on which a second person is asked to approve."""
    claim = refer_claim(None, processing().pk, reason="Two receipts for one roof")
    return approve_claim(supervisor(), claim.pk)


def owned() -> Claim:
    """An adjuster's claim."""
    return start_claim(staff("Adjuster"), submitted_claim().pk)


def referred() -> Claim:
    return refer_claim(None, submitted_claim().pk, reason="Two receipts for one roof")


def claimed_on() -> Claim:
    """Somebody who is no customer claims on it."""
    return add_claimant(None, submitted_claim().pk, ToldClaimant("bodily_injury", name="Nora Vale")).claim


def texan() -> Claim:
    """A claim on which Texas lets the decision be put off."""
    return submitted_claim(jurisdiction="US-TX")


def inquired() -> Claim:
    return record_inquiry(None, submitted_claim().pk, reason="File 17-4")


def decided() -> Claim:
    return deny_claim(None, processing().pk, reason="No cover for wear")


def approved() -> Claim:
    return approve_claim(None, processing().pk)


def ready() -> Claim:
    """An approved claim with an approved payment."""
    owner = supervisor()
    claim = approve_claim(owner, start_claim(owner, submitted_claim().pk).pk)
    return pay_claim(owner, claim.pk, amount=Decimal("100.00"))


def asked() -> Claim:
    """A payment waits for a second person, because its payee works here."""
    supervisor(first_name="Ada", last_name="Quill")
    return pay_claim(supervisor(), approved().pk, payee="Ada Quill")


def paid() -> Claim:
    """A payment has gone out."""
    return pay_claim(staff("Finance"), approve_claim(supervisor(), processing().pk).pk)


def recovered() -> Claim:
    return record_recovery(None, paid().pk, amount=Decimal("10.00"), source="salvage")


def asked_for_information() -> Claim:
    return ask_information(None, processing().pk, question="The plumber's invoice")


def waiting() -> Claim:
    """A claim from before whose loss somebody would raise the limit."""
    claim = submitted_claim()
    asked = Endorsement({"coverage_amount": Decimal("90000.00")}, effective_at=claim.policy.start_date, no_known_loss="None.")
    endorse_policy(None, claim.policy_id, asked)
    return claim


def cancelled() -> Claim:
    claim = submitted_claim()
    cancel_policy(None, claim.policy_id)
    return claim


def without_claims() -> Claim:
    """A claim that has been taken away again, so that its policy can be deleted."""
    claim = submitted_claim()
    Claim.objects.filter(pk=claim.pk).delete()
    return claim


def without_policies() -> Claim:
    claim = without_claims()
    Policy.objects.filter(pk=claim.policy_id).delete()
    return claim


def with_quote(make: Callable[..., Quote]) -> Callable[[], Claim]:
    """A claim whose policy's customer has a quote as `make` leaves it."""

    def claim() -> Claim:
        made = submitted_claim()
        make(made.policy.customer)
        return made

    return claim


def application(claim: Claim) -> dict[str, Any]:
    return {
        "customerId": str(claim.policy.customer_id),
        "productId": str(making.product().pk),
        "startDate": making.days_ahead(9).isoformat(),
    }


def first_notice(claim: Claim) -> dict[str, Any]:
    loss = claim.policy.start_date + datetime.timedelta(days=1)
    return {"policyId": str(claim.policy_id), "claimType": "theft", "claimAmount": 100, "incidentDate": loss.isoformat()}


def notice_with_a_claimant(claim: Claim) -> dict[str, Any]:
    asked = {name: told for name, told in first_notice(claim).items() if name != "claimAmount"}
    return asked | {"claimant": {"claimsFor": "bodily_injury", "name": "Nora Vale"}}


def correction(_claim: Claim) -> dict[str, Any]:
    return {"claimType": "fire", "claimAmount": 100, "incidentDate": _claim.incident_date.isoformat()}


def triage(_claim: Claim) -> dict[str, Any]:
    return {"severity": "high", "queueId": Queue.objects.get(name="General").pk, "reason": "Two families"}


def terms(_claim: Claim) -> dict[str, Any]:
    start = _claim.policy.start_date.isoformat()
    return {"policyType": "auto", "premiumAmount": 1, "coverageAmount": 2, "startDate": start, "endDate": "2199-01-01"}


def person(_claim: Claim) -> dict[str, Any]:
    return {"email": "rosa@example.com", "firstName": "Rosa", "lastName": "Diaz"}


def billed() -> Claim:
    """A claim on a policy that owes 1,000.00."""
    claim = submitted_claim(PolicyFactory.create(premium_amount=Decimal("1000.00")))
    tell(claim.policy, "1000.00", "new_business")
    return claim


def overpaid() -> Claim:
    claim = billed()
    receive_payment(None, claim.policy_id, amount=Decimal("1200.00"), method="card")
    return claim


def charged() -> Claim:
    claim = billed()
    charge_fee(None, claim.policy_id, amount=Decimal("25.00"), reason="Returned check")
    return claim


def contact() -> dict[str, Any]:
    return {"channel": "call", "direction": "incoming", "text": "Moved house."}


def with_paper() -> Claim:
    claim = submitted_claim()
    make_document(None, claim.policy_id, kind="schedule")
    return claim


def another(_claim: Claim) -> dict[str, Any]:
    return {"customerId": str(CustomerFactory.create().pk)}


def erasure(claim: Claim) -> dict[str, Any]:
    return {"reason": "By letter", "confirmEmail": claim.policy.customer.email}


def held() -> Claim:
    claim = submitted_claim()
    set_hold(None, claim.policy.customer_id, reason="Lawsuit")
    return claim
