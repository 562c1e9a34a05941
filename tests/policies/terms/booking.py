"""Short ways to write bookings down in tests of the arithmetic."""

import datetime
from decimal import Decimal

from policies.terms import Kind, Transaction, Value


def day(text: str) -> datetime.datetime:
    return datetime.datetime.fromisoformat(text).replace(tzinfo=datetime.UTC)


def new_business(start: str, end: str, premium: str, **terms: Value) -> Transaction:
    values: dict[str, Value] = {
        "policy_type": "homeowners",
        "premium_amount": Decimal(premium),
        "coverage_amount": Decimal("25000.00"),
        "deductible_amount": Decimal("1000.00"),
        "start_date": day(start),
        "end_date": day(end),
    }
    return Transaction(1, Kind.NEW_BUSINESS, day(start), values | terms)


def endorsement(number: int, at: str, *, through: tuple[str, ...] = (), **changes: Value) -> Transaction:
    return Transaction(number, Kind.ENDORSEMENT, day(at), changes, frozenset(through))


def factor(number: int, at: str, name: str, value: str) -> Transaction:
    return Transaction(number, Kind.ENDORSEMENT, day(at), {f"factor:{name}": Decimal(value)})


def cancellation(number: int, at: str, kept: str = "0") -> Transaction:
    return Transaction(number, Kind.CANCELLATION, day(at), kept=Decimal(kept))


def reinstatement(number: int, at: str) -> Transaction:
    return Transaction(number, Kind.REINSTATEMENT, day(at))
