"""The company's first underwriting rules. From then on they are an administrator's to change."""

from dataclasses import dataclass
from datetime import UTC, datetime

from policies.products.models import Product
from policies.products.seeding import seed_products
from policies.quotes.models import UnderwritingRule
from vanguard.accounts.roles import RolesSynced
from vanguard.events import on

EVERY_PRODUCT = ""
SINCE = datetime(2020, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class RuleSpec:
    """`product` is a code; empty means every product."""

    product: str
    name: str
    looks_at: str
    comparison: str
    value: str
    outcome: str
    reason: str
    second_person: bool = False


FIRST_RULES = (
    RuleSpec(
        EVERY_PRODUCT, "Backdated cover", "daysUntilStart", "below", "0", "refer",
        "Cover would begin in the past: a statement that no loss is known is needed.", second_person=True,
    ),
    RuleSpec(EVERY_PRODUCT, "Far ahead", "daysUntilStart", "above", "120", "refer", "Cover would begin more than 120 days from now."),
    RuleSpec(
        "HO", "Many losses", "priorClaims", "at_least", "3", "decline",
        "Three or more losses in five years are outside our guidelines.",
    ),
    RuleSpec("HO", "Two losses", "priorClaims", "is", "2", "refer", "Two losses in five years: an underwriter looks at their causes."),
    RuleSpec("HO", "Old roof", "roofAge", "at_least", "25", "refer", "A roof of 25 years or more is inspected before we commit."),
    RuleSpec("HO", "Remote house", "stationMiles", "at_least", "10", "refer", "The nearest fire station is ten miles away or more."),
    RuleSpec(
        "HO", "Large house", "limitAmount", "above", "1000000", "refer",
        "A dwelling limit above 1,000,000 is agreed by a second underwriter.", second_person=True,
    ),
    RuleSpec(
        "PA", "Many accidents", "priorClaims", "at_least", "4", "decline",
        "Four or more accidents in five years are outside our guidelines.",
    ),
    RuleSpec(
        "PA", "Three accidents", "priorClaims", "is", "3", "refer",
        "Three accidents in five years: an underwriter looks at their causes.",
    ),
    RuleSpec("PA", "Young driver", "driverAge", "below", "18", "refer", "The youngest driver is under 18."),
    RuleSpec("PA", "Business use", "vehicleUse", "is", "business", "refer", "The car is used for business: an underwriter asks what for."),
)  # fmt: skip


@on(RolesSynced)
def seed_rules(roles: RolesSynced) -> None:
    """A database without any rule gets the first ones. Rules that somebody set are left alone."""
    seed_products(roles)  # the rules are about its products; whoever comes second finds them there
    if UnderwritingRule.objects.using(roles.using).exists():
        return
    products = {product.code: product for product in Product.objects.using(roles.using).all()}
    UnderwritingRule.objects.using(roles.using).bulk_create(
        UnderwritingRule(
            product=products.get(spec.product),
            name=spec.name,
            looks_at=spec.looks_at,
            comparison=spec.comparison,
            value=spec.value,
            outcome=spec.outcome,
            reason=spec.reason,
            second_person=spec.second_person,
            valid_from=SINCE,
        )
        for spec in FIRST_RULES
        if spec.product == EVERY_PRODUCT or spec.product in products
    )
