"""What a policy's terms must satisfy, whichever way they come in."""

import datetime
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from policies.terms import DEDUCTIBLE, FACTOR, LIMIT, OwnCovers, Segment, Term, Timeline, Value, fields_of, is_of_cover, split_field
from vanguard.errors import FieldError
from vanguard.money import to_cents

EARLIEST = datetime.datetime(1900, 1, 1, tzinfo=datetime.UTC)
LATEST = datetime.datetime(2200, 1, 1, tzinfo=datetime.UTC)


def check_policy_terms(*, start_date: datetime.datetime, end_date: datetime.datetime) -> list[FieldError]:
    """The period is half-open and not empty, in years that people insure."""
    errors = [
        FieldError(name, "out_of_range", f"{name.replace('_', ' ').capitalize()} is between 1900 and 2200.")
        for name, value in (("start_date", start_date), ("end_date", end_date))
        if not EARLIEST <= value < LATEST
    ]
    if start_date >= end_date:
        errors.append(FieldError("end_date", "before_start", "End date is after the start date."))
    return errors


FIELDS = {
    "policy_type": "Type",
    "premium_amount": "Premium",
    "coverage_amount": "Limit",
    "deductible_amount": "Deductible",
    "start_date": "Covers from",
    "end_date": "Covers until",
}
LARGEST_PREMIUM = Decimal("99999999.99")
LARGEST_AMOUNT = Decimal("9999999999999.99")
LARGEST_FACTOR = Decimal(100)
_FACTOR_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


def label_of(field: str) -> str:
    """A field of a version in words: Limit; Factor roof; Limit of personal property."""
    if is_of_cover(field):
        figure, code = split_field(field)
        return f"{figure.capitalize()} of {spaced(code)}"
    return FIELDS.get(field) or f"Factor {field.removeprefix(FACTOR)}"


def spaced(code: str) -> str:
    """A coverage's code in words: personalProperty → personal property."""
    return re.sub("([A-Z])", lambda found: f" {found[1].lower()}", code)


def field_of(name: str) -> str:
    """A field of a version as callers know it: factor:roof → factors.roof; limit:contents → covers.contents.limit_amount."""
    if is_of_cover(name):
        figure, code = split_field(name)
        return f"covers.{code}.{figure}_amount"
    return f"factors.{name.removeprefix(FACTOR)}" if name.startswith(FACTOR) else name


@dataclass(frozen=True, slots=True)
class Endorsement:
    """What is asked for. `terms` are new values by field, `factors` rating factors by name, `covers` new figures of coverages by their
    codes (what of them is None stays); `effective_at` is now, unless given.

    `keep` says, for fields that a later version changes too, which value holds from then on: "this" or "later".
    `no_known_loss` is the insured's statement, which more cover needs from before a known loss. `carry_to_renewal`: the renewal
    that is booked already begins on the new terms too, as far as it was not given others.
    """

    terms: Mapping[str, Value] = field(default_factory=dict)
    factors: Mapping[str, Decimal] = field(default_factory=dict)
    effective_at: datetime.datetime | None = None
    reason: str = ""
    keep: Mapping[str, str] = field(default_factory=dict)
    no_known_loss: str = ""
    covers: OwnCovers = field(default_factory=dict)
    carry_to_renewal: bool = False

    @property
    def changes(self) -> dict[str, Value]:
        return {**self.terms, **{f"{FACTOR}{name}": factor for name, factor in self.factors.items()}, **fields_of(self.covers)}

    @property
    def through(self) -> frozenset[str]:
        """The fields whose value goes on over later versions."""
        return frozenset(name for name in self.changes if self.keep.get(field_of(name)) == "this")


def check_factors(factors: Mapping[str, Decimal]) -> list[FieldError]:
    """A rating factor has a short name and is above 0 and at most 100, with four decimals."""
    errors = []
    for name, factor in factors.items():
        field = f"factors.{name}"
        if not _FACTOR_NAME.fullmatch(name) or len(name) > 40:
            errors.append(FieldError("factors", "invalid", "A factor's name is of lower-case letters, digits and hyphens, at most 40."))
        if not factor.is_finite() or not 0 < factor <= LARGEST_FACTOR:
            errors.append(FieldError(field, "out_of_range", "A factor is more than 0 and at most 100."))
        elif factor != factor.quantize(Decimal("0.0001")):
            errors.append(FieldError(field, "too_many_decimals", "A factor has at most four decimals."))
    return errors


def check_own_covers(covers: OwnCovers, names: Mapping[str, str], principal: str) -> list[FieldError]:
    """The coverages are those of the policy's product (`names` by code), the principal one goes by the policy's own figures, and each
    figure is an amount."""
    errors = []
    for code in covers:
        if code not in names:
            errors.append(FieldError(f"covers.{code[:40]}", "unknown", f"The policy's product has no coverage {code[:40]}."))
        elif code == principal:
            message = f"{names[code]} goes by the limit and the deductible of the policy: change those."
            errors.append(FieldError(f"covers.{code}", "principal", message))
    return errors + [
        FieldError(field_of(name), "invalid", f"{label_of(name)} is from 0.00 to {LARGEST_AMOUNT:,}, with at most two decimals.")
        for name, amount in fields_of(covers).items()
        if not (amount.is_finite() and 0 <= amount <= LARGEST_AMOUNT and amount == to_cents(amount))
    ]


def check_premiums(after: Timeline) -> list[FieldError]:
    """What a whole term would cost stays within what a premium can be, after all factors."""
    if all(segment.terms.premium_amount <= LARGEST_PREMIUM for segment in after.segments):
        return []
    return [FieldError("factors", "out_of_range", f"The premium would be more than {LARGEST_PREMIUM:,}.")]


def check_share(share: Decimal) -> list[FieldError]:
    """The part of the unearned premium that a short rate keeps: from 0 to 1, with four decimals."""
    if share.is_finite() and 0 <= share <= 1 and share == share.quantize(Decimal("0.0001")):
        return []
    return [FieldError("penalty_share", "out_of_range", "The penalty is from 0 to 1 of the unearned premium, with at most four decimals.")]


@dataclass(frozen=True, slots=True)
class Widening:
    """A stretch of time for which more would be covered than is, and the field that makes it so."""

    field: str
    starts_at: datetime.datetime
    ends_at: datetime.datetime


def widened(before: Timeline, after: Timeline) -> list[Widening]:
    """Where a limit becomes higher, where a deductible becomes lower, and where there is cover that there was not: in a gap, or before
    or after the term as it was."""
    found = _longer(before.term, after)
    for old in before.segments:
        for new in after.segments:
            start, end = max(old.starts_at, new.starts_at), min(old.ends_at, new.ends_at)
            if start < end and new.in_force:
                found += [Widening(name, start, end) for name in _wider(old, new)]
    return found


def _longer(was: Term, after: Timeline) -> list[Widening]:
    """The stretches in force that begin before the term that was, or go on after it."""
    held = [each for each in after.segments if each.in_force]
    earlier = [Widening("start_date", each.starts_at, min(each.ends_at, was.starts_at)) for each in held if each.starts_at < was.starts_at]
    return earlier + [Widening("end_date", max(each.starts_at, was.ends_at), each.ends_at) for each in held if each.ends_at > was.ends_at]


def _wider(old: Segment, new: Segment) -> list[str]:
    if not old.in_force:
        return ["effective_date"]
    higher = ["coverage_amount"] if new.terms.coverage_amount > old.terms.coverage_amount else []
    lower = ["deductible_amount"] if new.terms.deductible_amount < old.terms.deductible_amount else []
    return higher + lower + [name for code in _own_codes(old, new) for name in _wider_cover(code, old, new)]


def _own_codes(old: Segment, new: Segment) -> list[str]:
    """The coverages of which either has figures of their own; all others go by the policy's."""
    return sorted({code for code, _ in (*old.terms.covers, *new.terms.covers)})


def _wider_cover(code: str, old: Segment, new: Segment) -> list[str]:
    """The fields by which one coverage pays more."""
    (limit, deductible), (new_limit, new_deductible) = old.terms.figures_for(code), new.terms.figures_for(code)
    higher = [f"{LIMIT}{code}"] if new_limit > limit else []
    return higher + ([f"{DEDUCTIBLE}{code}"] if new_deductible < deductible else [])


def renewed_until(start: datetime.datetime, end: datetime.datetime, zone: datetime.tzinfo = datetime.UTC) -> datetime.datetime:
    """Where a term ends that follows this one and is as long: as many calendar months, or else as many days.

    Both are counted on the wall clock of `zone`, so that a term from midnight to midnight is followed by one to midnight.
    """
    begins, ends = (moment.astimezone(zone).replace(tzinfo=None) for moment in (start, end))
    return _as_long(begins, ends).replace(tzinfo=zone).astimezone(datetime.UTC)


def _as_long(start: datetime.datetime, end: datetime.datetime) -> datetime.datetime:
    apart = (end.year - start.year) * 12 + end.month - start.month
    # A year from the 29th of February ends on the 1st of March, which looks like a month more.
    for months in (apart, apart - 1):
        if months > 0 and _months_later(start, months) == end:
            return _months_later(end, months)
    return end + (end - start)


def _months_later(moment: datetime.datetime, months: int) -> datetime.datetime:
    """The same day so many months later; the first of the next month where that month has no such day."""
    year, month = divmod(moment.month - 1 + months, 12)
    try:
        return moment.replace(year=moment.year + year, month=month + 1)
    except ValueError:
        return _months_later(moment.replace(day=1), months + 1)
