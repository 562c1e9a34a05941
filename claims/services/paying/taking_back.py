"""A payment is taken back: stopped before it has cleared, or voided after it has gone out."""

from decimal import Decimal
from uuid import UUID

from django.utils import timezone

from claims.models import Claim, ClaimPayment, PaymentStatus
from claims.models.payments import NOT_YET_OUT
from claims.services.ledger import book_reversal
from claims.services.moving import required_reason
from claims.services.paying.steps import locked_payment, refuse_interest, step
from vanguard.accounts.models import User
from vanguard.accounts.permissions import require
from vanguard.audit import unit_of_work
from vanguard.errors import Conflict
from vanguard.money import ZERO, dollars


def stop_payment(actor: User | None, payment_id: UUID, *, reason: str, version: int | None = None) -> Claim:
    """Before it has cleared: one that was not issued is taken back by who asked for it too; of an issued one the money comes back."""
    why = required_reason(reason)
    with unit_of_work(actor):
        claim, payment = locked_payment(payment_id, version, (*NOT_YET_OUT, PaymentStatus.ISSUED), "stopped")
        own = actor is not None and payment.requested_by_id == actor.pk and payment.status in NOT_YET_OUT
        require(actor, "claims.pay_claim" if own else "claims.issue_payment")
        refuse_interest(actor, claim, payment)
        moved = _take_back(claim, payment, actor, PaymentStatus.STOPPED, why)
        step(claim, actor, "stop_payment", payment, why, moved=moved)
    return claim


def void_payment(actor: User | None, payment_id: UUID, *, reason: str, version: int | None = None) -> Claim:
    """A payment that has gone out, also one that has cleared, is undone by a counter-row; both stay."""
    require(actor, "claims.issue_payment")
    why = required_reason(reason)
    with unit_of_work(actor):
        claim, payment = locked_payment(payment_id, version, (PaymentStatus.ISSUED, PaymentStatus.CLEARED), "voided")
        refuse_interest(actor, claim, payment)
        moved = _take_back(claim, payment, actor, PaymentStatus.VOIDED, why)
        step(claim, actor, "void_payment", payment, why, moved=moved)
    return claim


def _take_back(claim: Claim, payment: ClaimPayment, actor: User | None, status: PaymentStatus, why: str) -> Decimal:
    """Returns by how much what was paid moves: by nothing, unless the money was out. Raises Conflict ("recovered")."""
    was_out = payment.paid_at is not None
    if was_out and (back := claim.entries.all().balance()).paid - payment.amount < back.recovered:
        message = f"{dollars(back.recovered)} of what was paid has come back; reverse that recovery first."
        raise Conflict(message, code="recovered", field="status")
    payment.status = status
    payment.save(update_fields=["status"])
    if not was_out:
        return ZERO
    reversal = ClaimPayment(
        claim=claim,
        amount=-payment.amount,
        paid_at=timezone.now(),
        status=PaymentStatus.REVERSAL,
        coverage=payment.coverage,
        cost_type=payment.cost_type,
        payee=payment.payee,
        requested_by=actor,
        reverses=payment,
    )
    reversal.save(force_insert=True)
    book_reversal(claim, actor, payment, reversal, why)
    return reversal.amount
