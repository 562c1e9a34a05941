"""What the platform does when a quote moves: figures for operators, lines for compliance."""

from prometheus_client import Counter

from customers.events import CustomersMerging, CustomersUnmerging
from policies.events import TermRating
from policies.quotes.events import QuoteApproved, QuoteBound, QuoteDeclined, QuoteEvent, QuotePriced, QuoteRequested
from policies.quotes.services.handing_over import hand_quotes_over, take_quotes_back
from policies.quotes.services.rating_again import rate_again
from vanguard.events import on
from vanguard.observability.compliance import record_event

QUOTES = Counter("insurance_quotes", "Steps of quotes, by what they left: draft, quoted, referred, approved, declined, bound.", ["status"])
for _status in ("draft", "quoted", "referred", "approved", "declined", "bound"):
    QUOTES.labels(_status)  # at 0 from the start: a rate needs a beginning

EVENT_TYPES: dict[type[QuoteEvent], str] = {
    QuoteRequested: "quote_requested",
    QuotePriced: "quote_priced",
    QuoteApproved: "quote_approved",
    QuoteDeclined: "quote_declined",
    QuoteBound: "quote_bound",
}


def count_quote(event: QuoteEvent) -> None:
    QUOTES.labels(event.status).inc()


def record_quote(event: QuoteEvent) -> None:
    policy = {"policy_id": event.policy_id, "policy_number": event.policy_number} if isinstance(event, QuoteBound) else {}
    record_event(
        EVENT_TYPES[type(event)],
        user_id=event.actor_id,
        quote_id=event.quote_id,
        quote_number=event.quote_number,
        product=event.product_code,
        status=event.status,
        premium_amount=event.premium_amount,
        **policy,
    )


for kind in EVENT_TYPES:
    on(kind)(count_quote)
    on(kind)(record_quote)


on(TermRating)(rate_again)
on(CustomersMerging)(hand_quotes_over)
on(CustomersUnmerging)(take_quotes_back)
