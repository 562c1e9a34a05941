"""Approving: within authority alone, above it by a second person, never above what is payable."""

from decimal import Decimal
from uuid import UUID

from django.utils import timezone

from claims.authority import authority_of
from claims.decisions.models import Appeal
from claims.events import ClaimAppealDecided, ClaimApprovalProposed, ClaimApprovalWithdrawn, ClaimApproved
from claims.letters.services import tell_overturned
from claims.models import Claim, ClaimTransition, Stage, Status
from claims.parties.matching import claims_on
from claims.rules import check_cover, refuse_parties, refuse_payees
from claims.services.appeals import decide_appeal, open_appeal, refuse_first_decider
from claims.services.asking import close_requests
from claims.services.checking import Step, keep_check, last_check
from claims.services.look_alikes import refuse_undecided
from claims.services.moving import claim_for, move, require_step, required_reason, second_person_reasons, tell
from claims.services.proving import basis_of, keep_proof, settlement_of
from claims.services.staging import work_on
from vanguard.accounts.models import User
from vanguard.audit import unit_of_work
from vanguard.errors import Conflict, Invalid
from vanguard.money import CENT, ZERO, dollars


def approve_claim(
    actor: User | None, claim_id: UUID, *, amount: Decimal | None = None, reason: str = "", version: int | None = None
) -> Claim:
    """Approve `amount` for payment now; without one what was proposed, or else all that is payable.

    Above the actor's authority (cumulative on the claim) it is proposed to a second person: stage awaiting_approval, status
    processing; what is open of the cover stays open until that person decides. On an appeal it is overturned, by another person than
    who decided first, and the letter goes with it.
    Raises Conflict: "over_limit", "four_eyes", "decided_first", "party", "look_alike", "not_in_force"; NotAllowed; Invalid for the amount.
    """
    with unit_of_work(actor):
        claim = claim_for(actor, "claims.approve_claim", claim_id, version, under_cover=True)
        require_step(claim, "approve")
        refuse_parties(actor, claim)
        refuse_payees(actor, claim)
        refuse_first_decider(actor, claim)
        refuse_undecided(claim)
        agreed = _agreed_amount(claim, amount)
        proof = keep_proof(claim, actor, agreed)
        close_requests(claim, actor)
        appeal = open_appeal(claim)
        second = _is_second(claim, actor, agreed)
        if why := _why_not_alone(claim, actor, agreed, second=second):
            before = last_check(claim)
            keep_check(claim, actor, Step.APPROVE, basis_of(claim), (before.left_open if before else "") or "")
            return _propose(claim, actor, agreed, reason, why)
        keep_check(claim, actor, Step.APPROVE, basis_of(claim))
        approved = _approve(claim, actor, agreed, reason, maker=claim.proposed_by if second else None)
        if appeal is not None:
            decide_appeal(appeal, actor, Appeal.Outcome.OVERTURNED)
            tell(ClaimAppealDecided, approved, actor, agreed)
            tell_overturned(actor, approved, proof)
        return approved


def _is_second(claim: Claim, actor: User | None, agreed: Decimal) -> bool:
    """Whether the actor approves what another one proposed, who has not been named as a claimant since."""
    maker = claim.proposed_by
    if maker is None or actor is None or maker == actor or agreed != claim.proposed_amount:
        return False
    return not claims_on(maker, claim)


def _why_not_alone(claim: Claim, actor: User | None, agreed: Decimal, *, second: bool) -> str:
    """Why somebody else has to approve it; empty where the actor may. `second`: the actor approves what another proposed."""
    limit = None if actor is None else authority_of(actor, claim.claim_type)
    if limit is not None and claim.paid_amount + agreed > limit:
        return f"Above the authority of {dollars(limit)}"
    return next(iter(second_person_reasons(claim)), "") if not second else ""


def _approve(claim: Claim, actor: User | None, agreed: Decimal, reason: str, *, maker: User | None) -> Claim:
    basis = ClaimTransition.Basis.SECOND_PERSON if maker else ClaimTransition.Basis.OWN_AUTHORITY
    return move(
        claim,
        actor,
        "approve",
        status=Status.APPROVED,
        stage=Stage.PAYMENT_PENDING if agreed else Stage.APPROVED,
        event=ClaimApproved,
        amount=agreed,
        reason=reason.strip(),
        basis=basis,
        maker=maker,
        approved_amount=claim.paid_amount + agreed,
        processed_date=timezone.now(),
        proposed_amount=None,
        proposed_by=None,
        appealed_at=None,
        first_decided_by=None,
    )


def _agreed_amount(claim: Claim, amount: Decimal | None) -> Decimal:
    """The amount to approve. Raises Invalid for no amount of money, Conflict for more than cover and limit leave."""
    if (refusal := check_cover(claim.policy, claim.incident_date)) is not None:
        raise Conflict(refusal.message, code=refusal.code, field=refusal.field)
    payable = settlement_of(claim).payable
    agreed = amount if amount is not None else claim.proposed_amount if claim.proposed_amount is not None else payable
    if not agreed.is_finite() or agreed < ZERO or agreed != agreed.quantize(CENT):
        raise Invalid("Amount is 0.00 or more, with at most two decimals.", code="invalid", field="amount")
    if not agreed and payable:
        raise Invalid("Enter more than 0.00, or deny the claim.", code="nothing_approved", field="amount")
    if agreed > payable:
        over = f"Amount is {dollars(agreed - payable)} above what is payable ({dollars(payable)})."
        raise Conflict(f"{over} Enter {dollars(payable)} or less, or change the claimed amount.", code="over_limit", field="amount")
    return agreed.quantize(CENT)


def _propose(claim: Claim, actor: User | None, amount: Decimal, reason: str, why: str) -> Claim:
    """Put the amount before a second person. Raises Conflict ("four_eyes") when the actor has proposed just this already, or is nobody."""
    if actor is None:
        raise Conflict(f"{why} It takes two people.", code="four_eyes", field="amount")
    if claim.proposed_by_id == actor.pk and claim.proposed_amount == amount:
        message = f"You asked for {dollars(amount)} yourself, so another person approves it. {why.rstrip('.')}."
        raise Conflict(message, code="four_eyes", field="amount")
    return move(
        claim,
        actor,
        "propose",
        status=Status.PROCESSING,
        stage=Stage.AWAITING_APPROVAL,
        event=ClaimApprovalProposed,
        amount=amount,
        reason=reason.strip() or why,
        proposed_amount=amount,
        proposed_by=actor,
    )


def withdraw_approval(actor: User | None, claim_id: UUID, *, reason: str, version: int | None = None) -> Claim:
    """Nobody is asked to approve any more: who asked takes it back, or who was asked sends it back. The claim goes back to the work.

    Raises Invalid without a reason; Conflict "not_allowed_now" where nothing is proposed, "party", "decided_first".
    """
    why = required_reason(reason)
    with unit_of_work(actor):
        claim = claim_for(actor, "claims.approve_claim", claim_id, version)
        require_step(claim, "withdraw")
        refuse_parties(actor, claim)
        refuse_payees(actor, claim)
        refuse_first_decider(actor, claim)
        if claim.stage != Stage.AWAITING_APPROVAL:
            raise Conflict(f"No approval is asked for on {claim.claim_number}.", code="not_allowed_now", field="status")
        return move(
            claim,
            actor,
            "withdraw",
            status=Status.PROCESSING,
            stage=work_on(claim).stage,
            event=ClaimApprovalWithdrawn,
            amount=claim.proposed_amount,
            reason=why,
            maker=claim.proposed_by,
            proposed_amount=None,
            proposed_by=None,
        )
