"""What an application must satisfy under a product version: its answers, the cover that is chosen, its term."""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from policies.products.models import Coverage, ProductVersion, RatingFactor, shown_number
from vanguard.errors import FieldError
from vanguard.money import CENT, dollars

LONGEST_ANSWER = 40
MOST_DECIMALS = 2
EARLIEST = datetime.datetime(1900, 1, 1, tzinfo=datetime.UTC)
LATEST = datetime.datetime(2200, 1, 1, tzinfo=datetime.UTC)
DAY = datetime.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Cover:
    """The limit and the deductible chosen for one coverage."""

    limit: Decimal
    deductible: Decimal


def days_of(start: datetime.datetime, end: datetime.datetime) -> int:
    """Whole days from start to end. Rounded, because a day on which the clocks are put forward has 23 hours."""
    return round((end - start) / DAY)


def anniversary(start: datetime.datetime) -> datetime.datetime:
    """A year after `start`; 29 February becomes 1 March."""
    try:
        return start.replace(year=start.year + 1)
    except ValueError:
        return start.replace(year=start.year + 1, month=3, day=1)


def check_term(start: datetime.datetime, end: datetime.datetime) -> list[FieldError]:
    """A term is half-open, a day at least and a year at most, in years that people insure."""
    if not EARLIEST <= start < LATEST:
        return [FieldError("start_date", "out_of_range", "Start date is between 1900 and 2200.")]
    if end <= start:
        return [FieldError("end_date", "before_start", "End date is after the start date.")]
    if days_of(start, end) > days_of(start, anniversary(start)):
        return [FieldError("end_date", "too_long", f"A term is a year at most: until {anniversary(start):%Y-%m-%d}.")]
    if days_of(start, end) < 1:
        return [FieldError("end_date", "too_short", "A term is a day at least.")]
    return []


def usual_covers(version: ProductVersion) -> dict[str, Cover]:
    """What is offered before anybody has chosen, by the coverage's code."""
    return {coverage.code: Cover(coverage.usual_limit, coverage.usual_deductible) for coverage in version.coverages.all()}


def check_covers(version: ProductVersion, chosen: Mapping[str, Cover]) -> list[FieldError]:
    """Each coverage of the version is chosen, within its ranges, and no other."""
    known = {coverage.code: coverage for coverage in version.coverages.all()}
    errors = [FieldError(f"covers.{code}", "unknown", f"{version} has no coverage {code[:40]}.") for code in chosen if code not in known]
    for code, coverage in known.items():
        if code not in chosen:
            errors.append(FieldError(f"covers.{code}", "required", f"Choose a limit for {coverage.name.lower()}."))
        else:
            errors += _check_cover(coverage, chosen[code])
    return errors


def _check_cover(coverage: Coverage, cover: Cover) -> list[FieldError]:
    ranges = (
        ("limit_amount", "limit", cover.limit, coverage.least_limit, coverage.most_limit),
        ("deductible_amount", "deductible", cover.deductible, coverage.least_deductible, coverage.most_deductible),
    )
    errors = []
    for field, word, amount, least, most in ranges:
        name = f"covers.{coverage.code}.{field}"
        if not amount.is_finite() or amount != amount.quantize(CENT):
            errors.append(FieldError(name, "invalid", f"{coverage.name}: the {word} is an amount with at most two decimals."))
        elif not least <= amount <= most:
            words = f"{coverage.name}: the {word} is between {dollars(least)} and {dollars(most)}."
            errors.append(FieldError(name, "out_of_range", words))
    if not errors and cover.deductible >= cover.limit:
        words = f"{coverage.name}: the deductible is below the limit, or nothing would ever be paid."
        errors.append(FieldError(f"covers.{coverage.code}.deductible_amount", "above_limit", words))
    return errors


def read_answers(
    version: ProductVersion, answers: Mapping[str, Any], *, complete: bool, stored: bool = False
) -> tuple[dict[str, str], list[FieldError]]:
    """The answers in their stored form, and what is wrong with them. Unless `complete`, one may still be missing.

    What is `stored` was taken by the rules of its day: also a fraction of what is counted by now.
    """
    asked = {factor.code: factor for factor in version.factors.all() if factor.is_asked}
    errors = [
        FieldError(f"inputs.{code[:40]}", "unknown", f"{version} does not ask for {code[:40]}.") for code in answers if code not in asked
    ]
    read = {}
    for code, factor in asked.items():
        if answers.get(code) in (None, ""):
            if complete:
                errors.append(FieldError(f"inputs.{code}", "required", f"{factor.name} is missing."))
            continue
        answer = (
            _choice(factor, answers[code])
            if factor.looks_at == RatingFactor.LooksAt.CHOICE
            else _number(factor, answers[code], stored=stored)
        )
        if isinstance(answer, FieldError):
            errors.append(answer)
        else:
            read[code] = answer
    return read, errors


def _choice(factor: RatingFactor, answer: Any) -> str | FieldError:
    known = [row.value for row in factor.values.all()]
    if isinstance(answer, str) and answer in known:
        return answer
    return FieldError(f"inputs.{factor.code}", "not_a_choice", f"{factor.name} is one of {', '.join(known)}.")


def _number(factor: RatingFactor, answer: Any, *, stored: bool) -> str | FieldError:
    field = f"inputs.{factor.code}"
    try:
        number = Decimal(str(answer)[:LONGEST_ANSWER]) if not isinstance(answer, bool) else Decimal("NaN")
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite() or number.adjusted() > LONGEST_ANSWER or -int(number.as_tuple().exponent) > MOST_DECIMALS:
        return FieldError(field, "invalid", f"{factor.name} is a number with at most two decimals.")
    if not stored and factor.takes_whole and number != number.to_integral_value():
        return FieldError(field, "not_whole", f"{factor.name} is a whole number.")
    least = min((row.at_least for row in factor.values.all() if row.at_least is not None), default=Decimal(0))
    if number < least:
        return FieldError(field, "out_of_range", f"{factor.name} is {shown_number(least)} or more.")
    if factor.most is not None and number > factor.most:
        return FieldError(field, "out_of_range", f"{factor.name} is {shown_number(factor.most)} or less.")
    return f"{number.normalize():f}"
