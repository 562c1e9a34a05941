"""/api/claims: look-alikes of a notice, take next; and below a claim its triage, release and links."""

from typing import Any

from django.http import HttpResponse
from ninja import Router

from claims import services
from claims.api.claims import COMMAND_HEADERS, ClaimAnswer, ClaimId, claims_of, give_command
from claims.models import Claim
from claims.schemas import ClaimantIn, ClaimOut, LinkIn, LookAlikeParams, LookAlikesIn, ReleaseIn, TriageIn, TriageOut
from vanguard.accounts.permissions import require
from vanguard.errors import NotFound
from vanguard.http.auth import AuthenticatedRequest
from vanguard.http.envelope import ApiResponse, ok
from vanguard.http.parsing import Asked, Json
from vanguard.http.rates import costly
from vanguard.http.threads import in_thread
from vanguard.http.writes import changed, write
from vanguard.querysets import get_or_refuse

# What is no claim's own: it goes before the addresses with a claim's id in them.
notices = Router(tags=["Claims"], by_alias=True)
intake = Router(tags=["Claims"], by_alias=True)


@notices.get("/look-alikes", response=ApiResponse[list[ClaimOut]])
async def list_look_alikes(request: AuthenticatedRequest, params: Asked[LookAlikeParams]) -> HttpResponse:
    """The claims that a notice of this loss would be held for: same policy, same day, same type; those that the caller may see."""
    return await _look_alikes(request, params.model_dump(), None)


@notices.post("/look-alikes", response=ApiResponse[list[ClaimOut]])
async def list_look_alikes_of_claimant(request: AuthenticatedRequest, body: Json[LookAlikesIn]) -> HttpResponse:
    """The same where staff know who claims: without the claims on which only others claim. A body, since an address is no place for a name.

    Nothing is kept of the question.
    """
    asked = body.whole()
    return await _look_alikes(request, asked, body.claimant)


async def _look_alikes(request: AuthenticatedRequest, asked: dict[str, Any], claimant: ClaimantIn | None) -> HttpResponse:
    await costly()

    def read() -> HttpResponse:
        told = services.ToldClaimant(**claimant.whole()) if claimant else None
        return ok([ClaimOut.of(claim).shown() for claim in services.look_alikes(request.auth, **(asked | {"claimant": told}))])

    return await in_thread(read)


@notices.post("/next", response=ClaimAnswer, openapi_extra=COMMAND_HEADERS)
async def take_next_claim(request: AuthenticatedRequest) -> HttpResponse:
    """The unowned claim with the nearest deadline in the caller's queues becomes the caller's; 404 where none waits."""

    def service() -> Claim:
        claim = services.take_next_claim(request.auth)
        if claim is None:
            raise NotFound("No claim waits for an owner.", code="none_waits")
        return claim

    return await write(request, service, changed(ClaimOut.of, "The claim is yours."))


@intake.get("/{id}/triage", response=ApiResponse[TriageOut])
async def get_claim_triage(request: AuthenticatedRequest, claim_id: ClaimId) -> HttpResponse:
    """How severe the claim is, where it waits, what it is linked to; for staff."""

    def read() -> HttpResponse:
        claim = get_or_refuse(claims_of(request), claim_id)
        require(request.auth, "intake.view_triage")
        return ok(TriageOut.show(claim).shown())

    return await in_thread(read)


@intake.post("/{id}/triage", response=ClaimAnswer, openapi_extra=COMMAND_HEADERS)
async def triage_claim(request: AuthenticatedRequest, claim_id: ClaimId, body: Json[TriageIn]) -> HttpResponse:
    """Say anew how severe the claim is and where it waits, with a reason."""
    return await give_command(request, claim_id, services.triage_claim, "The claim is triaged.", **body.whole())


@intake.post("/{id}/release", response=ClaimAnswer, openapi_extra=COMMAND_HEADERS)
async def release_claim(request: AuthenticatedRequest, claim_id: ClaimId, body: Json[ReleaseIn]) -> HttpResponse:
    """Put the claim back: it waits for another owner."""
    return await give_command(request, claim_id, services.release_claim, "The claim waits for an owner.", reason=body.reason)


@intake.post("/{id}/link", response=ClaimAnswer, openapi_extra=COMMAND_HEADERS)
async def link_claim(request: AuthenticatedRequest, claim_id: ClaimId, body: Json[LinkIn]) -> HttpResponse:
    """Mark another claim as of the same event."""
    return await give_command(request, claim_id, services.link_claims, "The claims are linked.", **body.whole())
