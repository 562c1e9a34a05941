"""The indicators themselves: pure functions of a claim's facts and of rules, so that changed rules can be run over old claims.

Nothing is read here and nothing is decided: a hit says what was seen and what it weighs.
"""

import datetime
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from claims.fraud.models import Code, FraudRule
from vanguard.money import dollars

NEVER = 1000


@dataclass(frozen=True, slots=True)
class Facts:
    """What the indicators look at. `inception` is when the insurance first began, `ended` when its cover ended early, if it did.

    `earlier_losses` are the moments of other losses of the customer; `phones` of how many other customers the phone is;
    `accounts` to how many other customers' claims an account of this claim's payments was paid for too; `limit` what the coverage pays
    at most, `authorities` the amounts up to which some role decides alone. `claimants`: for each claimant of the claim who is not its
    customer, the moments of the other losses on which they claim, or which are their own.
    """

    amount: Decimal
    incident: datetime.datetime
    reported: datetime.datetime
    inception: datetime.datetime
    ended: datetime.datetime | None
    earlier_losses: tuple[datetime.datetime, ...]
    phones: int
    accounts: int
    limit: Decimal
    authorities: tuple[Decimal, ...]
    claimants: tuple[tuple[datetime.datetime, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Hit:
    """One indicator that was seen: why, in words, and what it adds."""

    code: str
    title: str
    reason: str
    weight: int


@dataclass(frozen=True, slots=True)
class Assessment:
    """The hits, the heaviest first; `suggests` from the threshold on. Never a decision."""

    hits: tuple[Hit, ...]
    threshold: int

    @property
    def score(self) -> int:
        return sum(hit.weight for hit in self.hits)

    @property
    def suggests(self) -> bool:
        return self.score >= self.threshold


def valid_rules(rules: Iterable[FraudRule], at: datetime.datetime) -> dict[str, FraudRule]:
    """By code, the row that counts at that moment: the latest that is valid by then. Where that one is inactive, none."""
    latest: dict[str, FraudRule] = {}
    for rule in sorted(rules, key=lambda each: each.valid_from):
        if rule.valid_from <= at:
            latest[rule.code] = rule
    return {code: rule for code, rule in latest.items() if rule.active}


def assess(facts: Facts, rules: Mapping[str, FraudRule]) -> Assessment:
    """What the rules see in the facts. Without a threshold no referral is ever suggested."""
    hits = []
    for code, look in INDICATORS.items():
        if (rule := rules.get(code)) is not None and rule.weight and (reason := look(facts, rule.parameters)):
            hits.append(Hit(code, Code(code).label, reason, rule.weight))
    threshold = rules.get(Code.THRESHOLD)
    return Assessment(tuple(sorted(hits, key=lambda hit: (-hit.weight, hit.code))), threshold.weight if threshold else NEVER)


def early_claim(facts: Facts, given: Mapping[str, int]) -> str:
    """≤ so many days after the insurance began."""
    days = (facts.incident - facts.inception).days
    return f"The loss was {_days(days)} after the insurance began." if 0 <= days <= given["days"] else ""


def late_report(facts: Facts, given: Mapping[str, int]) -> str:
    days = (facts.reported - facts.incident).days
    return f"It was reported {_days(days)} after the loss." if days > given["days"] else ""


def round_amount(facts: Facts, given: Mapping[str, int]) -> str:
    is_round = facts.amount >= given["least"] and facts.amount > 0 and facts.amount % given["multiple"] == 0
    return f"${dollars(facts.amount)} is claimed: a multiple of {given['multiple']:,}." if is_round else ""


def repeated_claimant(facts: Facts, given: Mapping[str, int]) -> str:
    """This claim and the earlier ones within so many months of 30.44 days before its loss: of the customer, or else of a claimant."""
    since = facts.incident - datetime.timedelta(days=given["months"] * 30.44)

    def number_with(losses: Iterable[datetime.datetime]) -> int:
        return 1 + sum(since <= loss <= facts.incident for loss in losses)

    number = number_with(facts.earlier_losses)
    if number >= given["claims"]:
        return f"It is the customer’s {_ordinal(number)} loss within {given['months']} months."
    number = max((number_with(losses) for losses in facts.claimants), default=0)
    return f"It is a claimant’s {_ordinal(number)} claim within {given['months']} months." if number >= given["claims"] else ""


def shared_phone(facts: Facts, given: Mapping[str, int]) -> str:
    others = f"{facts.phones} other customer{'s have' if facts.phones > 1 else ' has'}"
    return f"{others} the same phone." if facts.phones else ""


def shared_account(facts: Facts, given: Mapping[str, int]) -> str:
    others = f"{facts.accounts} other customer{'s' if facts.accounts > 1 else ''}"
    return f"A bank account of its payments is also one of payments on claims of {others}." if facts.accounts else ""


def before_the_end(facts: Facts, given: Mapping[str, int]) -> str:
    if facts.ended is None:
        return ""
    days = (facts.ended - facts.incident).days
    return f"The cover was cancelled {_days(days)} after the loss." if 0 <= days <= given["days"] else ""


def under_limit(facts: Facts, given: Mapping[str, int]) -> str:
    return (
        f"${dollars(facts.amount)} is just under the limit of {dollars(facts.limit)}."
        if _just_under(facts.amount, facts.limit, given)
        else ""
    )


def under_authority(facts: Facts, given: Mapping[str, int]) -> str:
    near = next((limit for limit in sorted(facts.authorities) if _just_under(facts.amount, limit, given)), None)
    return f"${dollars(facts.amount)} is just under {dollars(near)}, up to which one person decides alone." if near else ""


def _just_under(amount: Decimal, limit: Decimal, given: Mapping[str, int]) -> bool:
    return limit > 0 and limit * (100 - given["percent"]) / 100 <= amount <= limit


def _days(days: int) -> str:
    return "less than a day" if days == 0 else f"{days} day{'s' if days > 1 else ''}"


def _ordinal(number: int) -> str:
    ending = "th" if 10 <= number % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


INDICATORS: dict[str, Callable[[Facts, Mapping[str, int]], str]] = {
    Code.EARLY_CLAIM: early_claim,
    Code.LATE_REPORT: late_report,
    Code.ROUND_AMOUNT: round_amount,
    Code.REPEATED_CLAIMANT: repeated_claimant,
    Code.SHARED_PHONE: shared_phone,
    Code.SHARED_ACCOUNT: shared_account,
    Code.BEFORE_THE_END: before_the_end,
    Code.UNDER_LIMIT: under_limit,
    Code.UNDER_AUTHORITY: under_authority,
}
