"""/api/claims: reads through the scoped querysets, writes through the services."""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Annotated, Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpResponse
from ninja import Path, Router

from claims import services
from claims.models import Claim
from claims.past import claim_known_at
from claims.schemas import (
    ApproveIn,
    AssignIn,
    ClaimIn,
    ClaimListParams,
    ClaimOut,
    ClaimPatch,
    ClaimPut,
    CloseIn,
    DenyIn,
    KnownParams,
    Number,
    ReopenIn,
    StartIn,
)
from policies.models import Policy
from vanguard.accounts.permissions import sees_only_own
from vanguard.confinement import unconfined
from vanguard.errors import NotFound
from vanguard.http.auth import AuthenticatedRequest
from vanguard.http.envelope import ApiResponse, PaginatedResponse, ok
from vanguard.http.paging import one_of, page_of
from vanguard.http.parsing import Asked, Json
from vanguard.http.preconditions import no_such_record, optional_version, required_version
from vanguard.http.threads import in_thread
from vanguard.http.writes import changed, created, deleted, headers_in_schema, write

router = Router(tags=["Claims"], by_alias=True)
of_policy = Router(tags=["Claims"], by_alias=True)
ClaimId = Annotated[UUID, Path(alias="id")]
ClaimPage = ApiResponse[PaginatedResponse[ClaimOut]]
ClaimAnswer = ApiResponse[ClaimOut]
COMMAND_HEADERS = headers_in_schema("Idempotency-Key")


def claims_of(request: AuthenticatedRequest, **which: object) -> QuerySet[Claim]:
    return Claim.objects.visible_to(request.auth).filter(**which)


@router.get("", response=ClaimPage)
async def list_claims(request: AuthenticatedRequest, params: Asked[ClaimListParams]) -> HttpResponse:
    """The claims that the caller may see, newest first unless sorted otherwise."""
    return await page_of(params.of(claims_of(request)), params, ClaimOut.of, own=sees_only_own(request.auth, Claim))


@of_policy.get("/{id}/claims", response=ClaimPage)
async def list_claims_of_policy(request: AuthenticatedRequest, policy_id: ClaimId, params: Asked[ClaimListParams]) -> HttpResponse:
    """One policy's claims."""
    policy = Policy.objects.visible_to(request.auth).filter(pk=policy_id)
    rows, own = claims_of(request, policy_id=policy_id), sees_only_own(request.auth, Claim)
    return await page_of(params.of(rows), params, ClaimOut.of, within=policy, own=own)


@router.get("/by-number/{number}", response=ClaimAnswer, openapi_extra=headers_in_schema("If-None-Match"))
async def get_claim_by_number(request: AuthenticatedRequest, number: Number) -> HttpResponse:
    """The claim with this number."""
    return await one_of(request, claims_of(request, claim_number=number), ClaimOut.of)


@router.get("/{id}", response=ClaimAnswer, openapi_extra=headers_in_schema("If-None-Match"))
async def get_claim(request: AuthenticatedRequest, claim_id: ClaimId, params: Asked[KnownParams]) -> HttpResponse:
    """One claim, with the ETag that a change of it must send back; or, without one, as it was known at another moment."""
    known_at = params.known_at
    if known_at is None:
        return await one_of(request, claims_of(request), ClaimOut.of, claim_id)
    claim = await in_thread(claims_of(request, pk=claim_id).first)
    if claim is None:
        raise no_such_record()
    # It may be seen, and what was known of it lies in the log of changes, which no policyholder's own role reads.
    with unconfined():
        return await in_thread(lambda: _known_at(claim, known_at))


def _known_at(claim: Claim, known_at: datetime) -> HttpResponse:
    past = claim_known_at(claim, known_at)
    if past is None:
        raise NotFound(f"{claim.claim_number} was not known yet then.", code="not_known_yet", field="known_at")
    return ok(ClaimOut.of(past.claim).shown())


@router.post("", response={201: ClaimAnswer}, openapi_extra=headers_in_schema("Idempotency-Key"))
async def submit_claim(request: AuthenticatedRequest, body: Json[ClaimIn]) -> HttpResponse:
    """File a claim on a policy that was in force at the loss; a policyholder on an own one.

    One that looks like a filed claim (same policy, day and type) is filed and marked, for staff to decide. Who has asked for the
    look-alikes beforehand names them in `notDuplicateOf`, with a reason; one that came in since then is 409 `possible_duplicate`.
    """
    told = body.whole()
    told["claimant"] = services.ToldClaimant(**body.claimant.whole()) if body.claimant else None
    service = partial(services.submit_claim, request.auth, **told, marks_look_alikes=not body.not_duplicate_of)
    return await write(request, service, created(request, ClaimOut.of, "The claim is filed."))


async def _update(request: AuthenticatedRequest, claim_id: UUID, changes: dict[str, Any]) -> HttpResponse:
    def service() -> Claim:
        with required_version(request, claims_of(request, pk=claim_id)) as version:
            return services.update_claim(request.auth, claim_id, version=version, changes=changes)

    return await write(request, service, changed(ClaimOut.of, "The claim is changed."))


@router.put("/{id}", response=ClaimAnswer, openapi_extra=headers_in_schema("If-Match"))
async def replace_claim(request: AuthenticatedRequest, claim_id: ClaimId, body: Json[ClaimPut]) -> HttpResponse:
    """Replace all that can be corrected before the decision."""
    return await _update(request, claim_id, body.whole())


@router.patch("/{id}", response=ClaimAnswer, openapi_extra=headers_in_schema("If-Match"))
async def update_claim(request: AuthenticatedRequest, claim_id: ClaimId, body: Json[ClaimPatch]) -> HttpResponse:
    """Correct the fields that are sent."""
    return await _update(request, claim_id, body.sent())


@router.delete("/{id}", response={204: None}, openapi_extra=headers_in_schema("If-Match"))
async def delete_claim(request: AuthenticatedRequest, claim_id: ClaimId) -> HttpResponse:
    """Delete a claim while it is pending and has no money."""

    def service() -> None:
        with required_version(request, claims_of(request, pk=claim_id)) as version:
            services.delete_claim(request.auth, claim_id, version=version)

    return await write(request, service, deleted)


async def give_command(
    request: AuthenticatedRequest, claim_id: UUID, command: Callable[..., Claim], message: str, **given: Any
) -> HttpResponse:
    """Give `command` to the claim, which the caller must be able to see; If-Match is optional."""

    def service() -> Claim:
        version = optional_version(request, claims_of(request, pk=claim_id))
        return command(request.auth, claim_id, version=version, **given)

    return await write(request, service, changed(ClaimOut.of, message))


@router.post("/{id}/assign", response=ClaimAnswer, openapi_extra=COMMAND_HEADERS)
async def assign_claim(request: AuthenticatedRequest, claim_id: ClaimId, body: Json[AssignIn]) -> HttpResponse:
    """Give the claim to somebody, or take it."""
    return await give_command(request, claim_id, services.assign_claim, "The claim is assigned.", assignee_id=body.assignee_id)


@router.post("/{id}/start", response=ClaimAnswer, openapi_extra=COMMAND_HEADERS)
async def start_claim(request: AuthenticatedRequest, claim_id: ClaimId, body: Json[StartIn]) -> HttpResponse:
    """Start the work: pending → processing."""
    return await give_command(request, claim_id, services.start_claim, "The claim is being processed.")


@router.post("/{id}/approve", response=ClaimAnswer, openapi_extra=COMMAND_HEADERS)
async def approve_claim(request: AuthenticatedRequest, claim_id: ClaimId, body: Json[ApproveIn]) -> HttpResponse:
    """Approve an amount; above the caller's authority it then waits for another person (stage `awaiting_approval`)."""
    return await give_command(
        request, claim_id, services.approve_claim, "The decision is recorded.", amount=body.amount, reason=body.reason
    )


@router.post("/{id}/deny", response=ClaimAnswer, openapi_extra=COMMAND_HEADERS)
async def deny_claim(request: AuthenticatedRequest, claim_id: ClaimId, body: Json[DenyIn]) -> HttpResponse:
    """Deny the claim, with a reason, its code and the clause of the policy; the letter gives all three."""
    return await give_command(request, claim_id, services.deny_claim, "The claim is denied.", **body.whole())


@router.post("/{id}/close", response=ClaimAnswer, openapi_extra=COMMAND_HEADERS)
async def close_claim(request: AuthenticatedRequest, claim_id: ClaimId, body: Json[CloseIn]) -> HttpResponse:
    """Close the file of a decided claim; its status stays."""
    return await give_command(request, claim_id, services.close_claim, "The file is closed.", reason=body.reason)


@router.post("/{id}/reopen", response=ClaimAnswer, openapi_extra=COMMAND_HEADERS)
async def reopen_claim(request: AuthenticatedRequest, claim_id: ClaimId, body: Json[ReopenIn]) -> HttpResponse:
    """Take a decided claim up again, with a reason: → processing."""
    return await give_command(request, claim_id, services.reopen_claim, "The claim is open again.", reason=body.reason)
