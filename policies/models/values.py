"""New values of a policy's fields, as a version keeps them: JSON in which an amount is its digits and a moment is UTC."""

import datetime
from collections.abc import Mapping
from decimal import Decimal

from policies.terms import FACTOR, OwnCover, OwnCovers, Value, is_of_cover

AMOUNTS = frozenset({"premium_amount", "coverage_amount", "deductible_amount"})
MOMENTS = frozenset({"start_date", "end_date"})


def stored(values: Mapping[str, Value]) -> dict[str, str]:
    """Values to JSON, each to the digit."""
    return {name: _text(value) for name, value in values.items()}


def restored(texts: Mapping[str, str]) -> dict[str, Value]:
    """JSON to values."""
    return {name: _value(name, text) for name, text in texts.items()}


def stored_covers(covers: OwnCovers) -> dict[str, dict[str, str]] | None:
    """As a column holds them: by code, each figure to the cent. None where no coverage has one of its own."""
    shown = {code: {"limitAmount": own.limit, "deductibleAmount": own.deductible} for code, own in covers.items()}
    return {code: {name: f"{amount:.2f}" for name, amount in own.items() if amount is not None} for code, own in shown.items()} or None


def restored_covers(texts: Mapping[str, Mapping[str, str]] | None) -> dict[str, OwnCover]:
    """The reverse of `stored_covers`."""
    return {code: OwnCover(_amount(own.get("limitAmount")), _amount(own.get("deductibleAmount"))) for code, own in (texts or {}).items()}


def _amount(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def _text(value: Value) -> str:
    if isinstance(value, datetime.datetime):
        return value.astimezone(datetime.UTC).isoformat().replace("+00:00", "Z")
    return f"{value:f}" if isinstance(value, Decimal) else value


def _value(name: str, text: str) -> Value:
    if name in AMOUNTS or name.startswith(FACTOR) or is_of_cover(name):
        return Decimal(text)
    return datetime.datetime.fromisoformat(text) if name in MOMENTS else text
