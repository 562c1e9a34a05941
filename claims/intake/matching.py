"""Which triage rule a claim falls under, and who has the least to do: decided from what is given, nothing is read."""

import re
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from functools import lru_cache
from uuid import UUID

from claims.intake.models import TriageRule, listed, plain


def first_match(rules: Iterable[TriageRule], *, claim_type: str, amount: Decimal, text: str) -> TriageRule | None:
    """The first of `rules`, which come by position, that catches such a claim; None where none does."""
    return next((rule for rule in rules if catches(rule, claim_type=claim_type, amount=amount, text=text)), None)


def catches(rule: TriageRule, *, claim_type: str, amount: Decimal, text: str) -> bool:
    """Whether every condition that the rule has holds. `amount_from` counts, `amount_to` does not: neighbours leave no gap."""
    if rule.claim_type and plain(rule.claim_type) != plain(claim_type):
        return False
    if rule.amount_from is not None and amount < rule.amount_from:
        return False
    if rule.amount_to is not None and amount >= rule.amount_to:
        return False
    pattern = _pattern(rule.words)
    return pattern is None or bool(pattern.search(text))


@lru_cache(maxsize=500)
def _pattern(words: str) -> re.Pattern[str] | None:
    """Finds where one of the words begins; None where there are none to look for."""
    found = listed(words)
    return re.compile(r"\b(" + "|".join(map(re.escape, found)) + ")", re.IGNORECASE) if found else None


def least_busy(members: Sequence[UUID], loads: Mapping[UUID, int], served: Mapping[UUID, int]) -> UUID | None:
    """Who is next: the smallest workload; among equals who owns the fewest claims, then the lowest key. None without members."""
    return min(members, key=lambda member: (loads.get(member, 0), served.get(member, 0), member), default=None)
