"""/api/quotes: reads through the scoped querysets, writes through the services."""

from collections.abc import Callable
from functools import partial
from typing import Annotated
from uuid import UUID

from django.http import HttpResponse
from ninja import Path, Router

from policies.products.rules import anniversary
from policies.quotes import services
from policies.quotes.models import Quote, QuoteQuerySet
from policies.quotes.schemas import ApproveQuoteIn, BindIn, DeclineIn, PriceIn, QuoteIn, QuoteListParams, QuoteOut, QuoteRowOut, covers_of
from vanguard.accounts.permissions import sees_only_own
from vanguard.http.auth import AuthenticatedRequest
from vanguard.http.envelope import ApiResponse, PaginatedResponse
from vanguard.http.paging import one_of, page_of
from vanguard.http.parsing import Asked, Json
from vanguard.http.preconditions import optional_version
from vanguard.http.writes import changed, created, headers_in_schema, write

router = Router(tags=["Quotes"], by_alias=True)
QuoteId = Annotated[UUID, Path(alias="id")]
QuoteAnswer = ApiResponse[QuoteOut]
COMMAND = headers_in_schema("Idempotency-Key")


def _quotes(request: AuthenticatedRequest, **which: object) -> QuoteQuerySet:
    return Quote.objects.visible_to(request.auth).filter(**which)


@router.get("", response=ApiResponse[PaginatedResponse[QuoteRowOut]])
async def list_quotes(request: AuthenticatedRequest, params: Asked[QuoteListParams]) -> HttpResponse:
    """The quotes that the caller may see, newest first unless sorted otherwise."""
    return await page_of(params.of(_quotes(request)), params, QuoteRowOut.seen, own=sees_only_own(request.auth, Quote))


@router.get("/{id}", response=QuoteAnswer, openapi_extra=headers_in_schema("If-None-Match"))
async def get_quote(request: AuthenticatedRequest, quote_id: QuoteId) -> HttpResponse:
    """One quote, with every step of its price and every underwriting rule that fired."""
    rows = _quotes(request, pk=quote_id).select_related("product_version").prefetch_related("pricings")
    return await one_of(request, rows, QuoteOut.seen)


@router.post("", response={201: QuoteAnswer}, openapi_extra=COMMAND)
async def create_quote(request: AuthenticatedRequest, body: Json[QuoteIn]) -> HttpResponse:
    """Request a quote: for any customer, or for yourself. Without an end its term is a year; without covers they are as usual."""
    terms = body.whole() | {"end_date": body.end_date or anniversary(body.start_date), "covers": covers_of(body.covers)}
    service = partial(services.create_quote, request.auth, **terms)
    return await write(request, service, created(request, QuoteOut.seen, "The quote is requested."))


async def _command(request: AuthenticatedRequest, quote_id: UUID, service: Callable[..., Quote], message: str) -> HttpResponse:
    def run() -> Quote:
        version = optional_version(request, _quotes(request, pk=quote_id))
        return service(request.auth, quote_id, version=version)

    return await write(request, run, changed(QuoteOut.seen, message))


@router.post("/{id}/price", response=QuoteAnswer, openapi_extra=COMMAND)
async def price_quote(request: AuthenticatedRequest, quote_id: QuoteId, body: Json[PriceIn]) -> HttpResponse:
    """Price it, or price it again: it is then quoted, referred to an underwriter, or declined."""
    service = partial(services.price_quote, **body.sent() | {"covers": covers_of(body.covers)})
    return await _command(request, quote_id, service, "The quote is priced.")


@router.post("/{id}/approve", response=QuoteAnswer, openapi_extra=COMMAND)
async def approve_quote(request: AuthenticatedRequest, quote_id: QuoteId, body: Json[ApproveQuoteIn]) -> HttpResponse:
    """Approve a quote that was referred."""
    return await _command(request, quote_id, partial(services.approve_quote, reason=body.reason), "The quote is approved.")


@router.post("/{id}/decline", response=QuoteAnswer, openapi_extra=COMMAND)
async def decline_quote(request: AuthenticatedRequest, quote_id: QuoteId, body: Json[DeclineIn]) -> HttpResponse:
    """Decline it, with a reason."""
    return await _command(request, quote_id, partial(services.decline_quote, reason=body.reason), "The quote is declined.")


@router.post("/{id}/bind", response=QuoteAnswer, openapi_extra=COMMAND)
async def bind_quote(request: AuthenticatedRequest, quote_id: QuoteId, body: Json[BindIn]) -> HttpResponse:
    """Bind it: the policy is booked, and `policyId` names it."""
    return await _command(request, quote_id, services.bind_quote, "The quote is bound.")
