"""The version that a policy is issued on: its type's, as it is valid when the policy begins."""

import datetime
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

from policies.products.models import ProductVersion


def version_for(policy_type: str, start: datetime.datetime) -> ProductVersion | None:
    """None where no product answers to the type, or none is sold for that start."""
    return ProductVersion.objects.valid_at(start).filter(product__policy_type=policy_type).first()


@dataclass(frozen=True, slots=True)
class Pins:
    """The same for many policies, from one query."""

    by_type: Mapping[str, Sequence[ProductVersion]]

    @classmethod
    def read(cls) -> Self:
        by_type: dict[str, list[ProductVersion]] = defaultdict(list)
        for version in ProductVersion.objects.filter(status=ProductVersion.Status.PUBLISHED).select_related("product"):
            by_type[version.product.policy_type].append(version)
        return cls(by_type)

    def version_for(self, policy_type: str, start: datetime.datetime) -> ProductVersion | None:
        return next((version for version in self.by_type.get(policy_type, ()) if version.is_valid_at(start)), None)
