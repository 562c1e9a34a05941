"""One cell of a bordereau to one value. Strict: what is not clearly right is refused, never guessed."""

import re
from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache

from vanguard.money import to_cents

_WHOLE = re.compile(r"[0-9]{1,12}", re.ASCII)
_AMOUNT = re.compile(r"[0-9]{1,13}(\.[0-9]{1,20})?", re.ASCII)
_ISO_DATE = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})", re.ASCII)
_US_DATE = re.compile(r"([0-9]{1,2})/([0-9]{1,2})/([0-9]{4})", re.ASCII)
_FIRST_YEAR = 1900
_SHOWN = 40


class CellRefused(ValueError):
    """A cell that cannot be read; `code` is for machines, the message for whoever mends the file."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def shown(text: str) -> str:
    """A cell as it is quoted in a message: one line, printable, short."""
    cut = text if len(text) <= _SHOWN else text[:_SHOWN] + "…"
    return ascii(cut) if not cut.isprintable() else f"“{cut}”"


def read_whole(text: str) -> int:
    """A whole number without sign or separators."""
    if not _WHOLE.fullmatch(text):
        raise CellRefused("number", f"{shown(text)} is not a whole number.")
    return int(text)


def read_count(text: str) -> int:
    """A count of nothing or more, written as `1` or `1.0`."""
    return read_whole(text.removesuffix(".0"))


@lru_cache(maxsize=4096)
def read_amount(text: str) -> Decimal:
    """An amount of money, rounded half up to cents: the book holds more decimals than money has."""
    if text.startswith("-") and _AMOUNT.fullmatch(text[1:]):
        raise CellRefused("negative", f"{shown(text)} is below zero.")
    if not _AMOUNT.fullmatch(text):
        raise CellRefused("number", f"{shown(text)} is not an amount (digits, a decimal point, no separators).")
    return to_cents(Decimal(text))


@lru_cache(maxsize=8192)
def read_date(text: str) -> datetime:
    """A day, `2010-10-08` or `10/8/2010`, as midnight UTC."""
    if iso := _ISO_DATE.fullmatch(text):
        year, month, day = iso.groups()
    elif us := _US_DATE.fullmatch(text):
        month, day, year = us.groups()
    else:
        raise CellRefused("date", f"{shown(text)} is not a date (2010-10-08 or 10/8/2010).")
    try:
        moment = datetime(int(year), int(month), int(day), tzinfo=UTC)
    except ValueError:
        raise CellRefused("date", f"{shown(text)} is not a day of the calendar.") from None
    if moment.year < _FIRST_YEAR:
        raise CellRefused("date", f"{shown(text)} is before {_FIRST_YEAR}.")
    return moment


def read_yes_no(text: str) -> bool:
    """`True` or `False`, in any case."""
    answers = {"true": True, "false": False}
    if text.lower() not in answers:
        raise CellRefused("choice", f"{shown(text)} is neither True nor False.")
    return answers[text.lower()]


def read_closed(text: str) -> str:
    """The status of the file: only closed claims can be taken over from a bordereau."""
    if text.upper() != "CLOSED":
        raise CellRefused("choice", f"{shown(text)}: only claims that are CLOSED can be taken over.")
    return "CLOSED"
