"""/api/claims/{id}/claimants: who claims on a claim. Nothing of it is shown to a policyholder: others' data is in it."""

from typing import Annotated
from uuid import UUID

from django.http import HttpResponse
from ninja import Path, Router

from claims import services
from claims.api.claims import COMMAND_HEADERS, ClaimId, claims_of
from claims.parties.models import Claimant
from claims.schemas import ClaimantErasureOut, ClaimantIn, ClaimantListParams, ClaimantOut, EndClaimantIn, EraseClaimantIn
from claims.services import ToldClaimant
from customers.privacy_api import file_in_schema, handed_out
from customers.schemas import ReasonIn
from vanguard.accounts.permissions import require
from vanguard.http.auth import AuthenticatedRequest
from vanguard.http.envelope import ApiResponse, PaginatedResponse, ok
from vanguard.http.paging import page_of
from vanguard.http.parsing import Asked, Json
from vanguard.http.preconditions import etag_of, optional_version
from vanguard.http.rates import costly
from vanguard.http.threads import in_thread
from vanguard.http.writes import headers_in_schema, write
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


@claimants.post(
    "/{id}/claimants/{claimant_id}/erasure",
    response={201: ApiResponse[list[ClaimantErasureOut]]},
    openapi_extra=headers_in_schema("Idempotency-Key"),
)
async def request_claimant_erasure(
    request: AuthenticatedRequest, claim_id: ClaimId, claimant_id: ClaimantId, body: Json[EraseClaimantIn]
) -> HttpResponse:
    """Erase what is kept on a claimant who is no customer, now or when it may be; on each claim on which the same person is named.

    The answer has a request for each of these claims, this one's first. It cannot be undone.
    """

    def service() -> list[services.AskedErasure]:
        get_or_refuse(claims_of(request), claim_id)
        return services.request_claimant_erasure(request.auth, claim_id, claimant_id, **body.whole())

    def answer(asked: list[services.AskedErasure]) -> HttpResponse:
        shown = [ClaimantErasureOut.show(each.erasure, each.standing.due_at, each.standing.waits_for).shown() for each in asked]
        message = "The personal data is erased." if all(each.erasure.done_at for each in asked) else "It is noted, and done when it is due."
        return ok(shown, message, status=201, headers={"Location": request.path})

    return await write(request, service, answer)


@claimants.post("/{id}/claimants/{claimant_id}/export", openapi_extra=file_in_schema("application/json"))
async def hand_out_claimant(
    request: AuthenticatedRequest, claim_id: ClaimId, claimant_id: ClaimantId, body: Json[ReasonIn]
) -> HttpResponse:
    """All that is held on a claimant who is no customer, as JSON in a file, for who answers such requests: with a fresh code.

    Each is recorded with its reason, and counts as a look at personal data. The answer is stored under no Idempotency-Key.
    """
    return await _handed_out(request, claim_id, claimant_id, "json", body.reason)


@claimants.post("/{id}/claimants/{claimant_id}/export/pdf", openapi_extra=file_in_schema("application/pdf"))
async def hand_out_claimant_as_pdf(
    request: AuthenticatedRequest, claim_id: ClaimId, claimant_id: ClaimantId, body: Json[ReasonIn]
) -> HttpResponse:
    """The same as a paper."""
    return await _handed_out(request, claim_id, claimant_id, "pdf", body.reason)


async def _handed_out(request: AuthenticatedRequest, claim_id: UUID, claimant_id: UUID, form: str, reason: str) -> HttpResponse:
    await costly()

    def made() -> HttpResponse:
        get_or_refuse(claims_of(request), claim_id)
        content = services.export_claimant(request.auth, claim_id, claimant_id, form=form, reason=reason)
        return handed_out(content, claimant_id, form, "claimant")

    return await in_thread(made)
