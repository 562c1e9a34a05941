"""What partners' programs are told of policies: read from the history of each, when somebody has subscribed (vanguard.webhooks)."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from policies.models import Policy, PolicyTransition
from vanguard.webhooks.sources import Row, Source, add_source

TYPES = {
    "book": "policy.booked",
    "endorse": "policy.endorsed",
    "change": "policy.corrected",
    "cancel": "policy.cancelled",
    "reinstate": "policy.reinstated",
    "renew": "policy.renewed",
    "expire": "policy.expired",
}
# Asking a second person for more cover, and being refused, is between the two.
KEPT_IN_THE_HOUSE = ("ask", "decline")


def _of_steps(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """Status is what the step left; the rest is as it is now, and null where the policy is gone."""
    keys = [UUID(row["policy_id"]) for row in rows]
    found = Policy.objects.only("policy_number", "policy_type").in_bulk(set(keys))
    return [_told(key, found.get(key), row["to_status"]) for key, row in zip(keys, rows, strict=True)]


def _told(key: UUID, policy: Policy | None, status: str) -> dict[str, Any]:
    return {
        "policyId": str(key),
        "policyNumber": policy.policy_number if policy else None,
        "policyType": policy.policy_type if policy else None,
        "status": status,
    }


def _of_removed(rows: Sequence[Row]) -> list[dict[str, Any]]:
    return [{"policyId": str(UUID(row["id"])), "policyNumber": row["policy_number"]} for row in rows]


add_source(Source(PolicyTransition, "policy_id", TYPES, _of_steps, column="command"))
add_source(Source(Policy, "id", {"": "policy.removed"}, _of_removed, operation="delete"))
