"""Who approves a payment: one person within the authority, or a second one; on whose word it may go out, and what is sealed then."""

from uuid import UUID

from claims.authority import authority_of
from claims.coverages import refuse_beyond
from claims.models import Claim, ClaimPayment, ClaimTransition, CostType, PaymentStatus
from claims.parties.matching import claims_on, name_words
from claims.rules import is_among, is_payee, refuse_payees
from claims.services.ledger import coverage_of
from claims.services.moving import second_person_reasons
from claims.services.paying.steps import locked_payment, refuse_interest, step
from vanguard.accounts.models import User
from vanguard.accounts.permissions import may, require
from vanguard.accounts.step_up import require_recent
from vanguard.audit import unit_of_work
from vanguard.errors import Conflict
from vanguard.money import dollars

OWN, SECOND = ClaimTransition.Basis.OWN_AUTHORITY, ClaimTransition.Basis.SECOND_PERSON
STAFF_PAYEE = "The payee is one of us."
OTHER_COVERAGE = "It is on another coverage than the claim was approved for."
OTHER_PAYEE = "The payee is not the insured, for whom it was approved."
OTHER_ACCOUNT = "The account was not before the eyes of who approved the claim."
PAID_ASKER = "Who asks for it is a payee of this claim."
PAID_APPROVER = "Who approved the claim is a payee of it."
CLAIMING_APPROVER = "Who approved the claim is a claimant of it."
NO_OTHER_PERSON = "Nobody else approved the claim by name."


def approve_payment(actor: User | None, payment_id: UUID, *, version: int | None = None) -> Claim:
    """As second person, with authority for all that the claim then costs, and as far as its coverage pays it.

    Raises Conflict "four_eyes", "party", "over_authority", "over_limit", "over_aggregate".
    """
    require(actor, "claims.approve_payment")
    require_recent(actor)
    with unit_of_work(actor):
        claim, payment = locked_payment(payment_id, version, (PaymentStatus.REQUESTED,), "approved", under_cover=True)
        refuse_interest(actor, claim, payment)
        refuse_payees(actor, claim)
        if actor is not None and payment.requested_by_id == actor.pk:
            raise Conflict("You asked for this payment yourself, so another person approves it.", code="four_eyes")
        _require_authority(actor, claim, payment)
        refuse_beyond(claim, payment)
        approve(payment, actor, SECOND)
        payment.save(update_fields=["status", "approved_by", "basis", "seal"])
        step(claim, actor, "approve_payment", payment, f"To {payment.payee}", basis=SECOND, maker=payment.requested_by)
    return claim


def decide(claim: Claim, payment: ClaimPayment, actor: User | None) -> None:
    """Approve at once, or say why a second person is waited for."""
    refuse_interest(actor, claim, payment)
    if _is_staff(payment.payee):
        payment.waits_for = STAFF_PAYEE
    elif reasons := second_person_reasons(claim):
        payment.waits_for = reasons[0]
    elif payment.cost_type == CostType.INDEMNITY and payment.coverage != _approved_for(claim):
        payment.waits_for = OTHER_COVERAGE
    elif actor is not None and payment.cost_type == CostType.INDEMNITY and not may(actor, "claims.approve_claim"):
        _carry_out(claim, payment, actor)
    elif actor is None or not (why := _why_not_alone(actor, claim, payment)):
        approve(payment, actor, OWN)
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
        approve(payment, approval.actor, SECOND)


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


def _is_staff(payee: str) -> bool:
    """Whether the payee has the name, or the e-mail address, of somebody who works here."""
    # All of them: a database that narrows them down knows neither surnames of several words nor every way of writing a letter.
    people = User.objects.filter(is_staff=True).only("first_name", "last_name", "email")
    return any(is_payee(payee, person) for person in people.iterator())


def approve(payment: ClaimPayment, approver: User | None, basis: ClaimTransition.Basis) -> None:
    payment.status, payment.approved_by, payment.basis = PaymentStatus.APPROVED, approver, basis
    payment.seal = payment.digest()
