"""JSON as the contract wants it: money as exact numbers, times in UTC with Z."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import orjson

JSON = "application/json; charset=utf-8"


def to_json(value: Any) -> bytes:
    """`value` as JSON. A Decimal becomes a number with all of its digits; it never passes through a binary float."""
    return orjson.dumps(value, default=_exact, option=orjson.OPT_UTC_Z | orjson.OPT_NON_STR_KEYS)


def _exact(value: Any) -> Any:
    if isinstance(value, Decimal):
        return orjson.Fragment(format(value, "f"))
    if isinstance(value, str):  # a choice of a model's TextChoices
        return str(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")


def timestamp() -> str:
    """Now, to the millisecond: 2026-11-23T13:35:57.123Z."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
