"""Payments: asked for, approved, sent out, cleared; or stopped, or voided. Each step holds the claim's lock."""

from decimal import Decimal
from uuid import UUID

from django.utils import timezone

from claims.authority import authority_of
from claims.bank import BankAccount, bank_account_of
from claims.coverages import refuse_beyond
from claims.events import ClaimEvent, ClaimPaid, ClaimPaymentRequested
from claims.models import Claim, ClaimPayment, ClaimTransition, CostType, PaymentStatus, Stage, Status
from claims.models.payments import NOT_YET_OUT
from claims.parties.matching import claims_on, name_words
from claims.rules import is_among, is_payee, refuse_parties, refuse_payees, require_open
from claims.services.ledger import book_payment, book_reversal, checked_amount, checked_cost, coverage_of
from claims.services.look_alikes import refuse_undecided
from claims.services.moving import claim_for, locked_under_cover, move, required_reason, second_person_reasons
from vanguard.accounts.models import User
from vanguard.accounts.permissions import may, require
from vanguard.accounts.step_up import require_recent
from vanguard.audit import unit_of_work
from vanguard.errors import Conflict, Invalid
from vanguard.money import ZERO, dollars
from vanguard.querysets import get_or_refuse, locked
from vanguard.validation import check

OWN, SECOND = ClaimTransition.Basis.OWN_AUTHORITY, ClaimTransition.Basis.SECOND_PERSON
STAFF_PAYEE = "The payee is one of us."
OTHER_COVERAGE = "It is on another coverage than the claim was approved for."
OTHER_PAYEE = "The payee is not the insured, for whom it was approved."
OTHER_ACCOUNT = "The account was not before the eyes of who approved the claim."
PAID_ASKER = "Who asks for it is a payee of this claim."
PAID_APPROVER = "Who approved the claim is a payee of it."
CLAIMING_APPROVER = "Who approved the claim is a claimant of it."
NO_OTHER_PERSON = "Nobody else approved the claim by name."


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
        _decide(claim, payment, actor)
        payment.save(force_insert=True)
        _step(claim, actor, "request_payment", payment, f"To {payment.payee}", event=ClaimPaymentRequested)
        if payment.status == PaymentStatus.APPROVED and may(actor, "claims.issue_payment"):
            _issue(claim, payment, actor)
    return claim


def approve_payment(actor: User | None, payment_id: UUID, *, version: int | None = None) -> Claim:
    """As second person, with authority for all that the claim then costs, and as far as its coverage pays it.

    Raises Conflict "four_eyes", "party", "over_authority", "over_limit", "over_aggregate".
    """
    require(actor, "claims.approve_payment")
    require_recent(actor)
    with unit_of_work(actor):
        claim, payment = _locked(payment_id, version, (PaymentStatus.REQUESTED,), "approved", under_cover=True)
        _refuse_interest(actor, claim, payment)
        refuse_payees(actor, claim)
        if actor is not None and payment.requested_by_id == actor.pk:
            raise Conflict("You asked for this payment yourself, so another person approves it.", code="four_eyes")
        _require_authority(actor, claim, payment)
        refuse_beyond(claim, payment)
        _approve(payment, actor, SECOND)
        payment.save(update_fields=["status", "approved_by", "basis", "seal"])
        _step(claim, actor, "approve_payment", payment, f"To {payment.payee}", basis=SECOND, maker=payment.requested_by)
    return claim


def issue_payment(actor: User | None, payment_id: UUID, *, version: int | None = None) -> Claim:
    """The money leaves us.

    Raises Conflict "not_allowed_now"; "seal_broken" where it is not what was approved; "second_person" where one person approved it
    alone, and since then a rule asks for two, as after a referral to special investigation; "over_limit", "over_aggregate" where its
    coverage does not pay it.
    """
    require(actor, "claims.issue_payment")
    require_recent(actor)
    with unit_of_work(actor):
        claim, payment = _locked(payment_id, version, (PaymentStatus.APPROVED,), "issued", under_cover=True)
        _refuse_interest(actor, claim, payment)
        if payment.seal != payment.digest():
            raise Conflict("This is not what was approved. Stop it, and ask for it anew.", code="seal_broken")
        if payment.basis == OWN and (reasons := second_person_reasons(claim)):
            message = f"One person approved this payment alone. {reasons[0]} Stop it and ask for it anew: a second person then approves it."
            raise Conflict(message, code="second_person")
        refuse_beyond(claim, payment)
        _issue(claim, payment, actor)
    return claim


def clear_payment(actor: User | None, payment_id: UUID, *, version: int | None = None) -> Claim:
    """The bank has paid it out."""
    require(actor, "claims.issue_payment")
    with unit_of_work(actor):
        claim, payment = _locked(payment_id, version, (PaymentStatus.ISSUED,), "cleared")
        _refuse_interest(actor, claim, payment)
        payment.status = PaymentStatus.CLEARED
        payment.save(update_fields=["status"])
        _step(claim, actor, "clear_payment", payment, f"To {payment.payee}")
    return claim


def stop_payment(actor: User | None, payment_id: UUID, *, reason: str, version: int | None = None) -> Claim:
    """Before it has cleared: one that was not issued is taken back by who asked for it too; of an issued one the money comes back."""
    why = required_reason(reason)
    with unit_of_work(actor):
        claim, payment = _locked(payment_id, version, (*NOT_YET_OUT, PaymentStatus.ISSUED), "stopped")
        own = actor is not None and payment.requested_by_id == actor.pk and payment.status in NOT_YET_OUT
        require(actor, "claims.pay_claim" if own else "claims.issue_payment")
        _refuse_interest(actor, claim, payment)
        moved = _take_back(claim, payment, actor, PaymentStatus.STOPPED, why)
        _step(claim, actor, "stop_payment", payment, why, moved=moved)
    return claim


def void_payment(actor: User | None, payment_id: UUID, *, reason: str, version: int | None = None) -> Claim:
    """A payment that has gone out, also one that has cleared, is undone by a counter-row; both stay."""
    require(actor, "claims.issue_payment")
    why = required_reason(reason)
    with unit_of_work(actor):
        claim, payment = _locked(payment_id, version, (PaymentStatus.ISSUED, PaymentStatus.CLEARED), "voided")
        _refuse_interest(actor, claim, payment)
        moved = _take_back(claim, payment, actor, PaymentStatus.VOIDED, why)
        _step(claim, actor, "void_payment", payment, why, moved=moved)
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


def _decide(claim: Claim, payment: ClaimPayment, actor: User | None) -> None:
    """Approve at once, or say why a second person is waited for."""
    _refuse_interest(actor, claim, payment)
    if _is_staff(payment.payee):
        payment.waits_for = STAFF_PAYEE
    elif reasons := second_person_reasons(claim):
        payment.waits_for = reasons[0]
    elif payment.cost_type == CostType.INDEMNITY and payment.coverage != _approved_for(claim):
        payment.waits_for = OTHER_COVERAGE
    elif actor is not None and payment.cost_type == CostType.INDEMNITY and not may(actor, "claims.approve_claim"):
        _carry_out(claim, payment, actor)
    elif actor is None or not (why := _why_not_alone(actor, claim, payment)):
        _approve(payment, actor, OWN)
    else:
        payment.waits_for = why


def _approved_for(claim: Claim) -> str:
    """The coverage on which the claim was approved, as its proof says; a book that was taken over has none, so the one that answers."""
    proof = claim.proofs.order_by("made_at", "pk").last()
    return coverage_of(claim, None) if proof is None else str(proof.read["coverage"])


def _carry_out(claim: Claim, payment: ClaimPayment, actor: User) -> None:
    """The approval of the claim stands for the payment as far as it was about it: so much, to the insured and no account, by another.

    Where either of the two is a payee of the claim by now, or who approved it a claimant, it stands for nothing.
    """
    approval = claim.transitions.filter(command="approve").select_related("actor").last()
    if name_words(payment.payee) != name_words(claim.policy.customer.full_name):
        payment.waits_for = OTHER_PAYEE
    elif payment.account is not None:
        payment.waits_for = OTHER_ACCOUNT
    elif approval is None or approval.actor is None or approval.actor == actor:
        payment.waits_for = NO_OTHER_PERSON
    elif is_among(payees := list(claim.payments.values_list("payee", flat=True)), actor):
        payment.waits_for = PAID_ASKER
    elif is_among(payees, approval.actor):
        payment.waits_for = PAID_APPROVER
    elif claims_on(approval.actor, claim):
        payment.waits_for = CLAIMING_APPROVER
    else:
        _approve(payment, approval.actor, SECOND)


def _why_not_alone(actor: User, claim: Claim, payment: ClaimPayment) -> str:
    """Why the person who asks does not approve it as well: a payee of the claim, or above the authority with all payments; else empty."""
    if is_among(claim.payments.values_list("payee", flat=True), actor):
        return PAID_ASKER
    total = claim.payments.committed(payment.cost_type) + payment.amount
    limit = authority_of(actor, claim.claim_type, payment.cost_type)
    if limit is None or total <= limit:
        return ""
    if payment.amount <= limit:
        return f"Split: with earlier payments {dollars(total)}, above the authority of {dollars(limit)} for the claim."
    return f"Above the authority of {dollars(limit)}."


def _require_authority(actor: User | None, claim: Claim, payment: ClaimPayment) -> None:
    total = claim.payments.committed(payment.cost_type)
    limit = None if actor is None else authority_of(actor, claim.claim_type, payment.cost_type)
    if limit is not None and total > limit:
        message = f"The claim's payments come to {dollars(total)}, above your authority of {dollars(limit)}."
        raise Conflict(message, code="over_authority", field="amount")


def _refuse_interest(actor: User | None, claim: Claim, payment: ClaimPayment) -> None:
    """Nobody has a hand in a payment to themselves."""
    refuse_parties(actor, claim)
    if actor is not None and is_payee(payment.payee, actor):
        raise Conflict(f"{actor} is the payee, so another person handles this payment.", code="party", field="payee")


def _is_staff(payee: str) -> bool:
    """Whether the payee has the name, or the e-mail address, of somebody who works here."""
    # All of them: a database that narrows them down knows neither surnames of several words nor every way of writing a letter.
    people = User.objects.filter(is_staff=True).only("first_name", "last_name", "email")
    return any(is_payee(payee, person) for person in people.iterator())


def _approve(payment: ClaimPayment, approver: User | None, basis: ClaimTransition.Basis) -> None:
    payment.status, payment.approved_by, payment.basis = PaymentStatus.APPROVED, approver, basis
    payment.seal = payment.digest()


def _issue(claim: Claim, payment: ClaimPayment, actor: User | None) -> None:
    payment.status, payment.paid_at = PaymentStatus.ISSUED, timezone.now()
    payment.save(update_fields=["status", "paid_at"])
    book_payment(claim, actor, payment)
    _step(claim, actor, "pay", payment, f"To {payment.payee}", event=ClaimPaid, moved=payment.amount)


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


def _step(
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


def _locked(
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
