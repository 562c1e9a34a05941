"""What a decision rests on: the proof of what is payable, and how far the person's authority reaches."""

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from claims.authority import authority_of
from claims.models import Claim
from claims.services.moving import second_person_reasons
from claims.services.proving import settlement_of
from claims.services.staging import question_left_open
from vanguard.accounts.models import User
from vanguard.money import ZERO

LARGEST = Decimal(10) ** 13


@dataclass(frozen=True, slots=True)
class AuthorityBar:
    """Used, this, left or over, as amounts and as lengths of a bar of 1000. `limit` None is without limit."""

    limit: Decimal | None
    used: Decimal
    this: Decimal

    @property
    def left(self) -> Decimal:
        return max((self.limit or ZERO) - self.used - self.this, ZERO)

    @property
    def over(self) -> Decimal:
        return ZERO if self.limit is None else max(self.used + self.this - self.limit, ZERO)

    @property
    def lengths(self) -> dict[str, int]:
        """Where each part starts and how long it is: drawn by SVG attributes, so that no style is needed."""
        whole = max(self.limit or ZERO, self.used + self.this) or Decimal(1)
        used, within = round(1000 * self.used / whole), round(1000 * (self.this - self.over) / whole)
        return {
            "used": used,
            "this_x": used,
            "this": max(within, 0),
            "over_x": used + max(within, 0),
            "over": 1000 - used - max(within, 0) if self.over else 0,
        }


def is_over(actor: User, claim: Claim, amount: Decimal) -> bool:
    """Whether `amount` is above the person's authority."""
    limit = authority_of(actor, claim.claim_type)
    return limit is not None and claim.paid_amount + amount > limit


def readable(typed: str) -> Decimal | None:
    """The amount that was meant, if it is one that can be shown."""
    try:
        amount = Decimal(typed.replace(",", "").replace("$", "").strip())
    except InvalidOperation:
        return None
    return amount if amount.is_finite() and ZERO <= amount < LARGEST else None


def approval_page(actor: User, claim: Claim, amount: Decimal) -> dict[str, Any]:
    """What the approval form shows beside its fields."""
    bar = AuthorityBar(authority_of(actor, claim.claim_type), claim.paid_amount, amount)
    settlement = settlement_of(claim)
    too_much = amount > settlement.payable
    second = claim.proposed_by_id is not None and claim.proposed_by_id != actor.pk
    if too_much:
        aside, tone = "Cannot be approved", "bad"
    elif bar.over:
        aside, tone = "Second person needed", "warn"
    else:
        aside, tone = "As second person" if second else "Within your authority", ""
    page = {"settlement": settlement, "bar": bar, "second": second, "too_much": too_much, "aside": aside, "aside_tone": tone}
    # Above the authority, or where a rule asks for another person whatever the amount.
    at_any_amount = bool(not second and second_person_reasons(claim))
    waits = bar.over or at_any_amount
    page["second_at_any_amount"] = at_any_amount
    page["left_open"] = question_left_open(claim)
    return page | ({"submit": "Send to a second person"} if waits else {})
