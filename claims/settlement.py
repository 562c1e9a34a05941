"""What a loss pays: the sum that the claim page shows line by line and that an approval is held against."""

from dataclasses import dataclass
from decimal import Decimal

from vanguard.money import ZERO, to_cents

UP_TO_THE_LIMIT = "limit"
ACTUAL_CASH_VALUE, REPLACEMENT_COST = "actual_cash_value", "replacement_cost"
LIMIT_LESS_DEDUCTIBLE = "limit_less_deductible"


@dataclass(frozen=True, slots=True)
class Settlement:
    """Each line of the proof. `left` is what earlier claims left of the aggregate, None without one; `payable` may be paid now.

    `recoverable` is what would be paid on top without depreciation, once the repair is shown; nought at actual cash value.
    """

    loss: Decimal
    deductible: Decimal
    limit: Decimal
    paid_before: Decimal
    rule: str
    left: Decimal | None
    loss_less_deductible: Decimal
    cap: Decimal
    settlement: Decimal
    payable: Decimal
    depreciation: Decimal = ZERO
    recoverable: Decimal = ZERO
    valuation: str = REPLACEMENT_COST

    @property
    def value(self) -> Decimal:
        """The loss at actual cash value: less depreciation."""
        return self.loss - self.depreciation

    @property
    def counts(self) -> str:
        """Which of the caps decides: "loss", "limit" or "aggregate"."""
        if self.left is not None and self.left < min(self.loss_less_deductible, self.cap):
            return "aggregate"
        return "loss" if self.loss_less_deductible <= self.cap else "limit"

    @property
    def lines(self) -> dict[str, str]:
        """The results by name, as they are stored with an approval."""
        left = None if self.left is None else f"{self.left:.2f}"
        names = ("loss_less_deductible", "cap", "settlement", "payable")
        found = {name: f"{getattr(self, name):.2f}" for name in names} | ({"left": left} if left else {})
        return found | ({name: f"{getattr(self, name):.2f}" for name in ("value", "recoverable")} if self.depreciation else {})


def settle(
    loss: Decimal,
    deductible: Decimal,
    limit: Decimal,
    paid_before: Decimal = ZERO,
    *,
    rule: str = LIMIT_LESS_DEDUCTIBLE,
    left: Decimal | None = None,
    depreciation: Decimal = ZERO,
    valuation: str = REPLACEMENT_COST,
) -> Settlement:
    """settlement = min(loss − depreciation − deductible, cap, what is left of the aggregate), not below zero; payable = settlement −
    paid before.

    The cap is limit − deductible (PRISM's book: the deductible comes off the limit too), or by the rule "limit" the limit. Repair
    6,000 with a deductible of 2,000 pays 4,000; loss 15,000, deductible 1,000, limit 10,000 pays 9,000, or 10,000.
    """
    cap = limit if rule == UP_TO_THE_LIMIT else max(limit - deductible, ZERO)
    most = cap if left is None else min(cap, max(left, ZERO))
    loss_less = max(loss - depreciation - deductible, ZERO)
    settlement, in_full = to_cents(min(loss_less, most)), to_cents(min(max(loss - deductible, ZERO), most))
    return Settlement(
        loss=loss,
        deductible=deductible,
        limit=limit,
        paid_before=paid_before,
        rule=rule,
        left=left,
        loss_less_deductible=loss_less,
        cap=cap,
        settlement=settlement,
        payable=max(settlement - paid_before, ZERO),
        depreciation=depreciation,
        recoverable=in_full - settlement if valuation == REPLACEMENT_COST else ZERO,
        valuation=valuation,
    )
