"""/api/claims/{id}: its deadlines, putting one off, the jurisdiction, and what the insurance department asks."""

from typing import Annotated
from uuid import UUID

from django.http import HttpResponse
from ninja import Path, Router

from claims import services
from claims.api.claims import COMMAND_HEADERS, ClaimAnswer, ClaimId, claims_of, give_command
from claims.clocks.reading import clocks_of
from claims.schemas import ClockOut, ExtendIn, InquiryIn, JurisdictionIn
from vanguard.accounts.permissions import require
from vanguard.http.auth import AuthenticatedRequest
from vanguard.http.envelope import ApiResponse, ok
from vanguard.http.parsing import Json
from vanguard.http.threads import in_thread
from vanguard.querysets import get_or_refuse

clocks = Router(tags=["Claims"], by_alias=True)
ClockId = Annotated[UUID, Path()]


@clocks.get("/{id}/clocks", response=ApiResponse[list[ClockOut]])
async def list_clocks_of_claim(request: AuthenticatedRequest, claim_id: ClaimId) -> HttpResponse:
    """Every deadline that ran or runs on the claim, in the order of their start; for staff."""

    def read() -> HttpResponse:
        claim = get_or_refuse(claims_of(request), claim_id)
        require(request.auth, "clocks.view_clock")
        return ok([ClockOut.show(clock).shown() for clock in clocks_of(claim)])

    return await in_thread(read)


@clocks.post("/{id}/clocks/{clock_id}/extend", response=ClaimAnswer, openapi_extra=COMMAND_HEADERS)
async def extend_clock(request: AuthenticatedRequest, claim_id: ClaimId, clock_id: ClockId, body: Json[ExtendIn]) -> HttpResponse:
    """Put a deadline off, once and before it is over, where its rule allows; 409 says why not."""
    return await give_command(request, claim_id, services.extend_clock, "The deadline is put off.", clock_id=clock_id, reason=body.reason)


@clocks.post("/{id}/jurisdiction", response=ClaimAnswer, openapi_extra=COMMAND_HEADERS)
async def correct_jurisdiction(request: AuthenticatedRequest, claim_id: ClaimId, body: Json[JurisdictionIn]) -> HttpResponse:
    """Say under which state's law the claim is: its deadlines are counted anew."""
    return await give_command(request, claim_id, services.correct_jurisdiction, "The jurisdiction is corrected.", **body.whole())


@clocks.post("/{id}/inquire", response=ClaimAnswer, openapi_extra=COMMAND_HEADERS)
async def record_inquiry(request: AuthenticatedRequest, claim_id: ClaimId, body: Json[InquiryIn]) -> HttpResponse:
    """Record that the insurance department has asked about the claim."""
    return await give_command(request, claim_id, services.record_inquiry, "The inquiry is recorded.", reason=body.reason)


@clocks.post("/{id}/answer", response=ClaimAnswer, openapi_extra=COMMAND_HEADERS)
async def record_answer(request: AuthenticatedRequest, claim_id: ClaimId, body: Json[InquiryIn]) -> HttpResponse:
    """Record that the insurance department has been answered."""
    return await give_command(request, claim_id, services.record_answer, "The answer is recorded.", reason=body.reason)
