"""What the platform does when records are merged: lines for compliance."""

from customers.events import CustomersMerged, CustomersUnmerged
from vanguard.events import on
from vanguard.observability.compliance import record_event


@on(CustomersMerged)
def record_merge(event: CustomersMerged) -> None:
    record_event("customers_merged", user_id=event.actor_id, merge_id=event.merge_id, kept_id=event.kept_id, merged_id=event.merged_id)


@on(CustomersUnmerged)
def record_unmerge(event: CustomersUnmerged) -> None:
    record_event("customers_unmerged", user_id=event.actor_id, merge_id=event.merge_id, kept_id=event.kept_id, merged_id=event.merged_id)
