"""The one place that moves a quote from state to state, and the checks that the steps share."""

from typing import Any

from policies.quotes.events import QuoteEvent
from policies.quotes.models import Quote, QuoteTransition, Status
from vanguard import context
from vanguard.accounts.models import User
from vanguard.audit import change
from vanguard.errors import Conflict
from vanguard.events import publish


def move(
    quote: Quote, actor: User | None, command: str, *, status: Status, event: type[QuoteEvent], reason: str = "", **values: Any
) -> Quote:
    """Change state by compare-and-swap, with its history row and the event, in the open transaction."""
    from_status = quote.status
    change(quote, status=status, **values)
    record(quote, actor, command, from_status=from_status, reason=reason)
    tell(event, quote, actor)
    return quote


def record(quote: Quote, actor: User | None, command: str, *, from_status: str, reason: str = "") -> None:
    QuoteTransition.objects.create(
        at=quote.updated_at,
        quote=quote,
        actor=actor,
        command=command,
        from_status=from_status,
        to_status=quote.status,
        reason=reason,
        amount=quote.premium_amount,
        correlation_id=context.correlation_id.get(),
    )


def tell(event: type[QuoteEvent], quote: Quote, actor: User | None) -> None:
    told = (quote.pk, quote.quote_number, quote.product.code, str(quote.status), quote.premium_amount, actor.pk if actor else None)
    policy = (quote.policy_id, quote.policy.policy_number) if quote.policy else ()
    publish(event(*told, *policy))


def closed(quote: Quote) -> Conflict:
    if quote.status == Status.BOUND:
        return Conflict(f"{quote} is bound already, as policy {quote.policy}.", code="already_bound", field="status")
    return Conflict(f"{quote} was declined. Request a new quote.", code="declined", field="status")
