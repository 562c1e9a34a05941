"""New values of a policy's fields, as a version keeps them: JSON in which an amount is its digits and a moment is UTC."""

import datetime
from collections.abc import Mapping
from decimal import Decimal

from policies.terms import FACTOR, Value

AMOUNTS = frozenset({"premium_amount", "coverage_amount", "deductible_amount"})
MOMENTS = frozenset({"start_date", "end_date"})


def stored(values: Mapping[str, Value]) -> dict[str, str]:
    """Values to JSON, each to the digit."""
    return {name: _text(value) for name, value in values.items()}


def restored(texts: Mapping[str, str]) -> dict[str, Value]:
    """JSON to values."""
    return {name: _value(name, text) for name, text in texts.items()}


def _text(value: Value) -> str:
    if isinstance(value, datetime.datetime):
        return value.astimezone(datetime.UTC).isoformat().replace("+00:00", "Z")
    return f"{value:f}" if isinstance(value, Decimal) else value


def _value(name: str, text: str) -> Value:
    if name in AMOUNTS or name.startswith(FACTOR):
        return Decimal(text)
    return datetime.datetime.fromisoformat(text) if name in MOMENTS else text
