"""Asking for a payment: how much is left to pay, to whom, and into which account."""

from decimal import Decimal
from uuid import UUID

from claims.bank import BankAccount, bank_account_of
from claims.coverages import refuse_beyond
from claims.events import ClaimPaymentRequested
from claims.models import Claim, ClaimPayment, CostType, PaymentStatus, Status
from claims.rules import refuse_parties, require_open
from claims.services.ledger import checked_amount, checked_cost, coverage_of
from claims.services.look_alikes import refuse_undecided
from claims.services.moving import claim_for, locked_under_cover
from claims.services.paying.approving import decide
from claims.services.paying.issuing import issue
from claims.services.paying.steps import step
from vanguard.accounts.models import User
from vanguard.accounts.permissions import may, require
from vanguard.accounts.step_up import require_recent
from vanguard.audit import unit_of_work
from vanguard.errors import Conflict, Invalid
from vanguard.money import ZERO, dollars
from vanguard.validation import check


def pay_claim(
    actor: User | None,
    claim_id: UUID,
    *,
    amount: Decimal | None = None,
    payee: str = "",
    cost_type: str = CostType.INDEMNITY,
    coverage: str | None = None,
    routing_number: str = "",
    account_number: str = "",
    version: int | None = None,
) -> Claim:
    """Ask for a payment; without an amount of all that is approved and neither paid nor asked for. The insured is paid unless named.

    The two numbers are of the payee's bank account, both or neither.

    Within the actor's authority, counted over all payments of the claim, it is approved at once; above it a second person approves it
    (`approve_payment`). Who has no say in approvals (Finance) carries out what somebody else approved on the claim, to the insured:
    to anybody else, and to an account, it is approved first. Who may issue payments issues it at once.
    Raises Invalid; NotAllowed; StepUpRequired; Conflict "not_approved", "over_approved", "over_limit", "over_aggregate", "party",
    "look_alike", "erased".
    """
    checked_cost(cost_type)
    account = bank_account_of(routing_number, account_number)
    with unit_of_work(actor):
        claim = _claim_to_pay(actor, claim_id, version)
        require_recent(actor)
        refuse_undecided(claim)
        payment = ClaimPayment(
            claim=claim,
            amount=_payable(claim, cost_type, amount),
            status=PaymentStatus.REQUESTED,
            coverage=coverage_of(claim, coverage),
            cost_type=cost_type,
            payee=" ".join(payee.split()) or claim.policy.customer.full_name,
            requested_by=actor,
            proof=claim.proofs.order_by("made_at").last() if cost_type == CostType.INDEMNITY else None,
        )
        _pay_into(payment, account)
        check(payment)
        refuse_beyond(claim, payment)
        decide(claim, payment, actor)
        payment.save(force_insert=True)
        step(claim, actor, "request_payment", payment, f"To {payment.payee}", event=ClaimPaymentRequested)
        if payment.status == PaymentStatus.APPROVED and may(actor, "claims.issue_payment"):
            issue(claim, payment, actor)
    return claim


def left_to_pay(claim: Claim) -> Decimal:
    """What was approved and is neither paid nor asked for."""
    return max((claim.approved_amount or ZERO) - claim.payments.committed(CostType.INDEMNITY), ZERO)


def _claim_to_pay(actor: User | None, claim_id: UUID, version: int | None) -> Claim:
    """Who issues payments does so on anybody's claim; an adjuster asks on the own ones."""
    if actor is not None and may(actor, "claims.issue_payment"):
        require(actor, "claims.pay_claim")
        claim = locked_under_cover(claim_id, version)
    else:
        claim = claim_for(actor, "claims.pay_claim", claim_id, version, under_cover=True)
    refuse_parties(actor, claim)
    require_open(claim)
    return claim


def _payable(claim: Claim, cost_type: str, amount: Decimal | None) -> Decimal:
    if cost_type == CostType.EXPENSE:
        if amount is None:
            raise Invalid("Say how much.", code="required", field="amount")
        return checked_amount(amount, above_nought=True)
    if claim.status != Status.APPROVED:
        raise Conflict(f"{claim.claim_number} is {claim.status}; approve it first.", code="not_approved", field="status")
    left = left_to_pay(claim)
    if amount is None and not left:
        raise Conflict("All that was approved is paid or asked for.", code="over_approved", field="amount")
    asked = checked_amount(left if amount is None else amount, above_nought=True)
    if asked > left:
        over = f"Amount is {dollars(asked - left)} above what is approved and left ({dollars(left)})."
        raise Conflict(f"{over} Enter {dollars(left)} or less.", code="over_approved", field="amount")
    return asked


def _pay_into(payment: ClaimPayment, account: BankAccount | None) -> None:
    """Raises Conflict ("erased") where the key of the insured is gone, and a new one is not made for anybody's sake."""
    if account is None:
        return
    if payment.claim.policy.customer.erased_at is not None:
        message = "The insured’s personal data was erased, so no account is kept here any more. Pay without one."
        raise Conflict(message, code="erased", field="account_number")
    payment.account, payment.account_digest = account.text, account.digest
    payment.account_mark = payment.own_key().mark(account.text.encode())
