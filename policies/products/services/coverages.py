"""Coverages of a draft: added, changed, taken out."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from policies.products.models import Coverage
from policies.products.services.drafts import apply, draft_of, duplicate, next_position, open_draft
from vanguard.accounts.models import User
from vanguard.accounts.permissions import require
from vanguard.audit import change, unit_of_work
from vanguard.errors import Conflict, FieldError
from vanguard.querysets import locked
from vanguard.validation import check

COVERAGE_FIELDS = (
    "name", "least_limit", "most_limit", "usual_limit", "least_deductible", "most_deductible", "usual_deductible",
    "aggregate", "claim_types", "settlement_rule", "valuation",
)  # fmt: skip
LONGEST_TYPE = 50


def add_coverage(actor: User | None, version_id: UUID, *, code: str, version: int | None = None, **values: Any) -> Coverage:
    """A new coverage of a draft, behind the others; `values` are its COVERAGE_FIELDS. The first one is the principal.

    Raises Conflict ("published"), Invalid with every field to correct, StaleVersion.
    """
    require(actor, "products.change_productversion")
    with unit_of_work(actor):
        draft = open_draft(version_id, version)
        known = list(draft.coverages.all())
        coverage = Coverage(product_version=draft, code=code, position=next_position(known), is_principal=not known, **values)
        check(coverage, *duplicate(code, known), *_errors(coverage))
        coverage.save(force_insert=True)
        return coverage


def update_coverage(actor: User | None, coverage_id: UUID, *, version: int | None, changes: Mapping[str, Any]) -> Coverage:
    """Change a coverage of a draft. Raises Conflict ("published"), Invalid with every field to correct, StaleVersion."""
    require(actor, "products.change_productversion")
    with unit_of_work(actor):
        coverage = locked(Coverage.objects.all(), coverage_id, version)
        draft_of(coverage)
        apply(coverage, changes, COVERAGE_FIELDS, _errors)
        return coverage


def remove_coverage(actor: User | None, coverage_id: UUID, *, version: int | None) -> Coverage:
    """Take a coverage out of a draft. Raises Conflict: "published", "rated" while a factor looks at it; StaleVersion.

    Where it was the principal one, the next is.
    """
    require(actor, "products.change_productversion")
    with unit_of_work(actor):
        coverage = locked(Coverage.objects.all(), coverage_id, version)
        draft = draft_of(coverage)
        if factor := coverage.factors.first():
            raise Conflict(f"{factor} looks at {coverage.name.lower()}: take that factor out first.", code="rated")
        coverage.delete()
        following = draft.coverages.first()
        if coverage.is_principal and following is not None:
            change(following, is_principal=True)
        return coverage


def _errors(coverage: Coverage) -> list[FieldError]:
    errors = []
    for word in ("limit", "deductible"):
        least, usual, most = (getattr(coverage, f"{which}_{word}") for which in ("least", "usual", "most"))
        if least > usual:
            errors.append(FieldError(f"usual_{word}", "out_of_range", f"The usual {word} is not below the least."))
        if usual > most:
            errors.append(FieldError(f"most_{word}", "out_of_range", f"The most {word} is not below the usual."))
    if coverage.aggregate is not None and coverage.aggregate < coverage.usual_limit:
        errors.append(FieldError("aggregate", "out_of_range", "The aggregate is not below the usual limit."))
    types = coverage.claim_types
    if not isinstance(types, list) or not types or not all(isinstance(each, str) and 0 < len(each) <= LONGEST_TYPE for each in types):
        errors.append(FieldError("claim_types", "invalid", "Name at least one type of claim."))
    return errors
