"""The whole real book goes through the settlement rule: none of it is refused, and the rule caps and floors it where the loss says so.

Pure: the file is parsed, and nothing is stored.
"""

import random
from collections import Counter
from decimal import Decimal
from functools import cache

from claims.bordereau.lines import ClosedClaim, read_line
from claims.settlement import Settlement, settle
from tests.book.bordereaux import book_rows
from vanguard.money import ZERO


@cache
def book() -> tuple[ClosedClaim, ...]:
    read = [read_line(number, row) for number, row in enumerate(book_rows(), 2)]
    return tuple(claim for claim in read if isinstance(claim, ClosedClaim))


def settled(claim: ClosedClaim) -> Settlement:
    """At the loss that the import gives it: what was paid and the deductible, where something was paid."""
    return settle(claim.loss, claim.deductible, claim.limit)


def outcome(claim: ClosedClaim) -> str:
    if not claim.liable:
        return "denied"
    if not claim.paid:
        return "nothing to pay"
    return "capped" if claim.paid == claim.limit - claim.deductible else "uncapped"


def test_the_rule_accepts_every_claim_of_the_book_to_the_cent() -> None:
    assert len(book()) == 34_244
    refused = [claim for claim in book() if claim.paid > settled(claim).payable]
    assert refused == []
    assert [claim for claim in book() if claim.liable and settled(claim).payable != claim.paid] == []


def test_the_book_by_outcome() -> None:
    found = Counter(map(outcome, book()))
    assert found == {"uncapped": 34_244 - 5_901 - 9 - 5_257, "capped": 5_901, "nothing to pay": 9, "denied": 5_257}
    capped = [claim for claim in book() if outcome(claim) == "capped"]
    assert {settled(claim).counts for claim in capped} == {"loss"}  # at the least loss that it can have been
    assert all(settled(claim).payable == settled(claim).cap for claim in capped)


def test_a_loss_above_the_cap_pays_the_cap_and_one_below_the_deductible_nothing() -> None:
    chance = random.Random(2026)
    for claim in chance.sample(book(), 1000):
        cap = claim.limit - claim.deductible
        above = claim.limit + Decimal(chance.randrange(1, 10_000_000)).scaleb(-2)
        below = claim.deductible * Decimal(chance.randrange(0, 101)).scaleb(-2)
        assert settle(above, claim.deductible, claim.limit).payable == cap
        assert settle(above + claim.deductible, claim.deductible, claim.limit, rule="limit").payable == claim.limit
        assert settle(below, claim.deductible, claim.limit).payable == ZERO
