"""Quotes for tests: an ordinary house for a customer, and what makes it less ordinary."""

import datetime
from decimal import Decimal
from typing import Any

from django.utils import timezone

from customers.models import Customer
from policies.products.models import Product
from policies.products.rules import Cover
from policies.quotes import services
from policies.quotes.models import Quote
from tests.factories import CustomerFactory
from vanguard.accounts.models import User

HOUSE: dict[str, Any] = {"construction": "masonry", "roofAge": 6, "stationMiles": 1, "priorClaims": 0, "alarm": "monitored"}
CAR: dict[str, Any] = {
    "driverAge": 41, "vehicleUse": "commute", "annualMiles": 9000, "vehicleAge": 3, "priorClaims": 1, "garaging": "driveway",
}  # fmt: skip
OLD_ROOF, BACKDATED_DAYS = {"roofAge": 30}, -5


def product(code: str = "HO") -> Product:
    return Product.objects.get(code=code)


def days_ahead(days: int) -> datetime.datetime:
    """Midnight UTC so many days from today."""
    return timezone.now().replace(hour=0, minute=0, second=0, microsecond=0) + datetime.timedelta(days=days)


def a_year_from(start: datetime.datetime) -> datetime.datetime:
    return start.replace(year=start.year + 1)


def requested(customer: Customer | None = None, actor: User | None = None, starts_in: int = 10, **given: Any) -> Quote:
    """A draft for an ordinary house, a year from ten days ahead; `given` is what create_quote takes."""
    start = days_ahead(starts_in)
    terms: dict[str, Any] = {
        "customer_id": (customer or CustomerFactory.create()).pk,
        "product_id": product().pk,
        "start_date": start,
        "end_date": start + datetime.timedelta(days=365),
        "inputs": HOUSE,
    }
    return services.create_quote(actor, **(terms | given))


def quoted(customer: Customer | None = None, actor: User | None = None, **given: Any) -> Quote:
    """With a price; nothing stands against it."""
    return services.price_quote(actor, requested(customer, actor, **given).pk)


def referred(customer: Customer | None = None, actor: User | None = None, **given: Any) -> Quote:
    """With a price and a roof that an underwriter looks at."""
    return services.price_quote(actor, requested(customer, actor, **given).pk, inputs=OLD_ROOF)


def backdated(customer: Customer | None = None, actor: User | None = None) -> Quote:
    """With a start in the past, which two people have to look at."""
    return services.price_quote(actor, requested(customer, actor, starts_in=BACKDATED_DAYS).pk)


def bound(customer: Customer | None = None) -> Quote:
    return services.bind_quote(None, quoted(customer).pk)


def past_its_price(quote: Quote) -> Quote:
    """As it is when its 30 days are over: prices are not made in the past, so the rows are put back."""
    ago = datetime.timedelta(days=31)
    assert quote.priced_at is not None
    assert quote.expires_at is not None
    Quote.objects.filter(pk=quote.pk).update(priced_at=quote.priced_at - ago, expires_at=quote.expires_at - ago)
    return Quote.objects.get(pk=quote.pk)


def covers(**limits: int) -> dict[str, Cover]:
    """covers(dwelling=400_000): with the usual deductible of 2,500."""
    return {code: Cover(Decimal(limit), Decimal(2500)) for code, limit in limits.items()}
