"""What happened, to whom it could have happened, and what it cost: material for the demo's open claims."""

from dataclasses import dataclass
from decimal import Decimal

from claims.models import Stage


@dataclass(frozen=True, slots=True)
class Peril:
    """A kind of loss: how often it happens among open claims, what it costs, and how people report it."""

    claim_type: str
    weight: int
    least: int
    most: int
    reports: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Cover:
    """A product with the limits and deductibles that people choose, and the perils it answers."""

    policy_type: str
    limits: tuple[int, ...]
    deductibles: tuple[int, ...]
    premium_rate: Decimal
    perils: tuple[Peril, ...]


HOME = Cover(
    "homeowners",
    (250_000, 320_000, 400_000, 480_000, 600_000),
    (1_000, 1_500, 2_500, 5_000),
    Decimal("0.0042"),
    (
        Peril(
            "water_damage",
            30,
            2_400,
            48_000,
            (
                "Washing machine hose burst overnight. Kitchen and hallway floor soaked, ceiling below stained.",
                "Pipe behind the upstairs shower leaked for some days. Plaster and carpet damaged in two rooms.",
                "Water heater failed while the family was away. Basement under ten centimetres of water.",
            ),
        ),
        Peril(
            "wind",
            18,
            3_000,
            60_000,
            ("Storm took shingles off the south side of the roof. Attic wet.", "A maple fell on the garage in the gale."),
        ),
        Peril(
            "hail",
            14,
            4_000,
            42_000,
            ("Hail damaged roof, gutters and the conservatory.", "Hailstones cracked the skylights and dented the siding."),
        ),
        Peril(
            "theft",
            12,
            1_800,
            22_000,
            ("Break-in through the patio door. Jewellery and two laptops missing.", "Bicycles and tools stolen from the locked shed."),
        ),
        Peril(
            "fire",
            8,
            18_000,
            420_000,
            (
                "Fire on the stove spread to the cabinets. Kitchen lost, smoke in all rooms.",
                "Electrical fire in the garage reached the roof.",
            ),
        ),
        Peril(
            "dwelling",
            8,
            5_000,
            120_000,
            ("Retaining wall gave way after the rain and cracked the foundation.", "Chimney came down onto the extension."),
        ),
        Peril(
            "liability",
            6,
            4_000,
            90_000,
            (
                "Visitor fell on the icy steps and broke a wrist.",
                "Neighbour's child bitten by the dog.",
            ),
        ),
    ),
)
AUTO = Cover(
    "personal_auto",
    (15_000, 25_000, 50_000),
    (500, 1_000),
    Decimal("0.0310"),
    (
        Peril(
            "collision",
            45,
            1_600,
            19_000,
            ("Rear-ended at a traffic light. Bumper, tailgate and exhaust.", "Slid on wet leaves into a parked van."),
        ),
        Peril(
            "property_damage",
            25,
            900,
            12_000,
            ("Backed into the neighbour's gate post.", "Hit a mail box and a garden wall while turning."),
        ),
        Peril(
            "theft",
            12,
            3_000,
            16_000,
            ("Car taken from the station car park, found stripped.", "Catalytic converter stolen in the driveway."),
        ),
        Peril(
            "glass",
            18,
            700,
            2_200,
            (
                "Stone from a truck cracked the windshield.",
                "Side window broken in a car park.",
            ),
        ),
    ),
)
# Losses so large that an adjuster has to ask somebody else; the largest are above a supervisor's authority too.
LARGE_LOSS = (32_000, 330_000)
LARGE_PERILS = ("fire", "dwelling", "water_damage", "wind")

NOTES = (
    "Spoke to the insured. Photographs will be sent by e-mail.",
    "Inspection agreed for next week, the contractor will be there.",
    "Estimate received, two positions queried with the contractor.",
    "Invoice for the emergency repair is in the file.",
    "Police report requested.",
    "Cause confirmed by the expert's report. Cover is in order.",
)
# The code of the reason, and what is said of it in the case.
DENIALS = (
    ("excluded_peril", "The surveyor found gradual deterioration, and no sudden event."),
    ("other", "The damage was there before the policy began, as the surveyor's report shows."),
    ("excluded_peril", "It was used for business at the time."),
)
QUESTIONS = (
    "The damage looks older than the policy. Does the exclusion of wear apply? The surveyor is asked.",
    "Was it used for business at the time? That is excluded; the insured is asked for the order book.",
)
REOPENINGS = ("The insured sent a second surveyor's report.", "New invoice: the damage behind the wall came to light during the repair.")


@dataclass(frozen=True, slots=True)
class Lot:
    """So many open claims that have come to one stage, their next deadlines spread from `first` to `last` days from now."""

    stage: Stage
    count: int
    first: float
    last: float
    losses: tuple[int, int] | None = None  # between what; None: what the peril usually costs
    reopened: bool = False  # whether it has come there by being taken up again


LOTS = (
    Lot(Stage.REPORTED, 40, -1.2, 14.5),
    Lot(Stage.ASSIGNED, 42, -1.6, 13.5),
    Lot(Stage.INVESTIGATION, 44, -3.5, 37.0),
    Lot(Stage.EVALUATION, 7, 4.0, 30.0, reopened=True),
    Lot(Stage.AWAITING_APPROVAL, 20, -1.5, 16.0, LARGE_LOSS),
    Lot(Stage.PAYMENT_PENDING, 12, -0.5, 26.0),
    Lot(Stage.PAYMENT_PENDING, 5, 3.0, 27.0, (32_000, 200_000)),
    Lot(Stage.DENIED, 8, 4.0, 28.0),
    Lot(Stage.COVERAGE_CHECK, 6, -0.8, 31.0),
    Lot(Stage.EVALUATION, 16, -2.5, 24.0),
)
# The first claim of these lots is the demo policyholder's own.
POLICYHOLDERS_LOTS = (0, 2, 5, 7)
