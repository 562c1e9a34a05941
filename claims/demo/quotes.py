"""Quotes in every state for the underwriters' day: requested, priced and decided by the services, and dated back in between."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from customers.models import Customer
from policies.products.models import Product
from policies.products.rules import Cover, anniversary
from policies.quotes import services
from policies.quotes.models import Quote
from vanguard.accounts.models import User

HOME, AUTO = "HO", "PA"
PRINCIPAL = {HOME: "dwelling", AUTO: "propertyDamage"}
LIMITS = {HOME: (250_000, 320_000, 400_000, 480_000, 600_000), AUTO: (25_000, 50_000, 100_000)}
DEDUCTIBLES = {HOME: (1_000, 2_500, 5_000), AUTO: (0, 500, 1_000)}
DECLINED = "The photographs show knob-and-tube wiring; we can quote again once it is replaced."
APPROVED = "Inspection report seen: the roof was relaid in part, no sign of leaks."


@dataclass(frozen=True, slots=True)
class Enquiry:
    """Somebody asks `days` days ago for cover from `starts_in` days from now; `unusual` is what a rule may look at.

    `steps` are what was done since. `by_colleague`: not by the underwriter who can log in, so that she may be the second person.
    """

    product: str
    days: int
    steps: tuple[str, ...] = ("price",)
    unusual: dict[str, Any] = field(default_factory=dict)
    limit: int = 0
    starts_in: int = 21
    by_colleague: bool = True


DRAFTS = (Enquiry(AUTO, 6, ()), Enquiry(HOME, 3, ()), Enquiry(HOME, 1, (), by_colleague=False), Enquiry(AUTO, 0, ()))
# The last of them run out within the week.
OPEN = tuple(Enquiry((HOME, AUTO)[place % 2], days, starts_in=14 + place) for place, days in enumerate((1, 2, 4, 6, 9, 13, 18, 24, 26, 28)))
REFERRED = (
    Enquiry(HOME, 5, unusual={"roofAge": 31}),
    Enquiry(HOME, 4, unusual={"priorClaims": 2}, by_colleague=False),
    Enquiry(AUTO, 3, unusual={"vehicleUse": "business", "annualMiles": 21_000}),
    Enquiry(HOME, 3, limit=1_250_000),
    Enquiry(AUTO, 2, unusual={"driverAge": 17}),
    Enquiry(HOME, 2, unusual={"stationMiles": 14}, by_colleague=False),
    Enquiry(HOME, 0, starts_in=-6),
    Enquiry(AUTO, 1, unusual={"priorClaims": 3}),
    # Hers, and large: it waits for somebody else.
    Enquiry(HOME, 1, limit=1_100_000, by_colleague=False),
)
APPROVALS = (
    Enquiry(HOME, 8, ("price", "approve"), {"roofAge": 27}),
    Enquiry(HOME, 6, ("price", "approve"), limit=1_150_000),
    Enquiry(AUTO, 3, ("price", "approve"), {"vehicleUse": "business"}),
)
DECLINES = (
    Enquiry(HOME, 12, unusual={"priorClaims": 3}),
    Enquiry(AUTO, 7, unusual={"priorClaims": 4}),
    Enquiry(HOME, 5, ("price", "decline"), {"roofAge": 44}),
)
BOUND = (
    Enquiry(HOME, 10, ("price", "bind"), starts_in=9),
    Enquiry(AUTO, 7, ("price", "bind"), starts_in=3),
    Enquiry(HOME, 9, ("price", "approve", "bind"), {"roofAge": 26}, starts_in=16),
    Enquiry(AUTO, 2, ("price", "bind"), starts_in=1),
)
EXPIRED = (Enquiry(HOME, 48), Enquiry(AUTO, 41), Enquiry(HOME, 36, unusual={"roofAge": 29}), Enquiry(AUTO, 33))
ENQUIRIES = sorted((*DRAFTS, *OPEN, *REFERRED, *APPROVALS, *DECLINES, *BOUND, *EXPIRED), key=lambda enquiry: -enquiry.days)


def quotes_are_there() -> bool:
    """Whether anybody ever asked for one."""
    return Quote.objects.exists()


@dataclass(frozen=True, slots=True)
class Desk:
    """Who quotes: the underwriter of the demo, and her colleagues in turn."""

    underwriter: User
    colleagues: tuple[User, ...]

    def maker(self, enquiry: Enquiry, turn: int) -> User:
        return self.colleagues[turn % len(self.colleagues)] if enquiry.by_colleague else self.underwriter


def make_quotes(customers: list[Customer], desk: Desk, rng: Random, now: datetime) -> list[Quote]:
    """A quote for each enquiry, the oldest first, for the customers in turn."""
    products = {product.code: product for product in Product.objects.all()}
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    made = []
    for turn, (enquiry, customer) in enumerate(zip(ENQUIRIES, customers, strict=True)):
        starts = today + timedelta(days=enquiry.starts_in)
        maker = desk.maker(enquiry, turn)
        quote = services.create_quote(
            maker,
            customer_id=customer.pk,
            product_id=products[enquiry.product].pk,
            start_date=starts,
            end_date=anniversary(starts),
            inputs=_answers(enquiry, rng),
            covers={PRINCIPAL[enquiry.product]: _cover(enquiry, rng)},
        )
        made.append(_go_on(quote, enquiry, maker, desk.underwriter, timedelta(days=enquiry.days, minutes=rng.randint(20, 200))))
    return made


def _go_on(quote: Quote, enquiry: Enquiry, maker: User, decider: User, ago: timedelta) -> Quote:
    """Price it; then it is dated back; then what was decided since. An approval by the second person where a rule asks for one."""
    price, *decisions = enquiry.steps or ("",)
    if price:
        quote = services.price_quote(maker, quote.pk)
    _date_back(quote, ago)
    for decision in decisions:
        if decision == "approve":
            quote = services.approve_quote(decider, quote.pk, reason=APPROVED)
        elif decision == "decline":
            quote = services.decline_quote(decider, quote.pk, reason=DECLINED)
        else:
            quote = services.bind_quote(maker, quote.pk)
    return quote


def _date_back(quote: Quote, ago: timedelta) -> None:
    """For the services everything happens now. What was done `ago` is written down as of then."""
    times = {name: value - ago for name in ("created_at", "priced_at", "expires_at") if (value := getattr(quote, name))}
    Quote.objects.filter(pk=quote.pk).update(**times, updated_at=times["created_at"])
    quote.transitions.update(at=times["created_at"])
    if quote.priced_at:
        quote.pricings.update(at=times["priced_at"], expires_at=times["expires_at"])


def _answers(enquiry: Enquiry, rng: Random) -> dict[str, Any]:
    if enquiry.product == HOME:
        usual: dict[str, Any] = {
            "construction": rng.choice(("frame", "frame", "masonry", "fireResistive")),
            "roofAge": rng.randint(1, 20),
            "stationMiles": rng.randint(1, 7),
            "priorClaims": rng.choice((0, 0, 0, 1)),
            "alarm": rng.choice(("none", "local", "monitored")),
        }
    else:
        usual = {
            "driverAge": rng.randint(22, 71),
            "vehicleUse": rng.choice(("pleasure", "commute", "commute")),
            "annualMiles": rng.randrange(4_000, 17_000, 500),
            "vehicleAge": rng.randint(0, 12),
            "priorClaims": rng.choice((0, 0, 1)),
            "garaging": rng.choice(("garage", "driveway", "street")),
        }
    return usual | enquiry.unusual


def _cover(enquiry: Enquiry, rng: Random) -> Cover:
    limit = enquiry.limit or rng.choice(LIMITS[enquiry.product])
    return Cover(Decimal(limit), Decimal(rng.choice(DEDUCTIBLES[enquiry.product])))
