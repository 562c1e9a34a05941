"""What a loss pays: the sum that the claim page shows line by line and that an approval is held against."""

from dataclasses import dataclass
from decimal import Decimal

from vanguard.money import ZERO, to_cents


@dataclass(frozen=True, slots=True)
class Settlement:
    """Each line of the proof. `payable` is what may be paid now."""

    loss: Decimal
    deductible: Decimal
    limit: Decimal
    paid_before: Decimal
    loss_less_deductible: Decimal
    limit_less_deductible: Decimal
    settlement: Decimal
    payable: Decimal


def settle(loss: Decimal, deductible: Decimal, limit: Decimal, paid_before: Decimal = ZERO) -> Settlement:
    """settlement = min(loss − deductible, limit − deductible), not below zero; payable = settlement − paid before.

    This is the product setting that PRISM's book has: the deductible comes off the limit too. Repair 6,000 with a deductible
    of 2,000 pays 4,000; loss 15,000, deductible 1,000, limit 10,000 pays 9,000.
    """
    loss_less, limit_less = max(loss - deductible, ZERO), max(limit - deductible, ZERO)
    settlement = to_cents(min(loss_less, limit_less))
    return Settlement(
        loss=loss,
        deductible=deductible,
        limit=limit,
        paid_before=paid_before,
        loss_less_deductible=loss_less,
        limit_less_deductible=limit_less,
        settlement=settlement,
        payable=max(settlement - paid_before, ZERO),
    )
