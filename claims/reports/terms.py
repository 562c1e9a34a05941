"""What a claim would cost by the terms of its policy: the claimed amount under the figures of the coverage that answers it."""

from collections.abc import Mapping
from decimal import Decimal
from functools import reduce
from operator import or_
from uuid import UUID

from django.db.models import Case, DecimalField, Expression, F, Q, Value, When
from django.db.models.expressions import Combinable
from django.db.models.fields.json import KeyTextTransform, KeyTransform
from django.db.models.functions import Cast, Coalesce, Greatest, Least, Lower
from django.db.models.lookups import In

from policies.reading import answered_by_others

MONEY: DecimalField = DecimalField(max_digits=15, decimal_places=2)
# As policies.models.values keeps them.
LIMIT, DEDUCTIBLE = "limitAmount", "deductibleAmount"
NOTHING = Value(Decimal(0), output_field=MONEY)


class Terms:
    """The terms are the policy's as they stand now. One query, for which coverages have figures of their own."""

    def __init__(self) -> None:
        self._answered = answered_by_others()

    def estimate(self, path: str = "", claimed: Combinable | None = None) -> Expression:
        """min(claimed, limit) − deductible, not below nought. `path` leads to the claim; `claimed`, where it is not what is claimed now."""
        least = Least(F(f"{path}claim_amount") if claimed is None else claimed, self._figure(path, "coverage_amount", LIMIT))
        return Greatest(least - self._figure(path, "deductible_amount", DEDUCTIBLE), NOTHING, output_field=MONEY)

    def _figure(self, path: str, column: str, name: str) -> Expression:
        """The figure `name` of the coverage that answers the claim; the policy's, which a Case finds first, where none has its own."""
        of_policy, covers = f"{path}policy__{column}", f"{path}policy__covers"
        own = [
            When(_is_answered(path, versions), then=Coalesce(Cast(_own(covers, code, name), MONEY), F(of_policy), output_field=MONEY))
            for code, versions in self._answered.items()
        ]
        return Case(When(**{f"{covers}__isnull": True}, then=F(of_policy)), *own, default=F(of_policy), output_field=MONEY)


def _is_answered(path: str, versions: Mapping[UUID, list[str]]) -> Q:
    kinds = (Q(In(Lower(f"{path}claim_type"), kinds), **{f"{path}policy__product_version": key}) for key, kinds in versions.items())
    return reduce(or_, kinds)


def _own(covers: str, code: str, name: str) -> KeyTextTransform:
    return KeyTextTransform(name, KeyTransform(code, covers))
