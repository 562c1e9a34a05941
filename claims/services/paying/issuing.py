"""The money leaves us, and the bank pays it out."""

from uuid import UUID

from django.utils import timezone

from claims.coverages import refuse_beyond
from claims.events import ClaimPaid
from claims.models import Claim, ClaimPayment, PaymentStatus
from claims.parties.matching import claims_on
from claims.services.ledger import book_payment
from claims.services.moving import second_person_reasons
from claims.services.paying.approving import OWN
from claims.services.paying.steps import locked_payment, refuse_interest, step
from vanguard.accounts.models import User
from vanguard.accounts.permissions import require
from vanguard.accounts.step_up import require_recent
from vanguard.audit import unit_of_work
from vanguard.errors import Conflict


def issue_payment(actor: User | None, payment_id: UUID, *, version: int | None = None) -> Claim:
    """The money leaves us.

    Raises Conflict "not_allowed_now"; "seal_broken" where it is not what was approved; "second_person" where one person approved it
    alone, and since then a rule asks for two, as after a referral to special investigation, and where who approved it is a claimant;
    "over_limit", "over_aggregate" where its coverage does not pay it.
    """
    require(actor, "claims.issue_payment")
    require_recent(actor)
    with unit_of_work(actor):
        claim, payment = locked_payment(payment_id, version, (PaymentStatus.APPROVED,), "issued", under_cover=True)
        refuse_interest(actor, claim, payment)
        if payment.seal != payment.digest():
            raise Conflict("This is not what was approved. Stop it, and ask for it anew.", code="seal_broken")
        if payment.basis == OWN and (reasons := second_person_reasons(claim)):
            message = f"One person approved this payment alone. {reasons[0]} Stop it and ask for it anew: a second person then approves it."
            raise Conflict(message, code="second_person")
        if payment.approved_by is not None and claims_on(payment.approved_by, claim):
            message = f"{payment.approved_by} approved this payment and claims on the claim. Stop it and ask for it anew."
            raise Conflict(message, code="second_person")
        refuse_beyond(claim, payment)
        issue(claim, payment, actor)
    return claim


def clear_payment(actor: User | None, payment_id: UUID, *, version: int | None = None) -> Claim:
    """The bank has paid it out."""
    require(actor, "claims.issue_payment")
    with unit_of_work(actor):
        claim, payment = locked_payment(payment_id, version, (PaymentStatus.ISSUED,), "cleared")
        refuse_interest(actor, claim, payment)
        payment.status = PaymentStatus.CLEARED
        payment.save(update_fields=["status"])
        step(claim, actor, "clear_payment", payment, f"To {payment.payee}")
    return claim


def issue(claim: Claim, payment: ClaimPayment, actor: User | None) -> None:
    payment.status, payment.paid_at = PaymentStatus.ISSUED, timezone.now()
    payment.save(update_fields=["status", "paid_at"])
    book_payment(claim, actor, payment)
    step(claim, actor, "pay", payment, f"To {payment.payee}", event=ClaimPaid, moved=payment.amount)
