"""Closing the file and opening it again; the history stays."""

from uuid import UUID

from django.utils import timezone

from claims.events import ClaimClosed, ClaimReopened
from claims.models import Claim, Stage, Status
from claims.rules import refuse_parties, refuse_payees
from claims.services.ledger import release_reserves
from claims.services.moving import claim_for, move, require_step, required_reason
from claims.services.staging import work_on
from vanguard.accounts.models import User
from vanguard.audit import unit_of_work
from vanguard.errors import Conflict
from vanguard.money import dollars


def close_claim(actor: User | None, claim_id: UUID, *, reason: str = "", version: int | None = None) -> Claim:
    """Close the file of a decided claim: `closed_at` is set, the status stays, and nothing stays outstanding.

    Raises Conflict when it is not decided, or closed; "party"; "payment_in_flight" while a payment is under way.
    """
    with unit_of_work(actor):
        claim = claim_for(actor, "claims.close_claim", claim_id, version)
        require_step(claim, "close")
        refuse_parties(actor, claim)
        refuse_payees(actor, claim)
        if not claim.is_open:
            raise Conflict(f"{claim.claim_number} is already closed.", code="not_allowed_now", field="status")
        _refuse_in_flight(claim)
        release_reserves(claim, actor, reason.strip() or "The file is closed.")
        status, stage = Status(claim.status), Stage(claim.stage)
        return move(claim, actor, "close", status=status, stage=stage, event=ClaimClosed, reason=reason.strip(), closed_at=timezone.now())


def reopen_claim(actor: User | None, claim_id: UUID, *, reason: str, version: int | None = None) -> Claim:
    """approved or denied → processing, for a reason; the file is open again and its clock starts anew. Raises Conflict as `close_claim`."""
    why = required_reason(reason)
    with unit_of_work(actor):
        claim = claim_for(actor, "claims.reopen_claim", claim_id, version)
        require_step(claim, "reopen")
        refuse_parties(actor, claim)
        refuse_payees(actor, claim)
        _refuse_in_flight(claim)
        return move(
            claim,
            actor,
            "reopen",
            status=Status.PROCESSING,
            stage=work_on(claim).after("reopen").stage,
            event=ClaimReopened,
            reason=why,
            reopened_at=timezone.now(),
            closed_at=None,
            processed_date=None,
            approved_amount=None,
        )


def _refuse_in_flight(claim: Claim) -> None:
    waiting = claim.payments.in_flight().order_by("created_at").first()
    if waiting is not None:
        words = f"A payment of {dollars(waiting.amount)} is under way ({waiting.get_status_display().lower()})."
        raise Conflict(f"{words} Let it clear, or stop it first.", code="payment_in_flight", field="status")
