"""Quotes as the API takes and gives them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, ClassVar, Literal
from uuid import UUID

from django.db.models import Q
from django.utils import timezone
from pydantic import WithJsonSchema

from customers.models import Customer, first_or_last_name
from policies.products.rules import Cover
from policies.quotes.models import Quote, QuoteQuerySet
from vanguard.http.fields import Money, Text, UtcDateTime
from vanguard.http.paging import ListParams
from vanguard.http.schema import NOT_SENT, Amount, In, Maybe, Out
from vanguard.http.searching import Way

Status = Literal["draft", "quoted", "referred", "approved", "declined", "bound", "expired"]
Code = Annotated[str, Text(40)]
# A word or a number, as the product's questions say; what it must be is the product's rule, not the schema's.
Answer = Annotated[Any, WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "number"}]})]
Reason = Annotated[str, Text(1000, multiline=True)]
OptionalReason = Annotated[str, Text(1000, blank=True, multiline=True)]


class CoverIn(In):
    """Limit and deductible chosen for one coverage."""

    limit_amount: Annotated[Decimal, Money(15)]
    deductible_amount: Annotated[Decimal, Money(15)] = Decimal(0)


class QuoteIn(In):
    """A new quote: `inputs` answers the product's questions by their codes, `covers` chooses by the coverages' codes."""

    customer_id: UUID
    product_id: UUID
    start_date: UtcDateTime
    end_date: UtcDateTime | None = None
    inputs: dict[Code, Answer] = {}
    covers: dict[Code, CoverIn] = {}


class PriceIn(In):
    """What is to be priced in place of what the quote has; what is left out stays."""

    start_date: UtcDateTime = NOT_SENT
    end_date: UtcDateTime = NOT_SENT
    inputs: dict[Code, Answer] = {}
    covers: dict[Code, CoverIn] = {}


class ApproveQuoteIn(In):
    reason: OptionalReason = ""


class DeclineIn(In):
    reason: Reason


class BindIn(In):
    """Nothing is asked: what was quoted is bound."""


def covers_of(sent: Mapping[str, CoverIn]) -> dict[str, Cover]:
    """In the services' terms."""
    return {code: Cover(cover.limit_amount, cover.deductible_amount) for code, cover in sent.items()}


class CoverOut(Out):
    limit_amount: Amount
    deductible_amount: Amount


class StepOut(Out):
    """`factor` is exact, as text (`0.9200`, `184/365`); `runningAmount` is rounded for reading, the sum is not."""

    name: str
    found: str
    factor: str
    running_amount: Amount


class FindingOut(Out):
    """An underwriting rule that fired."""

    outcome: Literal["refer", "decline"]
    reason: str


class QuoteRowOut(Out):
    """One of a list."""

    id: UUID
    quote_number: str
    customer_id: UUID
    product_id: UUID
    start_date: datetime
    end_date: datetime
    status: Status
    premium_amount: Maybe[Amount] = None
    priced_at: Maybe[datetime] = None
    expires_at: Maybe[datetime] = None
    policy_id: Maybe[UUID] = None
    created_at: datetime
    updated_at: datetime

    @classmethod
    def seen(cls, quote: Quote) -> "QuoteRowOut":
        return cls(**_row(quote))


class QuoteOut(QuoteRowOut):
    """With what was asked for, and how the latest price came about."""

    product_version: int
    inputs: dict[str, str]
    covers: dict[str, CoverOut]
    base_rate_amount: Maybe[Amount] = None
    steps: list[StepOut]
    findings: list[FindingOut]

    @classmethod
    def seen(cls, quote: Quote) -> "QuoteOut":
        pricing = quote.pricing
        steps = pricing.steps if pricing else []
        return cls(
            **_row(quote),
            product_version=quote.product_version.number,
            inputs=quote.inputs,
            covers={
                code: CoverOut(limit_amount=Decimal(each["limitAmount"]), deductible_amount=Decimal(each["deductibleAmount"]))
                for code, each in quote.covers.items()
            },
            base_rate_amount=pricing.base_rate if pricing else None,
            steps=[StepOut(**step | {"running_amount": Decimal(step["amount"])}) for step in steps],
            findings=[FindingOut(outcome=each["outcome"], reason=each["reason"]) for each in (pricing.findings if pricing else [])],
        )


def _row(quote: Quote) -> dict[str, Any]:
    names = (name for name in QuoteRowOut.model_fields if name != "status")
    return {name: getattr(quote, name) for name in names} | {"status": quote.current_status}


class QuoteListParams(ListParams):
    sorts: ClassVar[tuple[str, ...]] = ("created_at", "quote_number", "expires_at", "premium_amount")

    status: Status | None = None
    customer_id: UUID | None = None
    product_id: UUID | None = None

    def of(self, rows: QuoteQuerySet) -> QuoteQuerySet:
        """Those of `rows` that the filters leave."""
        wanted: dict[str, Any] = {"customer_id": self.customer_id, "product_id": self.product_id}
        rows = rows.filter(**{name: value for name, value in wanted.items() if value is not None})
        return rows.with_status(self.status, timezone.now()) if self.status else rows

    def ways(self) -> Sequence[Way]:
        """`q` is part of the number, or how the customer's name begins."""
        if not self.q:
            return ()
        number = Q(quote_number__icontains=self.q)
        names = Customer.objects.filter(first_or_last_name(self.q))
        return Way(Quote.objects.filter(number), "pk", number), Way(names, "customer_id", first_or_last_name(self.q, "customer__"))
