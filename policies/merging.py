"""What becomes of the policies, and with them the claims, when two records of one customer are merged, and when that is undone."""

from uuid import UUID

from django.db.models import QuerySet

from customers.events import CustomersMerging, CustomersUnmerging
from customers.services import moved_ids, record_moved
from policies.models import Policy, PolicyTransition
from vanguard import context
from vanguard.accounts.models import User
from vanguard.audit import change


def hand_policies_over(event: CustomersMerging) -> None:
    """Every policy of the merged record belongs to the kept one from now on, a renewal that was booked meanwhile as well."""
    rows = Policy.objects.filter(customer_id=event.merged_id)
    while moved := _give(rows.all(), event.kept_id, event.actor, "Two records of the customer were merged"):
        record_moved(event.merge_id, Policy, moved)


def take_policies_back(event: CustomersUnmerging) -> None:
    """Exactly those that were handed over, as far as they are still there."""
    rows = Policy.objects.filter(pk__in=moved_ids(event.merge_id, Policy), customer_id=event.kept_id)
    _give(rows, event.merged_id, event.actor, "The merge of two customers was undone")


def _give(rows: QuerySet[Policy], owner_id: UUID, actor: User | None, reason: str) -> list[UUID]:
    """Locked in the order of their keys, each with a row in its history."""
    moved = []
    for policy in rows.select_for_update().order_by("pk"):
        change(policy, customer_id=owner_id)
        PolicyTransition.objects.create(
            at=policy.updated_at,
            policy=policy,
            actor=actor,
            command="hand_over",
            from_status=policy.status,
            to_status=policy.status,
            reason=reason,
            correlation_id=context.correlation_id.get(),
        )
        moved.append(policy.pk)
    return moved
