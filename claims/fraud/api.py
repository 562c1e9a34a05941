"""/api/claims/{id}: indicators and special investigation. Nothing of it is ever shown to a policyholder."""

from functools import partial
from uuid import UUID

from django.http import HttpResponse
from ninja import Router

from claims.api.claims import COMMAND_HEADERS, ClaimAnswer, ClaimId, claims_of, give_command
from claims.fraud import services
from claims.fraud.schemas import CloseReferralIn, IndicatorsOut, InvestigationNoteIn, InvestigationOut, ReferIn
from claims.models import Claim
from vanguard.accounts.permissions import require
from vanguard.http.auth import AuthenticatedRequest
from vanguard.http.envelope import ApiResponse, ok
from vanguard.http.parsing import Json
from vanguard.http.threads import in_thread
from vanguard.http.writes import write
from vanguard.querysets import get_or_refuse

investigation = Router(tags=["Claims"], by_alias=True)
InvestigationAnswer = ApiResponse[InvestigationOut]


def _shown(request: AuthenticatedRequest, claim_id: UUID, message: str = "", status: int = 200) -> HttpResponse:
    claim = get_or_refuse(claims_of(request), claim_id)
    return ok(InvestigationOut.show(services.referral_of(request.auth, claim)).shown(), message, status=status)


@investigation.get("/{id}/indicators", response=ApiResponse[IndicatorsOut])
async def get_claim_indicators(request: AuthenticatedRequest, claim_id: ClaimId) -> HttpResponse:
    """What speaks for a closer look at the claim, each with its reason and weight."""

    def read() -> HttpResponse:
        claim = get_or_refuse(claims_of(request).select_related("policy__customer"), claim_id)
        require(request.auth, "fraud.view_indicators")
        return ok(IndicatorsOut.show(claim).shown())

    return await in_thread(read)


@investigation.post("/{id}/refer", response=ClaimAnswer, openapi_extra=COMMAND_HEADERS)
async def refer_claim(request: AuthenticatedRequest, claim_id: ClaimId, body: Json[ReferIn]) -> HttpResponse:
    """Give the claim to special investigation: approving it takes a second person until that has ended."""
    return await give_command(request, claim_id, services.refer_claim, "The claim is referred.", reason=body.reason)


@investigation.get("/{id}/investigation", response=InvestigationAnswer)
async def get_claim_investigation(request: AuthenticatedRequest, claim_id: ClaimId) -> HttpResponse:
    """The latest referral with its notes, for investigators."""
    return await in_thread(partial(_shown, request, claim_id))


@investigation.post("/{id}/investigation/notes", response={201: InvestigationAnswer}, openapi_extra=COMMAND_HEADERS)
async def note_investigation(request: AuthenticatedRequest, claim_id: ClaimId, body: Json[InvestigationNoteIn]) -> HttpResponse:
    """Write into the investigation."""

    def service() -> Claim:
        claim = get_or_refuse(claims_of(request), claim_id)
        services.note_investigation(request.auth, claim.pk, text=body.text)
        return claim

    return await write(request, service, lambda claim: _shown(request, claim.pk, "The note is in the investigation.", 201))


@investigation.post("/{id}/investigation/close", response=ClaimAnswer, openapi_extra=COMMAND_HEADERS)
async def close_investigation(request: AuthenticatedRequest, claim_id: ClaimId, body: Json[CloseReferralIn]) -> HttpResponse:
    """End the investigation with its outcome."""
    return await give_command(request, claim_id, services.close_referral, "The investigation has ended.", **body.whole())
