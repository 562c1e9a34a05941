"""Products as the API gives them: what can be bought, and what is asked for it."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, ClassVar, Literal
from uuid import UUID

from pydantic import WithJsonSchema

from policies.products.models import Coverage, Product, ProductQuerySet, ProductVersion, RatingFactor
from vanguard.http.fields import Text
from vanguard.http.paging import ListParams
from vanguard.http.schema import Amount, Maybe, Out

Kind = Literal["choice", "number"]
Rule = Literal["limit_less_deductible", "limit"]
Number = Annotated[Decimal, WithJsonSchema({"type": "number"})]


class AmountRangeOut(Out):
    """Both ends can be chosen."""

    least_amount: Amount
    usual_amount: Amount
    most_amount: Amount


class CoverageOut(Out):
    code: str
    name: str
    limit: AmountRangeOut
    deductible: AmountRangeOut
    aggregate_amount: Maybe[Amount] = None
    claim_types: list[str]
    settlement_rule: Rule
    valuation: Literal["replacement_cost", "actual_cash_value"]
    is_principal: bool

    @classmethod
    def seen(cls, coverage: Coverage) -> "CoverageOut":
        return cls(
            code=coverage.code,
            name=coverage.name,
            limit=AmountRangeOut(least_amount=coverage.least_limit, usual_amount=coverage.usual_limit, most_amount=coverage.most_limit),
            deductible=AmountRangeOut(
                least_amount=coverage.least_deductible, usual_amount=coverage.usual_deductible, most_amount=coverage.most_deductible
            ),
            aggregate_amount=coverage.aggregate,
            claim_types=coverage.claim_types,
            settlement_rule=coverage.settlement_rule,
            valuation=coverage.valuation,
            is_principal=coverage.is_principal,
        )


class ChoiceOut(Out):
    value: str
    label: str


class QuestionOut(Out):
    """An answer that rating needs: one of `choices`, or a number from `least` to `most`."""

    code: str
    name: str
    question: str
    kind: Kind
    choices: Maybe[list[ChoiceOut]] = None
    least: Maybe[Number] = None
    most: Maybe[Number] = None

    @classmethod
    def seen(cls, factor: RatingFactor) -> "QuestionOut":
        rows = list(factor.values.all())
        return cls(
            code=factor.code,
            name=factor.name,
            question=factor.question or f"{factor.name}?",
            kind="number" if factor.is_banded else "choice",
            choices=None if factor.is_banded else [ChoiceOut(value=row.value, label=row.words) for row in rows],
            least=min((row.at_least for row in rows if row.at_least is not None), default=None),
            most=factor.most,
        )


class ProductRowOut(Out):
    """One of a list."""

    id: UUID
    code: str
    name: str
    policy_type: str
    on_sale: bool
    version: Maybe[int] = None

    @classmethod
    def seen(cls, product: Product) -> "ProductRowOut":
        return cls(**_row(product))


class ProductOut(ProductRowOut):
    """With what its current version covers and asks. Without one it has neither."""

    valid_from: Maybe[datetime] = None
    quote_days: Maybe[int] = None
    coverages: list[CoverageOut]
    questions: list[QuestionOut]

    @classmethod
    def seen(cls, product: Product) -> "ProductOut":
        version = _current(product)
        return cls(
            **_row(product),
            valid_from=version.valid_from if version else None,
            quote_days=version.quote_days if version else None,
            coverages=[CoverageOut.seen(coverage) for coverage in version.coverages.all()] if version else [],
            questions=[QuestionOut.seen(factor) for factor in version.factors.all() if factor.is_asked] if version else [],
        )


def _current(product: Product) -> ProductVersion | None:
    """What ProductQuerySet.with_current has found."""
    current: list[ProductVersion] = product.current  # type: ignore[attr-defined]  # put there by the prefetch
    return current[0] if current else None


def _row(product: Product) -> dict[str, object]:
    version = _current(product)
    return {
        "id": product.pk,
        "code": product.code,
        "name": product.name,
        "policy_type": product.policy_type,
        "on_sale": product.is_active and version is not None,
        "version": version.number if version else None,
    }


class ProductListParams(ListParams):
    sorts: ClassVar[tuple[str, ...]] = ("name", "code", "created_at")
    default_sort: ClassVar[str] = "name"

    policy_type: Annotated[str, Text(50)] | None = None

    def of(self, rows: ProductQuerySet) -> ProductQuerySet:
        """Those of `rows` that the filter leaves. `q` is how the name begins."""
        if self.policy_type:
            rows = rows.filter(policy_type=self.policy_type)
        return rows.filter(name__istartswith=self.q) if self.q else rows
