"""/api/customers/{id}/…: what is asked about a customer's data. Who asks for somebody outside of the own scope is told of nobody."""

from typing import Annotated, Any
from uuid import UUID

from django.http import HttpResponse
from django.utils.http import content_disposition_header
from ninja import Path, Router

from customers import services
from customers.models import Customer, Erasure, LegalHold
from customers.schemas import ErasureIn, ErasureOut, LegalHoldOut, ReasonIn
from vanguard.confinement import unconfined
from vanguard.errors import NotAllowed
from vanguard.http.auth import AuthenticatedRequest
from vanguard.http.envelope import ApiResponse, ok
from vanguard.http.parsing import Json
from vanguard.http.preconditions import no_such_record, optional_version
from vanguard.http.rates import costly
from vanguard.http.threads import in_thread
from vanguard.http.writes import headers_in_schema, write

router = Router(tags=["Privacy"], by_alias=True)
CustomerId = Annotated[UUID, Path(alias="id")]
TYPES = {"json": "application/json", "pdf": "application/pdf"}


def file_in_schema(kind: str) -> dict[str, Any]:
    """That an address answers with a file of this kind."""
    schema = {"type": "object"} if kind == "application/json" else {"type": "string", "format": "binary"}
    content = {kind: {"schema": schema}}
    return {"responses": {200: {"description": "The file", "content": content}}}


def _version(request: AuthenticatedRequest, customer_id: UUID) -> int | None:
    return optional_version(request, Customer.objects.visible_to(request.auth).filter(pk=customer_id))


@router.get("/{id}/export", openapi_extra=file_in_schema("application/json"))
async def export_customer(request: AuthenticatedRequest, customer_id: CustomerId) -> HttpResponse:
    """All that is held on the caller, who is the customer, as JSON in a file. Each is recorded. Staff ask by POST, with a reason."""
    return await _export(request, customer_id, "json", None)


@router.get("/{id}/export/pdf", openapi_extra=file_in_schema("application/pdf"))
async def export_customer_as_pdf(request: AuthenticatedRequest, customer_id: CustomerId) -> HttpResponse:
    """The same as a paper."""
    return await _export(request, customer_id, "pdf", None)


@router.post("/{id}/export", openapi_extra=file_in_schema("application/json"))
async def hand_out_customer(request: AuthenticatedRequest, customer_id: CustomerId, body: Json[ReasonIn]) -> HttpResponse:
    """All that is held on the customer, as JSON in a file, for who answers such requests: with a fresh code of the second factor.

    Each is recorded with its reason, and counts as a look at personal data. The answer is stored under no Idempotency-Key.
    """
    return await _export(request, customer_id, "json", body.reason)


@router.post("/{id}/export/pdf", openapi_extra=file_in_schema("application/pdf"))
async def hand_out_customer_as_pdf(request: AuthenticatedRequest, customer_id: CustomerId, body: Json[ReasonIn]) -> HttpResponse:
    """The same as a paper."""
    return await _export(request, customer_id, "pdf", body.reason)


async def _export(request: AuthenticatedRequest, customer_id: UUID, form: str, reason: str | None) -> HttpResponse:
    await costly()
    # It writes down that it was asked for, and tells of what the house wrote.
    with unconfined():
        return await in_thread(lambda: _exported(request, customer_id, form, reason))


def _exported(request: AuthenticatedRequest, customer_id: UUID, form: str, reason: str | None) -> HttpResponse:
    """Without a `reason` for the customer's own log-in, with one for staff, who cannot give it in an address: that is no place for one."""
    customer = Customer.objects.visible_to(request.auth).only("user_id").filter(pk=customer_id).first()
    if customer is None:
        raise no_such_record()
    if (reason is None) != (customer.user_id == request.auth.pk):
        raise NotAllowed("The customer takes it by GET; staff hand it out by POST, with a reason.")
    return handed_out(services.export_customer(request.auth, customer_id, form=form, reason=reason or "")[1], customer_id, form)


def handed_out(content: bytes, person_id: UUID, form: str, who: str = "customer") -> HttpResponse:
    """The export as a file to save, which nobody keeps on the way."""
    response = HttpResponse(content, content_type=TYPES[form])
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=f"{who}-{person_id}.{form}") or "attachment"
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response


@router.post("/{id}/erasure", response={201: ApiResponse[ErasureOut]}, openapi_extra=headers_in_schema("Idempotency-Key"))
async def request_erasure(request: AuthenticatedRequest, customer_id: CustomerId, body: Json[ErasureIn]) -> HttpResponse:
    """Erase the customer's personal data, now or when it may be; the answer says which. It cannot be undone."""

    def service() -> Erasure:
        version = _version(request, customer_id)
        return services.request_erasure(request.auth, customer_id, reason=body.reason, confirm_email=body.confirm_email, version=version)

    def answer(erasure: Erasure) -> HttpResponse:
        message = "The personal data is erased." if erasure.done_at else "It is noted, and done when it is due."
        return ok(ErasureOut.of(erasure).shown(), message, status=201, headers={"Location": request.path})

    return await write(request, service, answer)


@router.post("/{id}/hold", response={201: ApiResponse[LegalHoldOut]}, openapi_extra=headers_in_schema("Idempotency-Key"))
async def set_hold(request: AuthenticatedRequest, customer_id: CustomerId, body: Json[ReasonIn]) -> HttpResponse:
    """Keep everything about the customer until the hold is lifted."""

    def service() -> LegalHold:
        _version(request, customer_id)
        return services.set_hold(request.auth, customer_id, reason=body.reason)

    def answer(hold: LegalHold) -> HttpResponse:
        return ok(LegalHoldOut.of(hold).shown(), "The hold is on.", status=201, headers={"Location": request.path})

    return await write(request, service, answer)


@router.post("/{id}/hold/lift", response=ApiResponse[LegalHoldOut], openapi_extra=headers_in_schema("Idempotency-Key"))
async def lift_hold(request: AuthenticatedRequest, customer_id: CustomerId, body: Json[ReasonIn]) -> HttpResponse:
    """What waits for the hold can be erased again."""

    def service() -> LegalHold:
        _version(request, customer_id)
        return services.lift_hold(request.auth, customer_id, reason=body.reason)

    return await write(request, service, lambda hold: ok(LegalHoldOut.of(hold).shown(), "The hold is lifted."))
