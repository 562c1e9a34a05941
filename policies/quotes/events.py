"""What quotes tells others, after the commit. The names are the commands' in the past tense."""

from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID


@dataclass(frozen=True, slots=True)
class QuoteEvent:
    """`status` is what the step left; `premium_amount` is None before there is a price."""

    quote_id: UUID
    quote_number: str
    product_code: str
    status: str
    premium_amount: Decimal | None
    actor_id: UUID | None


class QuoteRequested(QuoteEvent):
    pass


class QuotePriced(QuoteEvent):
    """Quoted, referred or declined, as `status` says."""


class QuoteApproved(QuoteEvent):
    pass


class QuoteDeclined(QuoteEvent):
    pass


@dataclass(frozen=True, slots=True)
class QuoteBound(QuoteEvent):
    policy_id: UUID
    policy_number: str
