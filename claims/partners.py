"""What partners' programs are told of claims: read from the history of each, when somebody has subscribed (vanguard.webhooks).

Nobody is told of a special investigation, of reserves, notes and documents, or who works on what.
"""

import itertools
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from claims.models import Claim, ClaimTransition
from vanguard.webhooks.sources import Row, Source, add_source

STAGE_CHANGED = "claim.stage_changed"
TYPES = {
    "submit": "claim.filed",
    "assign": "claim.assigned",
    "release": "claim.released",
    "triage": "claim.triaged",
    "start": "claim.started",
    "check_cover": STAGE_CHANGED,
    "investigate": STAGE_CHANGED,
    "evaluate": STAGE_CHANGED,
    "propose": "claim.approval_proposed",
    "withdraw": "claim.approval_withdrawn",
    "approve": "claim.approved",
    "deny": "claim.denied",
    "appeal": "claim.appealed",
    "ask": "claim.information_requested",
    "received": "claim.information_received",
    "close": "claim.closed",
    "reopen": "claim.reopened",
    "request_payment": "claim.payment_requested",
    "approve_payment": "claim.payment_approved",
    "pay": "claim.paid",
    "clear_payment": "claim.payment_cleared",
    "stop_payment": "claim.payment_stopped",
    "void_payment": "claim.payment_voided",
    "edit": "claim.changed",
}
KEPT_IN_THE_HOUSE = ("link", "add_claimant", "end_claimant", "refer", "end_referral", "extend", "jurisdiction", "inquire", "answer")


def _of_steps(rows: Sequence[Row]) -> list[dict[str, Any] | None]:
    """Status and stage are those that the step left; the rest is as it is now, and null where the claim is gone.

    None for work that left the claim in the stage where it was.
    """
    keys = [UUID(row["claim_id"]) for row in rows]
    found = Claim.objects.select_related("policy").only("claim_number", "claim_type", "policy__policy_number").in_bulk(set(keys))
    stayed = _stayed({key for key, row in zip(keys, rows, strict=True) if TYPES[row["command"]] == STAGE_CHANGED})
    return [
        None if UUID(row["id"]) in stayed else _told(key, found.get(key), row["to_status"], row["stage"])
        for key, row in zip(keys, rows, strict=True)
    ]


def _stayed(claim_ids: set[UUID]) -> set[UUID]:
    """The steps of the work on these claims after which the stage was the one before. One query, none without claims."""
    if not claim_ids:
        return set()
    steps = ClaimTransition.objects.filter(claim__in=claim_ids).order_by("claim", "at", "id").only("claim_id", "command", "stage")
    return {
        after.pk
        for before, after in itertools.pairwise(steps)
        if TYPES.get(after.command) == STAGE_CHANGED and (before.claim_id, before.stage) == (after.claim_id, after.stage)
    }


def _told(key: UUID, claim: Claim | None, status: str, stage: str) -> dict[str, Any]:
    return {
        "claimId": str(key),
        "claimNumber": claim.claim_number if claim else None,
        "claimType": claim.claim_type if claim else None,
        "policyId": str(claim.policy_id) if claim else None,
        "policyNumber": claim.policy.policy_number if claim else None,
        "status": status,
        "stage": stage,
    }


def _of_removed(rows: Sequence[Row]) -> list[dict[str, Any]]:
    return [{"claimId": str(UUID(row["id"])), "claimNumber": row["claim_number"]} for row in rows]


add_source(Source(ClaimTransition, "claim_id", TYPES, _of_steps, column="command"))
add_source(Source(Claim, "id", {"": "claim.removed"}, _of_removed, operation="delete"))
