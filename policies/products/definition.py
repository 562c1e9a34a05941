"""What a version must have before it can be published, and how two versions differ. Pure: both are read whole."""

from dataclasses import dataclass

from policies.products.models import Coverage, ProductVersion, RatingFactor, shown_number
from vanguard.errors import FieldError
from vanguard.money import dollars

MISSING = "–"


@dataclass(frozen=True, slots=True)
class Difference:
    """One line of a comparison: where it stands, and what each version says there."""

    place: str
    before: str
    after: str

    @property
    def is_one(self) -> bool:
        return self.before != self.after


def faults(version: ProductVersion) -> list[FieldError]:
    """Why a version cannot be rated as it stands; empty when it can."""
    errors = []
    if sum(coverage.is_principal for coverage in version.coverages.all()) != 1:
        errors.append(FieldError("coverages", "no_principal", "One coverage is the principal one: its limit becomes the policy's."))
    for factor in version.factors.all():
        errors += _faults_of(factor)
    return errors


def _faults_of(factor: RatingFactor) -> list[FieldError]:
    field = f"factors.{factor.code}"
    rows = list(factor.values.all())
    if not rows:
        return [FieldError(field, "empty", f"{factor.name} has no rates.")]
    if factor.coverage is None or not factor.is_banded:
        return []
    least = factor.coverage.least_limit if factor.looks_at == RatingFactor.LooksAt.LIMIT else factor.coverage.least_deductible
    begins = min(row.at_least for row in rows if row.at_least is not None)
    if begins > least:
        words = f"{factor.name} begins at {shown_number(begins)}, but {factor.coverage.name.lower()} at {shown_number(least)}."
        return [FieldError(field, "gap", words)]
    return []


def compare(before: ProductVersion, after: ProductVersion) -> list[Difference]:
    """Every line of the two, in the order of the later one; see Difference.is_one for those that changed."""
    left, right = _lines(before), _lines(after)
    places = dict.fromkeys([*right, *left])
    return [Difference(place, left.get(place, MISSING), right.get(place, MISSING)) for place in places]


def _lines(version: ProductVersion) -> dict[str, str]:
    lines = {
        "Base rate a year": dollars(version.base_rate),
        "Short-rate penalty": version.short_rate_words,
        "A quote is valid for": f"{version.quote_days} days",
    }
    for coverage in version.coverages.all():
        lines |= _coverage_lines(coverage)
    lines |= {f"Clause {clause}": clause.text for clause in version.clauses.all()}
    for factor in version.factors.all():
        lines |= {f"{factor.name}, {row.words}": f"{row.multiplier}" for row in factor.values.all()}
        lines |= {f"{factor.name}, answer": "a whole number"} if factor.takes_whole else {}
    return lines


def _coverage_lines(coverage: Coverage) -> dict[str, str]:
    return {
        f"{coverage.name}, limit": span(coverage.least_limit, coverage.most_limit, coverage.usual_limit),
        f"{coverage.name}, deductible": span(coverage.least_deductible, coverage.most_deductible, coverage.usual_deductible),
        f"{coverage.name}, aggregate": MISSING if coverage.aggregate is None else dollars(coverage.aggregate),
        f"{coverage.name}, claim types": ", ".join(coverage.claim_types),
        f"{coverage.name}, settlement": coverage.get_settlement_rule_display(),
        f"{coverage.name}, valuation": coverage.get_valuation_display(),
    }


def span(least: object, most: object, usual: object) -> str:
    """100,000 to 1,500,000, usually 300,000."""
    return f"{shown_number(least)} to {shown_number(most)}, usually {shown_number(usual)}"
