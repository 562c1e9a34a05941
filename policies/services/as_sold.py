"""What the product of a policy allows, where what is booked is held to it. (docs/decisions/0163)"""

import datetime
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from policies.products.models import Coverage, Product, ProductVersion
from policies.products.rules import check_term
from policies.rules import field_of, label_of
from policies.terms import DEDUCTIBLE, LIMIT, Terms, fields_of, figures_for, own_covers
from vanguard.errors import FieldError, Invalid
from vanguard.money import dollars

OWN = ("coverage_amount", "deductible_amount")


def check_term_sold(pinned: ProductVersion | None, start: datetime.datetime, end: datetime.datetime) -> list[FieldError]:
    """A term of a product is no longer than the product sells: a year. A policy of no product has any term."""
    return [error for error in check_term(start, end) if error.code == "too_long"] if pinned else []


def check_deductible(limit: Decimal, deductible: Decimal, changed: Mapping[str, Any], names: tuple[str, str] = OWN) -> list[FieldError]:
    """Where either is new: a deductible that is as high as the limit would leave nothing to be paid, ever."""
    if not any(name in changed for name in names) or not 0 < limit <= deductible:
        return []
    name = names[1] if names[1] in changed else names[0]
    return [FieldError(field_of(name), "above_limit", "The deductible is below the limit, or nothing would ever be paid.")]


def check_figures_sold(pinned: ProductVersion | None, was: Terms, changes: Mapping[str, Any], *, anew: bool = False) -> list[FieldError]:
    """New limits and deductibles lie in the ranges in which the policy's product version sells them.

    A figure that lay outside already was agreed by itself and not by the product, as was one of a coverage without figures of its own;
    not so where the policy is sold `anew`, as another product.
    """
    errors = check_deductible(changes.get(OWN[0], was.coverage_amount), changes.get(OWN[1], was.deductible_amount), changes)
    own = dict(was.covers)
    now = {OWN[0]: was.coverage_amount, OWN[1]: was.deductible_amount, **fields_of(own), **changes}
    for coverage in pinned.coverages.all() if pinned else ():
        if coverage.is_principal:
            errors += _check_ranges(coverage, OWN, None if anew else (was.coverage_amount, was.deductible_amount), changes)
            continue
        names = (f"{LIMIT}{coverage.code}", f"{DEDUCTIBLE}{coverage.code}")
        becomes = figures_for(coverage.code, own_covers(now), now[OWN[0]], now[OWN[1]])
        errors += check_deductible(*becomes, changes, names)
        if coverage.code in own:
            errors += _check_ranges(coverage, names, was.figures_for(coverage.code), changes)
    return errors


def _check_ranges(
    coverage: Coverage, names: tuple[str, str], before: tuple[Decimal, Decimal] | None, changes: Mapping[str, Any]
) -> list[FieldError]:
    ranges = ((coverage.least_limit, coverage.most_limit), (coverage.least_deductible, coverage.most_deductible))
    return [
        FieldError(field_of(name), "out_of_range", f"{label_of(name)} is between {dollars(least)} and {dollars(most)}.")
        for name, old, (least, most) in zip(names, before or (ranges[0][0], ranges[1][0]), ranges, strict=True)
        if name in changes and least <= old <= most and not least <= changes[name] <= most
    ]


def check_type_sold(pinned: ProductVersion | None, was: str, becomes: str) -> list[FieldError]:
    """A policy of a product stays of its type, or becomes of one that a product has."""
    if pinned is None or becomes == was or Product.objects.filter(policy_type=becomes).exists():
        return []
    return [FieldError("policy_type", "unknown", f"No product is of the type {becomes[:50]}.")]


def refuse(errors: list[FieldError]) -> None:
    """Raises Invalid with all of them, where there are any."""
    if errors:
        raise Invalid.of(errors)
