"""What every step of a payment does: the claim's lock and its own row under it, who may have no hand in it, the claim's step."""

from decimal import Decimal
from uuid import UUID

from claims.events import ClaimEvent
from claims.models import Claim, ClaimPayment, CostType, Stage, Status
from claims.rules import is_payee, refuse_parties
from claims.services.moving import locked_under_cover, move
from vanguard.accounts.models import User
from vanguard.errors import Conflict
from vanguard.money import ZERO
from vanguard.querysets import get_or_refuse, locked


def locked_payment(
    payment_id: UUID, version: int | None, allowed: tuple[str, ...], past: str, *, under_cover: bool = False
) -> tuple[Claim, ClaimPayment]:
    """The claim first (`under_cover`: its policy before it), then the payment as it is under that lock.

    Raises Conflict where it cannot be `past` any more, or not yet.
    """
    claim_id = get_or_refuse(ClaimPayment.objects.all(), payment_id).claim_id
    claim = locked_under_cover(claim_id, version) if under_cover else locked(Claim.objects.all(), claim_id, version)
    payment = ClaimPayment.objects.get(pk=payment_id)
    if payment.status not in allowed:
        message = f"This payment cannot be {past}: {payment.get_status_display().lower()}."
        raise Conflict(message, code="not_allowed_now", field="status")
    return claim, payment


def refuse_interest(actor: User | None, claim: Claim, payment: ClaimPayment) -> None:
    """Nobody has a hand in a payment to themselves."""
    refuse_parties(actor, claim)
    if actor is not None and is_payee(payment.payee, actor):
        raise Conflict(f"{actor} is the payee, so another person handles this payment.", code="party", field="payee")


def step(
    claim: Claim,
    actor: User | None,
    command: str,
    payment: ClaimPayment,
    reason: str,
    *,
    moved: Decimal = ZERO,
    event: type[ClaimEvent] | None = None,
    basis: str = "",
    maker: User | None = None,
) -> None:
    """The claim's step: its figure of what was paid moves with indemnity, and with it the stage of an approved claim that is open."""
    paid = claim.paid_amount + (moved if payment.cost_type == CostType.INDEMNITY else ZERO)
    stage = Stage(claim.stage)
    if claim.is_open and claim.status == Status.APPROVED and claim.approved_amount:
        stage = Stage.PAID if paid >= claim.approved_amount else Stage.PAYMENT_PENDING
    move(
        claim, actor, command, status=Status(claim.status), stage=stage, event=event,
        amount=payment.amount, reason=reason, basis=basis, maker=maker, paid_amount=paid,
    )  # fmt: skip
