"""/api/customers: reads through the scoped querysets, writes through the services."""

from functools import partial
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpResponse
from ninja import Path, Query, Router

from customers import services
from customers.models import Customer, CustomerQuerySet
from customers.schemas import CustomerIn, CustomerListParams, CustomerOut, CustomerPatch, LookupIn, unmasked
from vanguard.http.auth import AuthenticatedRequest
from vanguard.http.envelope import ApiResponse, PaginatedResponse, ok
from vanguard.http.paging import one_of, page_of
from vanguard.http.parsing import Json
from vanguard.http.preconditions import no_such_record, required_version
from vanguard.http.threads import in_thread
from vanguard.http.writes import changed, created, deleted, headers_in_schema, write

router = Router(tags=["Customers"], by_alias=True)
CustomerId = Annotated[UUID, Path(alias="id")]
CustomerAnswer = ApiResponse[CustomerOut]


def _customers(request: AuthenticatedRequest, **which: object) -> CustomerQuerySet:
    return Customer.objects.visible_to(request.auth).filter(**which)


@router.get("", response=ApiResponse[PaginatedResponse[CustomerOut]])
async def list_customers(request: AuthenticatedRequest, params: Query[CustomerListParams]) -> HttpResponse:
    """The customers that the caller may see, newest first unless sorted otherwise."""
    return await page_of(params.of(_customers(request)), params, partial(CustomerOut.seen_by, request.auth))


@router.post("/lookup", response=ApiResponse[list[CustomerOut]])
async def lookup_customer(request: AuthenticatedRequest, body: Json[LookupIn]) -> HttpResponse:
    """The customers with this SSN, by its digest. Each look-up is audited, and the answer never stored."""

    def look_up() -> HttpResponse:
        return ok([CustomerOut.seen_by(request.auth, found).shown() for found in services.lookup_by_ssn(request.auth, body.ssn)])

    return await in_thread(look_up)


@router.get("/{id}", response=CustomerAnswer, openapi_extra=headers_in_schema("If-None-Match"))
async def get_customer(request: AuthenticatedRequest, customer_id: CustomerId) -> HttpResponse:
    """One customer, with the ETag that a change of it must send back."""
    return await one_of(request, _customers(request, pk=customer_id), partial(CustomerOut.seen_by, request.auth))


@router.post("", response={201: CustomerAnswer}, openapi_extra=headers_in_schema("Idempotency-Key"))
async def create_customer(request: AuthenticatedRequest, body: Json[CustomerIn]) -> HttpResponse:
    """Record a new customer."""

    def service() -> Customer:
        return services.create_customer(request.auth, **unmasked(body.whole(), None))

    return await write(request, service, created(request, partial(CustomerOut.seen_by, request.auth), "The customer is recorded."))


async def _update(request: AuthenticatedRequest, customer_id: UUID, given: dict[str, Any]) -> HttpResponse:
    def service() -> Customer:
        rows = _customers(request, pk=customer_id)
        with required_version(request, rows) as version:
            stored = rows.first()
            if stored is None:
                raise no_such_record()
            return services.update_customer(request.auth, customer_id, version=version, changes=unmasked(given, stored))

    return await write(request, service, changed(partial(CustomerOut.seen_by, request.auth), "The customer is changed."))


@router.put("/{id}", response=CustomerAnswer, openapi_extra=headers_in_schema("If-Match"))
async def replace_customer(request: AuthenticatedRequest, customer_id: CustomerId, body: Json[CustomerIn]) -> HttpResponse:
    """Replace all fields. Masked values sent back as they were read stay as they are stored."""
    return await _update(request, customer_id, body.whole())


@router.patch("/{id}", response=CustomerAnswer, openapi_extra=headers_in_schema("If-Match"))
async def update_customer(request: AuthenticatedRequest, customer_id: CustomerId, body: Json[CustomerPatch]) -> HttpResponse:
    """Change the fields that are sent."""
    return await _update(request, customer_id, body.sent())


@router.delete("/{id}", response={204: None}, openapi_extra=headers_in_schema("If-Match"))
async def delete_customer(request: AuthenticatedRequest, customer_id: CustomerId) -> HttpResponse:
    """Delete a customer to whom no policy refers."""

    def service() -> None:
        with required_version(request, _customers(request, pk=customer_id)) as version:
            services.delete_customer(request.auth, customer_id, version=version)

    return await write(request, service, deleted)
