"""/api/claims/{id}: the ledger, the payments and their steps, recoveries, the proof."""

from collections.abc import Callable
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpResponse
from ninja import Path, Router

from claims import services
from claims.api.claims import COMMAND_HEADERS, ClaimAnswer, ClaimId, claims_of, give_command
from claims.models import Claim
from claims.schemas import MoneyOut, PayIn, PaymentStepIn, ProofOut, RecoverIn, ReserveIn, TakeBackIn
from vanguard.accounts.permissions import require
from vanguard.errors import NotFound
from vanguard.http.auth import AuthenticatedRequest
from vanguard.http.envelope import ApiResponse, ok
from vanguard.http.parsing import Json
from vanguard.http.threads import in_thread
from vanguard.querysets import get_or_refuse

money = Router(tags=["Claims"], by_alias=True)
PaymentId = Annotated[UUID, Path()]
EntryId = Annotated[UUID, Path()]


@money.get("/{id}/money", response=ApiResponse[MoneyOut])
async def get_claim_money(request: AuthenticatedRequest, claim_id: ClaimId) -> HttpResponse:
    """Reserves, payments and recoveries, entry by entry, for staff: incurred = paid + outstanding − recovered."""

    def read() -> HttpResponse:
        claim = get_or_refuse(claims_of(request), claim_id)
        require(request.auth, "claims.view_ledgerentry")
        return ok(MoneyOut.show(claim).shown())

    return await in_thread(read)


@money.get("/{id}/proof", response=ApiResponse[ProofOut])
async def get_claim_proof(request: AuthenticatedRequest, claim_id: ClaimId) -> HttpResponse:
    """The sum that the last approval rests on, with what it read, and done again; for staff."""

    def read() -> HttpResponse:
        claim = get_or_refuse(claims_of(request), claim_id)
        require(request.auth, "claims.view_settlementproof")
        proof = claim.proofs.select_related("claim__policy").order_by("made_at").last()
        if proof is None:
            raise NotFound("Nothing was approved on this claim yet.")
        return ok(ProofOut.show(proof, services.faults_of(proof)).shown())

    return await in_thread(read)


@money.get("/{id}/payments/{payment_id}/proof", response=ApiResponse[ProofOut])
async def get_payment_proof(request: AuthenticatedRequest, claim_id: ClaimId, payment_id: PaymentId) -> HttpResponse:
    """The sum on which this payment was approved, whatever was approved since; for staff. Expenses have none."""

    def read() -> HttpResponse:
        claim = get_or_refuse(claims_of(request), claim_id)
        require(request.auth, "claims.view_settlementproof")
        proof = get_or_refuse(claim.payments.select_related("proof__claim__policy"), payment_id).proof
        if proof is None:
            raise NotFound("No sum was kept for this payment.")
        return ok(ProofOut.show(proof, services.faults_of(proof)).shown())

    return await in_thread(read)


@money.post("/{id}/reserve", response=ClaimAnswer, openapi_extra=COMMAND_HEADERS)
async def reserve_claim(request: AuthenticatedRequest, claim_id: ClaimId, body: Json[ReserveIn]) -> HttpResponse:
    """Say what is outstanding from now on; the difference is booked."""
    return await give_command(request, claim_id, services.set_reserve, "The reserve is booked.", **body.whole())


@money.post("/{id}/pay", response=ClaimAnswer, openapi_extra=COMMAND_HEADERS)
async def pay_claim(request: AuthenticatedRequest, claim_id: ClaimId, body: Json[PayIn]) -> HttpResponse:
    """Ask for a payment; above the caller's authority it waits for another person, and Finance's are issued at once."""
    return await give_command(request, claim_id, services.pay_claim, "The payment is recorded.", **body.whole())


@money.post("/{id}/recover", response=ClaimAnswer, openapi_extra=COMMAND_HEADERS)
async def recover_claim(request: AuthenticatedRequest, claim_id: ClaimId, body: Json[RecoverIn]) -> HttpResponse:
    """Book money that came back."""
    return await give_command(request, claim_id, services.record_recovery, "The recovery is booked.", **body.whole())


@money.post("/{id}/recoveries/{entry_id}/reverse", response=ClaimAnswer, openapi_extra=COMMAND_HEADERS)
async def reverse_recovery(request: AuthenticatedRequest, claim_id: ClaimId, entry_id: EntryId, body: Json[TakeBackIn]) -> HttpResponse:
    """Take back a recovery that bounced, or was booked by mistake."""
    service = _on("entries", services.reverse_recovery, entry_id)
    return await give_command(request, claim_id, service, "The recovery is reversed.", reason=body.reason)


@money.post("/{id}/payments/{payment_id}/approve", response=ClaimAnswer, openapi_extra=COMMAND_HEADERS)
async def approve_payment(
    request: AuthenticatedRequest, claim_id: ClaimId, payment_id: PaymentId, body: Json[PaymentStepIn]
) -> HttpResponse:
    """Approve a payment as second person."""
    return await give_command(request, claim_id, _on("payments", services.approve_payment, payment_id), "The payment is approved.")


@money.post("/{id}/payments/{payment_id}/issue", response=ClaimAnswer, openapi_extra=COMMAND_HEADERS)
async def issue_payment(request: AuthenticatedRequest, claim_id: ClaimId, payment_id: PaymentId, body: Json[PaymentStepIn]) -> HttpResponse:
    """Send an approved payment out."""
    return await give_command(request, claim_id, _on("payments", services.issue_payment, payment_id), "The payment is issued.")


@money.post("/{id}/payments/{payment_id}/clear", response=ClaimAnswer, openapi_extra=COMMAND_HEADERS)
async def clear_payment(request: AuthenticatedRequest, claim_id: ClaimId, payment_id: PaymentId, body: Json[PaymentStepIn]) -> HttpResponse:
    """The bank has paid it out."""
    return await give_command(request, claim_id, _on("payments", services.clear_payment, payment_id), "The payment has cleared.")


@money.post("/{id}/payments/{payment_id}/stop", response=ClaimAnswer, openapi_extra=COMMAND_HEADERS)
async def stop_payment(request: AuthenticatedRequest, claim_id: ClaimId, payment_id: PaymentId, body: Json[TakeBackIn]) -> HttpResponse:
    """Stop a payment that has not cleared."""
    service = _on("payments", services.stop_payment, payment_id)
    return await give_command(request, claim_id, service, "The payment is stopped.", reason=body.reason)


@money.post("/{id}/payments/{payment_id}/void", response=ClaimAnswer, openapi_extra=COMMAND_HEADERS)
async def void_payment(request: AuthenticatedRequest, claim_id: ClaimId, payment_id: PaymentId, body: Json[TakeBackIn]) -> HttpResponse:
    """Undo a payment that has gone out, by a counter-row."""
    service = _on("payments", services.void_payment, payment_id)
    return await give_command(request, claim_id, service, "The payment is voided.", reason=body.reason)


def _on(kind: str, service: Callable[..., Claim], key: UUID) -> Callable[..., Claim]:
    """The service of a part of a claim, given like one of the claim. Raises NotFound for a part of another claim."""

    def given(actor: Any, claim_id: UUID, **rest: Any) -> Claim:
        claim = Claim(pk=claim_id)
        get_or_refuse(getattr(claim, kind).all(), key)
        return service(actor, key, **rest)

    return given
