"""From a version's tables, an application's answers and its cover to the factors that rating multiplies."""

import datetime
from collections.abc import Iterator, Mapping
from decimal import Decimal
from fractions import Fraction

from policies.products.models import ProductVersion, RatingFactor, shown_number
from policies.products.rating import Applied, Rating, band_of, rate
from policies.products.rules import Cover, anniversary, days_of
from vanguard.errors import FieldError, Invalid

MOST_PREMIUM = Decimal("99999999.99")


def premium_of(
    version: ProductVersion,
    answers: Mapping[str, str],
    covers: Mapping[str, Cover],
    start: datetime.datetime,
    end: datetime.datetime,
) -> Rating:
    """The premium for the term, step by step. Expects what policies.products.rules accept; `version` is read whole.

    Raises Invalid for a premium that is out of any policy's range.
    """
    rating = rate(version.base_rate, [*_applied(version, answers, covers), _share_of_year(start, end)])
    if rating.premium > MOST_PREMIUM:
        raise Invalid.of([FieldError("premium_amount", "out_of_range", "The premium is too large to be charged.")])
    return rating


def _applied(version: ProductVersion, answers: Mapping[str, str], covers: Mapping[str, Cover]) -> Iterator[Applied]:
    for factor in version.factors.all():
        if factor.looks_at == RatingFactor.LooksAt.CHOICE:
            row = next(row for row in factor.values.all() if row.value == answers[factor.code])
            yield Applied(factor.name, row.words, Fraction(row.multiplier))
        else:
            number = _number_for(factor, answers, covers)
            yield Applied(factor.name, shown_number(number), Fraction(_multiplier(factor, number)))


def _number_for(factor: RatingFactor, answers: Mapping[str, str], covers: Mapping[str, Cover]) -> Decimal:
    if factor.coverage is None:
        return Decimal(answers[factor.code])
    cover = covers[factor.coverage.code]
    return cover.limit if factor.looks_at == RatingFactor.LooksAt.LIMIT else cover.deductible


def _multiplier(factor: RatingFactor, number: Decimal) -> Decimal:
    bands = sorted((row.at_least, row.multiplier) for row in factor.values.all() if row.at_least is not None)
    multiplier = band_of(bands, number)
    if multiplier is None:  # publishing has made sure that the first band begins at or below the least limit and deductible
        raise Invalid(f"{factor.name} has no rate for {shown_number(number)}.", code="not_rated", field=factor.code)
    return multiplier


def _share_of_year(start: datetime.datetime, end: datetime.datetime) -> Applied:
    """A year's term takes the yearly rate, also in a leap year; a shorter one its days out of the days of its year."""
    days, year = days_of(start, end), days_of(start, anniversary(start))
    return Applied("Term", f"{days} of {year} days", Fraction(days, year))
