"""What becomes of the quotes when two records of one customer are merged, and when that is undone. The audit names who did it."""

from uuid import UUID

from django.db.models import QuerySet

from customers.events import CustomersMerging, CustomersUnmerging
from customers.services import moved_ids, record_moved
from policies.quotes.models import Quote
from vanguard.audit import change


def hand_quotes_over(event: CustomersMerging) -> None:
    """Every quote of the merged record is the kept one's from now on."""
    record_moved(event.merge_id, Quote, _give(Quote.objects.filter(customer_id=event.merged_id), event.kept_id))


def take_quotes_back(event: CustomersUnmerging) -> None:
    """Exactly those that were handed over."""
    _give(Quote.objects.filter(pk__in=moved_ids(event.merge_id, Quote), customer_id=event.kept_id), event.merged_id)


def _give(rows: QuerySet[Quote], owner_id: UUID) -> list[UUID]:
    """Locked in the order of their keys."""
    quotes = list(rows.select_for_update().order_by("pk"))
    for quote in quotes:
        change(quote, customer_id=owner_id)
    return [quote.pk for quote in quotes]
