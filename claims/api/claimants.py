"""/api/claims/{id}/claimants: who claims on a claim. Nothing of it is shown to a policyholder: others' data is in it."""

from typing import Annotated
from uuid import UUID

from django.http import HttpResponse
from ninja import Path, Router

from claims import services
from claims.api.claims import COMMAND_HEADERS, ClaimId, claims_of
from claims.parties.models import Claimant
from claims.schemas import ClaimantIn, ClaimantListParams, ClaimantOut, EndClaimantIn
from claims.services import ToldClaimant
from vanguard.accounts.permissions import require
from vanguard.http.auth import AuthenticatedRequest
from vanguard.http.envelope import ApiResponse, PaginatedResponse, ok
from vanguard.http.paging import page_of
from vanguard.http.parsing import Asked, Json
from vanguard.http.preconditions import etag_of, optional_version
from vanguard.http.threads import in_thread
from vanguard.http.writes import write
from vanguard.querysets import get_or_refuse

claimants = Router(tags=["Claims"], by_alias=True)
ClaimantId = Annotated[UUID, Path()]
ClaimantAnswer = ApiResponse[ClaimantOut]


def _told(claimant: Claimant, message: str, status: int = 200) -> HttpResponse:
    """With the ETag of the claim: a claimant has none of its own."""
    return ok(ClaimantOut.show(claimant).shown(), message, status=status, headers={"ETag": etag_of(claimant.claim)})


@claimants.get("/{id}/claimants", response=ApiResponse[PaginatedResponse[ClaimantOut]])
async def list_claimants(request: AuthenticatedRequest, claim_id: ClaimId, params: Asked[ClaimantListParams]) -> HttpResponse:
    """Who claims on the claim and who did, in the order in which they were named; for staff."""
    rows = Claimant.objects.filter(claim_id=claim_id).select_related("customer")

    def readable() -> None:
        get_or_refuse(claims_of(request), claim_id)
        require(request.auth, "parties.view_claimant")

    await in_thread(readable)
    return await page_of(rows if params.open is None else rows.filter(ended_at__isnull=params.open), params, ClaimantOut.show)


@claimants.post("/{id}/claimants", response={201: ClaimantAnswer}, openapi_extra=COMMAND_HEADERS)
async def add_claimant(request: AuthenticatedRequest, claim_id: ClaimId, body: Json[ClaimantIn]) -> HttpResponse:
    """Name a claimant of an open claim: a customer, or somebody who is none. If-Match, of the claim, is optional."""

    def service() -> Claimant:
        version = optional_version(request, claims_of(request, pk=claim_id))
        return services.add_claimant(request.auth, claim_id, ToldClaimant(**body.whole()), version=version)

    return await write(request, service, lambda claimant: _told(claimant, "The claimant is named.", status=201))


@claimants.post("/{id}/claimants/{claimant_id}/end", response=ClaimantAnswer, openapi_extra=COMMAND_HEADERS)
async def end_claimant(
    request: AuthenticatedRequest, claim_id: ClaimId, claimant_id: ClaimantId, body: Json[EndClaimantIn]
) -> HttpResponse:
    """They claim no more, or never did, with the reason; the row stays. If-Match, of the claim, is optional."""

    def service() -> Claimant:
        version = optional_version(request, claims_of(request, pk=claim_id))
        return services.end_claimant(request.auth, claim_id, claimant_id, reason=body.reason, version=version)

    return await write(request, service, lambda claimant: _told(claimant, "The claimant has ended."))
