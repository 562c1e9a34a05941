"""The company's forms of 2026: the clauses that its first products are sold with. From then on clauses are data, in each version.

Each clause has a reference by which letters and proofs name it. The form without a product is for policies that are pinned to none.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

LIMIT_PAYS_ALL, ACTUAL_CASH_VALUE = "limit", "actual_cash_value"


@dataclass(frozen=True, slots=True)
class ClauseSpec:
    """`topic` is what a clause is about (ProductClause.Topic); `coverage` the code of the coverage that it belongs to, "" for all."""

    reference: str
    topic: str
    heading: str
    text: str
    coverage: str = ""


class Promised(Protocol):
    """What the wording needs of a coverage."""

    code: str
    name: str
    settlement_rule: str
    valuation: str


CAUSES = {
    "dwelling": "We pay for sudden and accidental direct physical loss to the dwelling and the structures attached to it.",
    "personalProperty": "We pay for theft of, and sudden and accidental direct physical loss to, personal property that you own or use.",
    "liability": "We pay what an insured is legally liable to pay for bodily injury or property damage caused by an accident.",
    "propertyDamage": "We pay what an insured is legally liable to pay for damage to the property of others caused by an auto accident.",
    "collision": "We pay for direct and accidental loss to your car caused by its collision with another object or by its upset.",
    "comprehensive": "We pay for theft of your car, breakage of its glass, and other accidental loss to it that is not collision.",
}
GENERAL = "We pay for sudden and accidental direct loss of the kind that the policy insures, when it happens while the policy is in force."
PAYS_ALL = "We pay the loss less the deductible, and at most the limit: a loss that is larger than both pays the whole limit."
PAYS_LESS = "The most that we pay for one loss is the limit less the deductible."
DEDUCTIBLE = "We pay only the part of each loss that is above the deductible. No more than one deductible is taken from a loss."
REPLACED = (
    "We settle at what it costs to repair or replace with like kind and quality. Until that is done we pay the actual cash value, which "
    "is that cost less depreciation; what was held back is paid when you show us that the repair or replacement was made."
)
DEPRECIATED = "We settle at actual cash value: what it costs to repair or replace with like kind and quality, less depreciation."

# Reference, topic, heading and text.
_SHARED = (
    ("E.1", "exclusion", "Wear and tear", "We do not pay for wear and tear, deterioration, rot, rust, or a defect of the property."),
    ("E.2", "exclusion", "Water and earth", "We do not pay for flood, surface water, earthquake, or other movement of the earth."),
    ("E.3", "exclusion", "Intended loss", "We do not pay for loss that an insured causes or arranges on purpose."),
    (
        "E.4", "not_covered_property", "Property not covered",
        "We do not cover property that is insured elsewhere by name, property of tenants, or property used in a business.",
    ),
    ("C.1", "period", "Policy period", "We cover only loss that happens while the policy is in force, whenever it is reported."),
    (
        "C.2", "notice", "Your duties after loss",
        "You tell us promptly of a loss, protect the property from more damage, and show us what we reasonably ask to see.",
    ),
    ("C.3", "interest", "Insurable interest", "We pay no insured more than their own interest in the property at the time of the loss."),
    (
        "C.4", "misrepresentation", "Concealment or fraud",
        "We provide no cover for an insured who has intentionally concealed or misrepresented a material fact about this insurance.",
    ),
    ("C.5", "one_payment", "One payment", "A loss is paid once, however often and under whatever number it is reported."),
)  # fmt: skip
SHARED = tuple(ClauseSpec(*each) for each in _SHARED)


def form_of(coverages: Iterable[Promised]) -> list[ClauseSpec]:
    """The clauses of a version with these coverages: four for each, lettered in their order, then exclusions and conditions."""
    found = []
    for letter, coverage in zip("ABDFGHJKLMNPQRSTUVWXYZ", coverages, strict=False):
        of_product = CAUSES.get(coverage.code, f"We pay for sudden and accidental loss that {coverage.name.lower()} insures.")
        found += _promise(letter, coverage.code, coverage.name, of_product, coverage.settlement_rule, coverage.valuation)
    return [*found, *SHARED]


def form_without_product() -> list[ClauseSpec]:
    """The form of policies that belong to no product."""
    return [*_promise("G", "", "Insuring agreement", GENERAL, "", ""), *SHARED]


def _promise(letter: str, code: str, name: str, insuring: str, rule: str, valuation: str) -> list[ClauseSpec]:
    limit = PAYS_ALL if rule == LIMIT_PAYS_ALL else PAYS_LESS
    value = DEPRECIATED if valuation == ACTUAL_CASH_VALUE else REPLACED
    return [
        ClauseSpec(f"{letter}.1", "insuring", name, insuring, code),
        ClauseSpec(f"{letter}.2", "limit", f"{name}: limit", limit, code),
        ClauseSpec(f"{letter}.3", "deductible", f"{name}: deductible", DEDUCTIBLE, code),
        ClauseSpec(f"{letter}.4", "valuation", f"{name}: how a loss is valued", value, code),
    ]
