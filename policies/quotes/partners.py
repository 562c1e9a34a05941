"""What partners' programs are told of quotes: read from the history of each, when somebody has subscribed (vanguard.webhooks)."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from policies.quotes.models import Quote, QuoteTransition
from vanguard.webhooks.sources import Row, Source, add_source

TYPES = {
    "request": "quote.requested",
    "price": "quote.priced",
    "approve": "quote.approved",
    "decline": "quote.declined",
    "bind": "quote.bound",
}


def _of_steps(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """Status is what the step left; a bound quote names its policy."""
    keys = [UUID(row["quote_id"]) for row in rows]
    found = Quote.objects.select_related("policy").only("quote_number", "policy__policy_number").in_bulk(set(keys))
    return [_told(key, found.get(key), row["to_status"]) for key, row in zip(keys, rows, strict=True)]


def _told(key: UUID, quote: Quote | None, status: str) -> dict[str, Any]:
    policy = quote.policy if quote else None
    return {
        "quoteId": str(key),
        "quoteNumber": quote.quote_number if quote else None,
        "policyId": str(policy.pk) if policy else None,
        "policyNumber": policy.policy_number if policy else None,
        "status": status,
    }


add_source(Source(QuoteTransition, "quote_id", TYPES, _of_steps, column="command"))
