"""Field types of the contract: money, text, times. Each says what is wrong in its own code and words, and repeats no value."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, GetCoreSchemaHandler, GetJsonSchemaHandler, WithJsonSchema
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from vanguard.money import CENT
from vanguard.text import clean

EARLIEST = datetime(1900, 1, 1, tzinfo=UTC)
# 9999-12-31 is the trade's "open end". Not a second later: a page shown further east would pass the calendar's end.
LATEST = datetime(9999, 12, 31, tzinfo=UTC)
LARGEST_EXPONENT = 40  # beyond it a number is out of any range of ours, and must not be written out digit by digit

_AMOUNT = re.compile(r"-?[0-9]{1,40}(\.[0-9]{1,40})?")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_INSTANT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,9})?)?([Zz]|[+-][0-9]{2}:?[0-9]{2})?")


@dataclass(frozen=True, slots=True)
class Money:
    """`Annotated[Decimal, Money(15)]`: up to 15 digits, two of them decimals, from a JSON number or a string of one."""

    digits: int

    @property
    def largest(self) -> Decimal:
        return (Decimal(10) ** self.digits - 1).scaleb(-2)

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(self.read)

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {"type": "number", "minimum": 0, "maximum": float(self.largest)}

    def read(self, value: Any) -> Decimal:
        amount = _decimal(value)
        if amount.is_signed() and amount != 0:
            raise PydanticCustomError("negative", "An amount cannot be negative.")
        if not amount.is_finite() or amount.adjusted() > LARGEST_EXPONENT or amount > self.largest:
            raise PydanticCustomError("out_of_range", "This amount is too large.")
        if int(amount.as_tuple().exponent) < -2:
            raise PydanticCustomError("too_many_decimals", "An amount has at most two decimals.")
        return abs(amount).quantize(CENT)


@dataclass(frozen=True, slots=True)
class Ratio:
    """`Annotated[Decimal, Ratio(1)]`: from 0 to `largest`, with at most four decimals; from a JSON number or a string of one."""

    largest: int

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(self.read)

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {"type": "number", "minimum": 0, "maximum": self.largest}

    def read(self, value: Any) -> Decimal:
        ratio = _decimal(value)
        if ratio.is_signed() and ratio != 0:
            raise PydanticCustomError("negative", "This cannot be negative.")
        if not ratio.is_finite() or ratio.adjusted() > LARGEST_EXPONENT or ratio > self.largest:
            raise PydanticCustomError("out_of_range", "This must be {largest} or less.", {"largest": self.largest})
        if int(ratio.as_tuple().exponent) < -4:
            raise PydanticCustomError("too_many_decimals", "This has at most four decimals.")
        return abs(ratio)


def _decimal(value: Any) -> Decimal:
    if (isinstance(value, Decimal | int) and not isinstance(value, bool)) or (isinstance(value, str) and _AMOUNT.fullmatch(value)):
        number = Decimal(value)
    else:
        raise PydanticCustomError("wrong_type", "This must be an amount, such as 1250.50.")
    if number.is_nan():
        raise PydanticCustomError("not_a_number", "This must be an amount, such as 1250.50.")
    return number


@dataclass(frozen=True, slots=True)
class Text:
    """`Annotated[str, Text(50)]`: in its stored form (NFC, trimmed, no control characters), and not blank unless `blank`."""

    longest: int
    blank: bool = False
    multiline: bool = False

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(self.read, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {"type": "string", "maxLength": self.longest} | ({} if self.blank else {"minLength": 1})

    def read(self, value: str) -> str:
        try:
            cleaned = clean(value, multiline=self.multiline)
        except ValueError:
            raise PydanticCustomError("control_characters", "Control characters are not allowed.") from None
        if not cleaned and not self.blank:
            raise PydanticCustomError("blank", "This must not be blank.")
        if len(cleaned) > self.longest:
            raise PydanticCustomError("too_long", "This is longer than {longest} characters.", {"longest": self.longest})
        return cleaned


def _instant(value: Any) -> datetime:
    """Any offset; a date alone is midnight UTC, and a time without an offset is UTC as well."""
    if not isinstance(value, str):
        raise PydanticCustomError("wrong_type", "This must be a time in ISO 8601, such as 2026-01-31T00:00:00Z.")
    if not (_DAY.fullmatch(value) or _INSTANT.fullmatch(value)):
        raise PydanticCustomError("malformed_time", "This must be a time in ISO 8601, such as 2026-01-31T00:00:00Z.")
    try:
        moment = datetime.fromisoformat(value.upper())
        moment = moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        raise PydanticCustomError("malformed_time", "There is no such time in the calendar.") from None
    if not EARLIEST <= moment <= LATEST:
        raise PydanticCustomError("out_of_range", "This time must be between the years 1900 and 9999.")
    return moment


def calendar_day(value: Any) -> date:
    """A date; a time at midnight UTC is taken too, because that is what JavaScript's Date writes for one."""
    moment = _instant(value)
    if moment.time() != time(0):
        raise PydanticCustomError("malformed_date", "This must be a date, such as 1980-01-31.")
    return moment.date()


def _secret(value: str) -> str:
    """Secrets are taken as they are: neither trimmed nor composed."""
    if any("\ud800" <= character <= "\udfff" for character in value):
        raise PydanticCustomError("malformed_text", "This is not text.")
    if len(value) > LONGEST_SECRET:
        raise PydanticCustomError("too_long", "This is longer than {longest} characters.", {"longest": LONGEST_SECRET})
    return value


LONGEST_SECRET = 1000
UtcDateTime = Annotated[datetime, BeforeValidator(_instant), WithJsonSchema({"type": "string", "format": "date-time"})]
CalendarDate = Annotated[date, BeforeValidator(calendar_day), WithJsonSchema({"type": "string", "format": "date"})]
Secret = Annotated[str, AfterValidator(_secret), WithJsonSchema({"type": "string", "maxLength": LONGEST_SECRET, "format": "password"})]
