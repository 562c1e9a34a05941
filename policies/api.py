"""/api/policies: reads through the scoped querysets, writes through the services."""

from functools import partial
from typing import Annotated
from uuid import UUID

from django.http import HttpResponse
from ninja import Path, Query, Router

from customers.models import Customer
from policies import services
from policies.models import Policy, PolicyQuerySet
from policies.schemas import CancelIn, Number, PolicyIn, PolicyListParams, PolicyOut, PolicyPatch, PolicyPut
from vanguard.http.auth import AuthenticatedRequest
from vanguard.http.envelope import ApiResponse, PaginatedResponse
from vanguard.http.paging import one_of, page_of
from vanguard.http.parsing import Json
from vanguard.http.preconditions import optional_version, required_version
from vanguard.http.writes import changed, created, deleted, headers_in_schema, write

router = Router(tags=["Policies"], by_alias=True)
of_customer = Router(tags=["Policies"], by_alias=True)
PolicyId = Annotated[UUID, Path(alias="id")]
PolicyPage = ApiResponse[PaginatedResponse[PolicyOut]]


def _policies(request: AuthenticatedRequest, **which: object) -> PolicyQuerySet:
    return Policy.objects.visible_to(request.auth).filter(**which)


@router.get("", response=PolicyPage)
async def list_policies(request: AuthenticatedRequest, params: Query[PolicyListParams]) -> HttpResponse:
    """The policies that the caller may see, newest first unless sorted otherwise."""
    return await page_of(params.of(_policies(request)), params, PolicyOut.of)


@of_customer.get("/{id}/policies", response=PolicyPage)
async def list_policies_of_customer(request: AuthenticatedRequest, customer_id: PolicyId, params: Query[PolicyListParams]) -> HttpResponse:
    """One customer's policies."""
    customer = Customer.objects.visible_to(request.auth).filter(pk=customer_id)
    return await page_of(params.of(_policies(request, customer_id=customer_id)), params, PolicyOut.of, within=customer)


@router.get("/by-number/{number}", response=ApiResponse[PolicyOut], openapi_extra=headers_in_schema("If-None-Match"))
async def get_policy_by_number(request: AuthenticatedRequest, number: Number) -> HttpResponse:
    """The policy with this number."""
    return await one_of(request, _policies(request, policy_number=number), PolicyOut.of)


@router.get("/{id}", response=ApiResponse[PolicyOut], openapi_extra=headers_in_schema("If-None-Match"))
async def get_policy(request: AuthenticatedRequest, policy_id: PolicyId) -> HttpResponse:
    """One policy, with the ETag that a change of it must send back."""
    return await one_of(request, _policies(request, pk=policy_id), PolicyOut.of)


@router.post("", response={201: ApiResponse[PolicyOut]}, openapi_extra=headers_in_schema("Idempotency-Key"))
async def book_policy(request: AuthenticatedRequest, body: Json[PolicyIn]) -> HttpResponse:
    """Book a policy for a customer."""
    service = partial(services.book_policy, request.auth, **body.whole())
    return await write(request, service, created(request, PolicyOut.of, "The policy is booked."))


async def _update(request: AuthenticatedRequest, policy_id: UUID, changes: dict[str, object]) -> HttpResponse:
    def service() -> Policy:
        with required_version(request, _policies(request, pk=policy_id)) as version:
            return services.update_policy(request.auth, policy_id, version=version, changes=changes)

    return await write(request, service, changed(PolicyOut.of, "The policy is changed."))


@router.put("/{id}", response=ApiResponse[PolicyOut], openapi_extra=headers_in_schema("If-Match"))
async def replace_policy(request: AuthenticatedRequest, policy_id: PolicyId, body: Json[PolicyPut]) -> HttpResponse:
    """Replace all terms."""
    return await _update(request, policy_id, body.whole())


@router.patch("/{id}", response=ApiResponse[PolicyOut], openapi_extra=headers_in_schema("If-Match"))
async def update_policy(request: AuthenticatedRequest, policy_id: PolicyId, body: Json[PolicyPatch]) -> HttpResponse:
    """Change the terms that are sent."""
    return await _update(request, policy_id, body.sent())


@router.delete("/{id}", response={204: None}, openapi_extra=headers_in_schema("If-Match"))
async def delete_policy(request: AuthenticatedRequest, policy_id: PolicyId) -> HttpResponse:
    """Delete a policy that has no claims."""

    def service() -> None:
        with required_version(request, _policies(request, pk=policy_id)) as version:
            services.delete_policy(request.auth, policy_id, version=version)

    return await write(request, service, deleted)


@router.post("/{id}/cancel", response=ApiResponse[PolicyOut], openapi_extra=headers_in_schema("Idempotency-Key"))
async def cancel_policy(request: AuthenticatedRequest, policy_id: PolicyId, body: Json[CancelIn]) -> HttpResponse:
    """End the cover: now, or from the effective date on."""

    def service() -> Policy:
        version = optional_version(request, _policies(request, pk=policy_id))
        return services.cancel_policy(request.auth, policy_id, reason=body.reason, effective_at=body.effective_date, version=version)

    return await write(request, service, changed(PolicyOut.of, "The policy is cancelled."))
