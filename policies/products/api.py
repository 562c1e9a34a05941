"""/api/products: what can be bought. Staff who may see products see those that were withdrawn as well."""

from typing import Annotated
from uuid import UUID

from django.http import HttpResponse
from django.utils import timezone
from ninja import Path, Router

from policies.products.models import Product, ProductQuerySet
from policies.products.schemas import ProductListParams, ProductOut, ProductRowOut
from vanguard.http.auth import AuthenticatedRequest
from vanguard.http.envelope import ApiResponse, PaginatedResponse, ok
from vanguard.http.paging import page_of
from vanguard.http.parsing import Asked
from vanguard.http.preconditions import no_such_record
from vanguard.http.reads import Reading, Rows, read

router = Router(tags=["Products"], by_alias=True)
ProductId = Annotated[UUID, Path(alias="id")]


def _products(request: AuthenticatedRequest) -> ProductQuerySet:
    now = timezone.now()
    rows = Product.objects.all() if request.auth.has_perm("products.view_product") else Product.objects.on_sale_at(now)
    return rows.with_current(now)


@router.get("", response=ApiResponse[PaginatedResponse[ProductRowOut]])
async def list_products(request: AuthenticatedRequest, params: Asked[ProductListParams]) -> HttpResponse:
    """What can be bought, by name."""
    return await page_of(params.of(_products(request)), params, ProductRowOut.seen)


@router.get("/{id}", response=ApiResponse[ProductOut])
async def get_product(request: AuthenticatedRequest, product_id: ProductId) -> HttpResponse:
    """One product with what its current version covers and asks. It has no ETag: a version begins by itself when its time comes."""

    def reading() -> Reading[HttpResponse]:
        found = yield Rows(_products(request).filter(pk=product_id), sort="", start=0, count=1)
        if not found:
            raise no_such_record()
        return ok(ProductOut.seen(found[0]).shown())

    return await read(reading)
