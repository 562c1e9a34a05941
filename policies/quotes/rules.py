"""Underwriting rules as data: which of them fire on a quote, and what follows. Pure."""

import datetime
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from operator import ge, gt, le, lt

from policies.products.models import ProductVersion, RatingFactor
from policies.products.rules import Cover
from policies.quotes.models import Status, UnderwritingRule

Comparison = UnderwritingRule.Comparison
Outcome = UnderwritingRule.Outcome
LIMIT, DEDUCTIBLE, PREMIUM, DAYS_UNTIL_START = COMPUTED = ("limitAmount", "deductibleAmount", "premiumAmount", "daysUntilStart")
ORDERED: dict[str, Callable[[Decimal, Decimal], bool]] = {
    Comparison.AT_LEAST: ge,
    Comparison.ABOVE: gt,
    Comparison.AT_MOST: le,
    Comparison.BELOW: lt,
}


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule that fired: what it looked at, what it found there, and what it says."""

    rule: str
    looks_at: str
    found: str
    comparison: str
    value: str
    outcome: str
    reason: str
    second_person: bool


def days_until(start: datetime.datetime, moment: datetime.datetime) -> int:
    """Calendar days in UTC from `moment` to the start; negative where the start is a past day."""
    return (start.astimezone(datetime.UTC).date() - moment.astimezone(datetime.UTC).date()).days


def facts_of(
    version: ProductVersion, answers: Mapping[str, str], covers: Mapping[str, Cover], premium: Decimal, days_until_start: int
) -> dict[str, str]:
    """All that a rule can look at: the answers by their codes, the principal cover, the premium, and when the cover begins."""
    cover = covers[version.principal.code]
    computed = (f"{cover.limit:f}", f"{cover.deductible:f}", f"{premium:f}", str(days_until_start))
    return dict(answers) | dict(zip(COMPUTED, computed, strict=True))


def names_of(version: ProductVersion) -> dict[str, str]:
    """What each fact is called on a page."""
    asked = {factor.code: factor.name for factor in version.factors.all() if factor.is_asked}
    return asked | dict(zip(COMPUTED, ("Limit", "Deductible", "Premium", "Days until the cover begins"), strict=True))


def fired(rules: Iterable[UnderwritingRule], facts: Mapping[str, str], names: Mapping[str, str]) -> list[Finding]:
    """A finding for each rule that fires. A rule that looks at what this version does not ask for cannot fire."""
    return [
        Finding(
            rule.name,
            names.get(rule.looks_at, rule.looks_at),
            facts[rule.looks_at],
            rule.get_comparison_display(),
            rule.value,
            rule.outcome,
            rule.reason,
            rule.second_person,
        )
        for rule in rules
        if rule.looks_at in facts and fires(rule, facts[rule.looks_at])
    ]


def fires(rule: UnderwritingRule, found: str) -> bool:
    """Numbers are compared as numbers where both are; words are only ever equal or not."""
    left, right = number(found), number(rule.value)
    if compare := ORDERED.get(rule.comparison):
        return left is not None and right is not None and compare(left, right)
    same = left == right if left is not None and right is not None else found == rule.value
    return same if rule.comparison == Comparison.IS else not same


def number(text: str) -> Decimal | None:
    """The finite number that a text is; None for any other."""
    try:
        found = Decimal(text)
    except InvalidOperation:
        return None
    return found if found.is_finite() else None


def outcome_of(findings: Iterable[Finding]) -> Status:
    """One rule that declines is enough, else one that refers; where none fired the quote stands."""
    outcomes = {finding.outcome for finding in findings}
    return Status.DECLINED if Outcome.DECLINE in outcomes else Status.REFERRED if Outcome.REFER in outcomes else Status.QUOTED


def fault_of(rule: UnderwritingRule, factors: Iterable[RatingFactor]) -> tuple[str, str] | None:
    """Field and words of what is wrong with a rule, so that none is stored that could never fire."""
    asked = [factor for factor in factors if factor.is_asked and factor.code == rule.looks_at]
    if rule.looks_at not in COMPUTED and not asked:
        return "looks_at", f"No product of this rule asks for {rule.looks_at}."
    is_number = rule.looks_at in COMPUTED or any(factor.is_banded for factor in asked)
    if is_number and number(rule.value) is None:
        return "value", "Enter a number: this is compared with one."
    if not is_number and rule.comparison in ORDERED:
        return "comparison", "A word is compared by “is” or “is not”."
    if not is_number and rule.value not in {row.value for factor in asked for row in factor.values.all()}:
        return "value", "This is none of the answers that can be given."
    return None
