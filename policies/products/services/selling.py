"""Products themselves: made, withdrawn from sale, put on sale again."""

import re
from decimal import Decimal
from uuid import UUID

from policies.products.models import Product, ProductVersion
from vanguard.accounts.models import User
from vanguard.accounts.permissions import require
from vanguard.audit import change, unit_of_work
from vanguard.errors import Conflict, FieldError
from vanguard.querysets import locked
from vanguard.validation import check, insert

CODE = re.compile(r"[A-Z][A-Z0-9]*")
TYPE = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")


def create_product(actor: User | None, *, code: str, name: str, policy_type: str, base_rate: Decimal) -> Product:
    """A new product with its first version as a draft: nobody can buy it before that has its coverages and is published.

    Raises Invalid with every field to correct; Conflict ("duplicate") for a code or a type of policy that another product has.
    """
    require(actor, "products.change_productversion")
    product = Product(code=code, name=name, policy_type=policy_type)
    check(product, *_errors(product))
    draft = ProductVersion(product=product, number=1, base_rate=base_rate)
    check(draft)
    with unit_of_work(actor):
        if Product.objects.filter(policy_type=policy_type).exists():
            raise Conflict("Policies of this type belong to another product.", code="duplicate", field="policy_type")
        insert(product, unique="code", message="Another product has this code.")
        draft.save(force_insert=True)
        return product


def _errors(product: Product) -> list[FieldError]:
    errors = []
    if not CODE.fullmatch(product.code):
        errors.append(FieldError("code", "invalid", "A code is of capital letters and digits, such as HO or PA2."))
    if not TYPE.fullmatch(product.policy_type):
        errors.append(FieldError("policy_type", "invalid", "A type is of lower-case words, such as personal_auto."))
    return errors


def set_on_sale(actor: User | None, product_id: UUID, *, on_sale: bool, version: int | None = None) -> Product:
    """Withdraw a product from sale, or bring it back. Quotes that have a price keep it. Raises Conflict where it is so already."""
    require(actor, "products.publish_productversion")
    with unit_of_work(actor):
        product = locked(Product.objects.all(), product_id, version)
        if product.is_active == on_sale:
            raise Conflict(f"{product} is {'on sale' if on_sale else 'withdrawn'} already.", code="not_allowed_now")
        change(product, is_active=on_sale)
        return product
