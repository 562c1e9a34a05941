"""Rating factors of a draft: added, changed, taken out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from policies.products.models import Coverage, FactorValue, ProductVersion, RatingFactor
from policies.products.services.drafts import apply, draft_of, duplicate, next_position, open_draft
from vanguard.accounts.models import User
from vanguard.accounts.permissions import require
from vanguard.audit import unit_of_work
from vanguard.errors import FieldError, Invalid
from vanguard.querysets import locked
from vanguard.validation import check

FACTOR_FIELDS = ("name", "question", "most", "whole")


@dataclass(frozen=True, slots=True)
class Rate:
    """A row of a factor's table, as somebody gives it: a word, or a number from which on."""

    multiplier: Decimal
    value: str = ""
    label: str = ""
    at_least: Decimal | None = None


def add_factor(
    actor: User | None,
    version_id: UUID,
    *,
    code: str,
    name: str,
    looks_at: str,
    rates: Sequence[Rate],
    question: str = "",
    coverage_code: str = "",
    most: Decimal | None = None,
    whole: bool | None = None,
    version: int | None = None,
) -> RatingFactor:
    """A new factor of a draft, behind the others, with its table. What is asked for needs a question, what looks at the cover
    chosen the code of its coverage.

    Raises Conflict ("published"), Invalid with every field to correct, StaleVersion.
    """
    require(actor, "products.change_productversion")
    with unit_of_work(actor):
        draft = open_draft(version_id, version)
        known = list(draft.factors.all())
        factor = RatingFactor(
            product_version=draft,
            code=code,
            name=name,
            question=question,
            position=next_position(known),
            looks_at=looks_at,
            most=most,
            whole=whole,
        )
        coverage, wrong = _coverage_of(draft, factor, coverage_code)
        rows = _rows(factor, rates)
        check(factor, *duplicate(code, known), *wrong, *_rate_errors(factor, rows))
        factor.coverage = coverage
        factor.save(force_insert=True)
        _save_rates(rows)
        return factor


def _coverage_of(draft: ProductVersion, factor: RatingFactor, code: str) -> tuple[Coverage | None, list[FieldError]]:
    """The coverage that the factor looks at, and what is wrong with that, or with the question that it asks instead."""
    if factor.is_asked:
        wrong = [] if factor.question else [FieldError("question", "required", "Say how the applicant is asked.")]
        return None, [*wrong, *([FieldError("coverage_code", "not_asked", "An answer looks at no coverage.")] if code else [])]
    coverage = draft.coverages.filter(code=code).first()
    looks_at_cover = factor.looks_at in (RatingFactor.LooksAt.LIMIT, RatingFactor.LooksAt.DEDUCTIBLE)
    return coverage, [] if coverage or not looks_at_cover else [FieldError("coverage_code", "required", "Say which coverage it looks at.")]


def update_factor(
    actor: User | None, factor_id: UUID, *, version: int | None, changes: Mapping[str, Any], rates: Sequence[Rate] | None = None
) -> RatingFactor:
    """Change a factor of a draft; `rates` replaces its table. Raises Conflict ("published"), Invalid, StaleVersion."""
    require(actor, "products.change_productversion")
    with unit_of_work(actor):
        factor = locked(RatingFactor.objects.all(), factor_id, version)
        draft_of(factor)
        apply(factor, changes, FACTOR_FIELDS)
        if rates is not None:
            _replace_rates(factor, rates)
        return factor


def remove_factor(actor: User | None, factor_id: UUID, *, version: int | None) -> RatingFactor:
    """Take a factor out of a draft: its premium is no longer multiplied by it. Raises Conflict ("published"), StaleVersion."""
    require(actor, "products.change_productversion")
    with unit_of_work(actor):
        factor = locked(RatingFactor.objects.all(), factor_id, version)
        draft_of(factor)
        factor.delete()
        return factor


def _replace_rates(factor: RatingFactor, rates: Sequence[Rate]) -> None:
    rows = _rows(factor, rates)
    if errors := _rate_errors(factor, rows):
        raise Invalid.of(errors)
    factor.values.all().delete()
    _save_rates(rows)


def _rows(factor: RatingFactor, rates: Sequence[Rate]) -> list[FactorValue]:
    return [
        FactorValue(factor=factor, position=place, value=rate.value, label=rate.label, at_least=rate.at_least, multiplier=rate.multiplier)
        for place, rate in enumerate(rates)
    ]


def _save_rates(rows: Sequence[FactorValue]) -> None:
    """One by one, so that each is audited."""
    for row in rows:
        row.save(force_insert=True)


def _rate_errors(factor: RatingFactor, rows: Sequence[FactorValue]) -> list[FieldError]:
    if not rows:
        return [FieldError("rates", "required", "Give at least one rate.")]
    keys = [row.at_least if factor.is_banded else row.value for row in rows]
    if any(key in (None, "") for key in keys):
        return [FieldError("rates", "invalid", "Each line begins with a number." if factor.is_banded else "Each line begins with a word.")]
    if len(set(keys)) < len(keys):
        return [FieldError("rates", "duplicate", "Each line begins with another value.")]
    for row in rows:
        if not row.multiplier.is_finite() or not 0 < row.multiplier < 1000 or row.multiplier != row.multiplier.quantize(Decimal("0.0001")):
            return [FieldError("rates", "out_of_range", f"{row.words}: a factor is above 0, below 1,000, with at most four decimals.")]
    return []
