"""The first products: what the company sold when it began. From then on products are data, changed by new versions."""

from dataclasses import dataclass, replace

LESS, UP_TO = "limit_less_deductible", "limit"
NEW, AS_IT_WAS = "replacement_cost", "actual_cash_value"


@dataclass(frozen=True, slots=True)
class CoverageSpec:
    """Limits and deductibles as least, usual, most, in dollars."""

    code: str
    name: str
    limits: tuple[int, int, int]
    deductibles: tuple[int, int, int]
    claim_types: tuple[str, ...]
    settlement_rule: str = LESS
    aggregate: int | None = None
    valuation: str = NEW


@dataclass(frozen=True, slots=True)
class FactorSpec:
    """`rates` maps a word, or the number from which on, to a multiplier; `whole`: only whole numbers answer it."""

    code: str
    name: str
    looks_at: str
    rates: tuple[tuple[str, str], ...]
    question: str = ""
    coverage: str = ""
    most: int | None = None
    whole: bool = False


@dataclass(frozen=True, slots=True)
class VersionSpec:
    """`valid_from` and `valid_to` are years; None is open."""

    valid_from: int
    valid_to: int | None
    base_rate: str
    coverages: tuple[CoverageSpec, ...]
    factors: tuple[FactorSpec, ...]
    short_rate_share: str = "0.1000"


@dataclass(frozen=True, slots=True)
class ProductSpec:
    """The first coverage is the principal one."""

    code: str
    name: str
    policy_type: str
    versions: tuple[VersionSpec, ...]


DWELLING = CoverageSpec(
    "dwelling", "Dwelling", (100_000, 300_000, 1_500_000), (500, 2_500, 25_000),
    ("dwelling", "fire", "wind", "hail", "water_damage"),
)  # fmt: skip
HOME_COVERAGES = (
    DWELLING,
    CoverageSpec(
        "personalProperty", "Personal property", (20_000, 100_000, 500_000), (500, 1_000, 10_000), ("theft",), valuation=AS_IT_WAS
    ),
    CoverageSpec("liability", "Personal liability", (100_000, 300_000, 1_000_000), (0, 0, 0), ("liability",), UP_TO, 1_000_000),
)
HOME_FACTORS = (
    FactorSpec(
        "construction", "Construction", "choice", (("frame", "1.0000"), ("masonry", "0.9100"), ("fireResistive", "0.8000")),
        "What are the outer walls made of?",
    ),
    FactorSpec(
        "roofAge", "Age of the roof", "number", (("0", "0.9300"), ("5", "1.0000"), ("15", "1.1400"), ("25", "1.3200")),
        "How many years ago was the roof laid?", most=150, whole=True,
    ),
    FactorSpec(
        "stationMiles", "Miles to the fire station", "number", (("0", "0.9500"), ("2", "1.0000"), ("5", "1.1200"), ("10", "1.3500")),
        "How many miles is it to the nearest fire station?", most=200,
    ),
    FactorSpec(
        "priorClaims", "Losses in five years", "number", (("0", "0.9200"), ("1", "1.1200"), ("2", "1.3800"), ("3", "1.7500")),
        "How many losses were there in the last five years?", most=50, whole=True,
    ),
    FactorSpec(
        "alarm", "Alarm", "choice", (("none", "1.0000"), ("local", "0.9700"), ("monitored", "0.9200")),
        "Is there a burglar and fire alarm?",
    ),
    FactorSpec(
        "dwellingLimit", "Dwelling limit", "limit",
        (
            ("100000", "0.6200"), ("200000", "0.8100"), ("300000", "1.0000"), ("400000", "1.2200"), ("600000", "1.6200"),
            ("800000", "2.0500"), ("1000000", "2.6000"),
        ),
        coverage="dwelling",
    ),
    FactorSpec(
        "dwellingDeductible", "Dwelling deductible", "deductible",
        (("500", "1.1200"), ("1000", "1.0600"), ("2500", "1.0000"), ("5000", "0.9100"), ("10000", "0.8200"), ("20000", "0.7400")),
        coverage="dwelling",
    ),
    FactorSpec(
        "propertyLimit", "Personal property limit", "limit",
        (("20000", "0.9500"), ("75000", "1.0000"), ("150000", "1.0800"), ("250000", "1.1900")),
        coverage="personalProperty",
    ),
    FactorSpec(
        "liabilityLimit", "Liability limit", "limit",
        (("100000", "0.9800"), ("300000", "1.0000"), ("500000", "1.0300"), ("1000000", "1.0600")),
        coverage="liability",
    ),
)  # fmt: skip

PROPERTY_DAMAGE = CoverageSpec(
    "propertyDamage", "Property damage liability", (5_000, 25_000, 250_000), (0, 1_000, 5_000), ("property_damage",)
)
AUTO_COVERAGES = (
    PROPERTY_DAMAGE,
    CoverageSpec("collision", "Collision", (5_000, 30_000, 150_000), (250, 500, 5_000), ("collision",), UP_TO, None, AS_IT_WAS),
    CoverageSpec("comprehensive", "Comprehensive", (5_000, 30_000, 150_000), (100, 250, 5_000), ("theft", "glass"), UP_TO, None, AS_IT_WAS),
)
AUTO_FACTORS = (
    FactorSpec(
        "driverAge", "Age of the youngest driver", "number",
        (("16", "1.9500"), ("21", "1.4500"), ("25", "1.0800"), ("30", "1.0000"), ("65", "1.0800"), ("75", "1.3000")),
        "How old is the youngest driver?", most=110, whole=True,
    ),
    FactorSpec(
        "vehicleUse", "Use of the car", "choice", (("pleasure", "0.9400"), ("commute", "1.0000"), ("business", "1.2200")),
        "What is the car used for?",
    ),
    FactorSpec(
        "annualMiles", "Miles a year", "number", (("0", "0.8800"), ("7500", "1.0000"), ("12000", "1.1000"), ("18000", "1.2400")),
        "How many miles is it driven a year?", most=200_000,
    ),
    FactorSpec(
        "vehicleAge", "Age of the car", "number", (("0", "1.1000"), ("4", "1.0000"), ("9", "0.8700")),
        "How many years old is the car?", most=100, whole=True,
    ),
    FactorSpec(
        "priorClaims", "Accidents in five years", "number", (("0", "0.9000"), ("1", "1.1500"), ("2", "1.4500"), ("3", "1.9000")),
        "How many accidents were there in the last five years?", most=50, whole=True,
    ),
    FactorSpec(
        "garaging", "Kept overnight", "choice", (("garage", "0.9500"), ("driveway", "1.0000"), ("street", "1.0600")),
        "Where is the car kept overnight?",
    ),
    FactorSpec(
        "propertyDamageLimit", "Property damage limit", "limit",
        (("5000", "0.9200"), ("15000", "0.9700"), ("25000", "1.0000"), ("50000", "1.0400"), ("100000", "1.0900")),
        coverage="propertyDamage",
    ),
    FactorSpec(
        "collisionLimit", "Value of the car", "limit",
        (("5000", "0.8200"), ("15000", "0.9200"), ("30000", "1.0000"), ("50000", "1.2100"), ("80000", "1.5500")),
        coverage="collision",
    ),
    FactorSpec(
        "collisionDeductible", "Collision deductible", "deductible",
        (("250", "1.0900"), ("500", "1.0000"), ("1000", "0.9100"), ("2500", "0.8000")),
        coverage="collision",
    ),
)  # fmt: skip

# Until 2020 the deductible of a home could not be lower than 1,000, and a roof's age was not asked for.
OLD_HOME_COVERAGES = (replace(DWELLING, deductibles=(1_000, 2_500, 25_000)), *HOME_COVERAGES[1:])
OLD_HOME_FACTORS = tuple(factor for factor in HOME_FACTORS if factor.code != "roofAge")

CATALOGUE = (
    ProductSpec(
        "HO", "Homeowners", "homeowners",
        (
            VersionSpec(2000, 2020, "720.00", OLD_HOME_COVERAGES, OLD_HOME_FACTORS),
            VersionSpec(2020, None, "1180.00", HOME_COVERAGES, HOME_FACTORS),
        ),
    ),
    ProductSpec(
        "PA", "Personal auto", "personal_auto",
        (
            VersionSpec(2000, 2020, "540.00", AUTO_COVERAGES, AUTO_FACTORS),
            VersionSpec(2020, None, "870.00", AUTO_COVERAGES, AUTO_FACTORS),
        ),
    ),
)  # fmt: skip
