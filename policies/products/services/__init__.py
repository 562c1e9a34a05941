"""Every change to a product. Each function is one transaction, asks for the permission, and refuses by a DomainError."""

from policies.products.services.clauses import remove_clause, set_clause
from policies.products.services.coverages import COVERAGE_FIELDS, add_coverage, remove_coverage, update_coverage
from policies.products.services.factors import FACTOR_FIELDS, Rate, add_factor, remove_factor, update_factor
from policies.products.services.selling import create_product, set_on_sale
from policies.products.services.versions import VERSION_FIELDS, discard_version, draft_version, publish_version, update_version

__all__ = [
    "COVERAGE_FIELDS",
    "FACTOR_FIELDS",
    "VERSION_FIELDS",
    "Rate",
    "add_coverage",
    "add_factor",
    "create_product",
    "discard_version",
    "draft_version",
    "publish_version",
    "remove_clause",
    "remove_coverage",
    "remove_factor",
    "set_clause",
    "set_on_sale",
    "update_coverage",
    "update_factor",
    "update_version",
]
