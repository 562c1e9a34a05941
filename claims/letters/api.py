"""/api/claims/{id}/letters: what the insured was told in writing. `/api/documents/{id}` hands each out (vanguard.http.documents)."""

from typing import Annotated
from uuid import UUID

from django.http import HttpResponse
from ninja import Path, Router

from claims.letters import services
from claims.letters.models import ClaimLetter
from claims.letters.schemas import ClaimLetterIn, ClaimLetterListParams, ClaimLetterOut
from claims.letters.services import Written
from claims.models import Claim
from vanguard.http.auth import AuthenticatedRequest
from vanguard.http.envelope import ApiResponse, PaginatedResponse, ok
from vanguard.http.paging import page_of
from vanguard.http.parsing import Asked, Json
from vanguard.http.preconditions import optional_version
from vanguard.http.writes import headers_in_schema, write

of_claim = Router(tags=["Claims"], by_alias=True)
ClaimId = Annotated[UUID, Path(alias="id")]
LetterAnswer = ApiResponse[ClaimLetterOut]


@of_claim.get("/{id}/letters", response=ApiResponse[PaginatedResponse[ClaimLetterOut]])
async def list_letters_of_claim(request: AuthenticatedRequest, claim_id: ClaimId, params: Asked[ClaimLetterListParams]) -> HttpResponse:
    """The letters on one claim, the latest first; a policyholder's own."""
    claim = Claim.objects.visible_to(request.auth).filter(pk=claim_id)
    rows = ClaimLetter.objects.visible_to(request.auth).filter(claim_id=claim_id)
    return await page_of(rows.filter(kind=params.kind) if params.kind else rows, params, ClaimLetterOut.of, within=claim)


@of_claim.post("/{id}/letters", response={200: LetterAnswer, 201: LetterAnswer}, openapi_extra=headers_in_schema("Idempotency-Key"))
async def write_letter(request: AuthenticatedRequest, claim_id: ClaimId, body: Json[ClaimLetterIn]) -> HttpResponse:
    """Have a letter written as the claim stands now; 200 where the same one is there already."""

    def service() -> Written:
        optional_version(request, Claim.objects.visible_to(request.auth).filter(pk=claim_id))
        return services.write_letter(request.auth, claim_id, kind=body.kind)

    def answer(written: Written) -> HttpResponse:
        headers = {"Location": f"/api/documents/{written.letter.pk}"}
        message = "The letter is written." if written.is_new else "The same letter is there already."
        return ok(ClaimLetterOut.of(written.letter).shown(), message, status=201 if written.is_new else 200, headers=headers)

    return await write(request, service, answer)
