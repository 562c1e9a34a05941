"""/api/customers: reads through the scoped querysets, writes through the services."""

from functools import partial
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpResponse
from ninja import Path, Router

from customers import services
from customers.models import ContactEntry, Customer, CustomerQuerySet
from customers.schemas import (
    ContactIn,
    ContactListParams,
    ContactOut,
    CustomerIn,
    CustomerListParams,
    CustomerOut,
    CustomerPatch,
    DuplicateOut,
    DuplicatesIn,
    LookupIn,
    MergeIn,
    NewCustomerOut,
    UnmergeIn,
    unmasked,
)
from vanguard.accounts.permissions import require, sees_only_own
from vanguard.http.auth import AuthenticatedRequest
from vanguard.http.envelope import ApiResponse, PaginatedResponse, ok
from vanguard.http.paging import one_of, page_of, read_page
from vanguard.http.parsing import Asked, Json
from vanguard.http.preconditions import no_such_record, optional_version, required_version
from vanguard.http.rates import costly
from vanguard.http.reads import Existence, Reading, read
from vanguard.http.threads import in_thread
from vanguard.http.writes import changed, created, deleted, headers_in_schema, write

router = Router(tags=["Customers"], by_alias=True)
CustomerId = Annotated[UUID, Path(alias="id")]
CustomerAnswer = ApiResponse[CustomerOut]


def _customers(request: AuthenticatedRequest, **which: object) -> CustomerQuerySet:
    return Customer.objects.visible_to(request.auth).filter(**which)


@router.get("", response=ApiResponse[PaginatedResponse[CustomerOut]])
async def list_customers(request: AuthenticatedRequest, params: Asked[CustomerListParams]) -> HttpResponse:
    """The customers that the caller may see, newest first unless sorted otherwise; without those that were merged into another."""
    rows, own = _customers(request).current(), sees_only_own(request.auth, Customer)
    return await page_of(params.of(rows), params, partial(CustomerOut.seen_by, request.auth), own=own)


@router.post("/lookup", response=ApiResponse[list[CustomerOut]])
async def lookup_customer(request: AuthenticatedRequest, body: Json[LookupIn]) -> HttpResponse:
    """The customers with this SSN, by its digest. Each look-up is audited, and the answer never stored."""
    await costly()

    def look_up() -> HttpResponse:
        return ok([CustomerOut.seen_by(request.auth, found).shown() for found in services.lookup_by_ssn(request.auth, body.ssn)])

    return await in_thread(look_up)


@router.post("/duplicates", response=ApiResponse[list[DuplicateOut]])
async def find_duplicates(request: AuthenticatedRequest, body: Json[DuplicatesIn]) -> HttpResponse:
    """Who is recorded already and is likely the same person: same SSN, or same name and birth date. To be asked before recording."""
    await costly()

    def find() -> HttpResponse:
        return ok(_shown(services.find_duplicates(request.auth, **body.whole())))

    return await in_thread(find)


@router.get("/{id}", response=CustomerAnswer, openapi_extra=headers_in_schema("If-None-Match"))
async def get_customer(request: AuthenticatedRequest, customer_id: CustomerId) -> HttpResponse:
    """One customer, with the ETag that a change of it must send back."""
    return await one_of(request, _customers(request), partial(CustomerOut.seen_by, request.auth), customer_id)


@router.post("", response={201: ApiResponse[NewCustomerOut]}, openapi_extra=headers_in_schema("Idempotency-Key"))
async def create_customer(request: AuthenticatedRequest, body: Json[CustomerIn]) -> HttpResponse:
    """Record a new customer. `possibleDuplicates` are others who are likely the same person; the new one is recorded all the same."""

    def service() -> Customer:
        return services.create_customer(request.auth, **unmasked(body.whole(), None))

    def show(new: Customer) -> NewCustomerOut:
        found = services.find_duplicates(
            request.auth, first_name=new.first_name, last_name=new.last_name, date_of_birth=new.date_of_birth, ssn=new.ssn
        )
        found = [each for each in found if each.customer != new]
        known = CustomerOut.seen_by(request.auth, new).model_dump()
        return NewCustomerOut.model_validate(known | {"possible_duplicates": _shown(found, by_alias=False) or None})

    return await write(request, service, created(request, show, "The customer is recorded."))


def _shown(found: list[services.Lookalike], *, by_alias: bool = True) -> list[dict[str, Any]]:
    return [DuplicateOut.because(each.customer, each.reasons).model_dump(by_alias=by_alias) for each in found]


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


@router.get("/{id}/duplicates", response=ApiResponse[list[DuplicateOut]])
async def duplicates_of_customer(request: AuthenticatedRequest, customer_id: CustomerId) -> HttpResponse:
    """Other records that are likely the same person, for who may merge."""
    await costly()

    def find() -> HttpResponse:
        optional_version(request, _customers(request, pk=customer_id))
        return ok(_shown(services.duplicates_of(request.auth, customer_id)))

    return await in_thread(find)


@router.post("/{id}/merge", response=CustomerAnswer, openapi_extra=headers_in_schema("Idempotency-Key"))
async def merge_customers(request: AuthenticatedRequest, customer_id: CustomerId, body: Json[MergeIn]) -> HttpResponse:
    """Make another record part of this one: its policies, claims and contacts become this one's. It can be undone."""

    def service() -> Customer:
        version = optional_version(request, _customers(request, pk=customer_id))
        return services.merge_customers(
            request.auth, customer_id, body.customer_id, take=body.fields(), reason=body.reason, kept_version=version
        )

    return await write(request, service, changed(partial(CustomerOut.seen_by, request.auth), "The records are merged."))


@router.post("/{id}/unmerge", response=CustomerAnswer, openapi_extra=headers_in_schema("Idempotency-Key"))
async def unmerge_customers(request: AuthenticatedRequest, customer_id: CustomerId, body: Json[UnmergeIn]) -> HttpResponse:
    """Undo the merge of this record into another one: what it brought along comes back to it."""

    def service() -> Customer:
        version = optional_version(request, _customers(request, pk=customer_id))
        return services.unmerge_customers(request.auth, customer_id, version=version)

    return await write(request, service, changed(partial(CustomerOut.seen_by, request.auth), "The merge is undone."))


@router.get("/{id}/contacts", response=ApiResponse[PaginatedResponse[ContactOut]])
async def list_contacts(request: AuthenticatedRequest, customer_id: CustomerId, params: Asked[ContactListParams]) -> HttpResponse:
    """The contact history of a customer, the latest first unless sorted otherwise. For staff."""

    def reading() -> Reading[HttpResponse]:
        if not (yield Existence(_customers(request, pk=customer_id))):
            raise no_such_record()
        require(request.auth, "customers.view_contactentry")
        page = yield from read_page(params.of(ContactEntry.objects.filter(customer_id=customer_id)), params)
        return ok(page.shown(lambda entry: ContactOut.of(entry).shown()))

    return await read(reading)


@router.post("/{id}/contacts", response={201: ApiResponse[ContactOut]}, openapi_extra=headers_in_schema("Idempotency-Key"))
async def record_contact(request: AuthenticatedRequest, customer_id: CustomerId, body: Json[ContactIn]) -> HttpResponse:
    """Write down a call, an e-mail, a letter or a meeting. It cannot be changed later."""

    def service() -> ContactEntry:
        optional_version(request, _customers(request, pk=customer_id))
        return services.record_contact(request.auth, customer_id, **body.whole())

    def answer(entry: ContactEntry) -> HttpResponse:
        return ok(ContactOut.of(entry).shown(), "The contact is written down.", status=201, headers={"Location": request.path})

    return await write(request, service, answer)
