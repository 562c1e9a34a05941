"""First notice of loss, and corrections to it before the decision."""

import datetime
from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.utils import timezone

from claims.deadlines import next_deadline
from claims.events import ClaimChanged, ClaimRemoved, ClaimSubmitted
from claims.models import DECIDED, Claim, Stage, Status
from claims.rules import check_cover, check_dates, check_depreciation
from claims.services.checking import Step, check_of
from claims.services.moving import claim_for, move, record, refuse_parties, step_of, tell
from policies.models import Policy, PolicyQuerySet
from vanguard.accounts.models import User
from vanguard.accounts.permissions import require
from vanguard.audit import change, creation_of, unit_of_work
from vanguard.errors import Conflict, Invalid
from vanguard.plans import ask, put
from vanguard.querysets import found_or_refuse
from vanguard.steps import FreeNumber, Insert, Locked
from vanguard.validation import check, refuse_fixed_fields

EDITABLE = ("claim_type", "claim_amount", "description", "incident_date", "depreciation")
FIXED = ("status", "claim_number", "policy_id", "reported_date")


def submit_claim(
    actor: User | None,
    *,
    policy_id: UUID,
    claim_type: str,
    claim_amount: Decimal,
    incident_date: datetime.datetime,
    description: str = "",
    claim_number: str | None = None,
    reported_date: datetime.datetime | None = None,
    status: str = Status.PENDING,
) -> Claim:
    """File a claim on a policy that was in force at the loss: by staff, or by the policyholder on an own policy.

    Raises Invalid; NotFound for a policy outside the actor's reach; Conflict "not_in_force" or "duplicate".
    """
    now = timezone.now()
    claim = Claim(
        claim_number=claim_number or "-",
        claim_type=claim_type,
        claim_amount=claim_amount,
        incident_date=incident_date,
        description=description,
        reported_date=reported_date or now,
    )
    check(claim, *check_dates(incident_date=incident_date, reported_date=claim.reported_date, now=now))
    if status != Status.PENDING:
        raise Invalid("A claim starts as pending.", code="not_a_start", field="status")
    with unit_of_work(actor):
        policy, *drawn = ask(
            Locked(_policies_of(actor).filter(pk=policy_id)),
            *([] if claim_number else [FreeNumber("CLM", now.year, Claim, "claim_number")]),
        )
        claim.policy = found_or_refuse(policy, Policy, field="policy_id")
        _require_cover(claim)
        if drawn:
            [claim.claim_number] = drawn
        claim.due_at = deadline.due_at if (deadline := next_deadline(claim)) else None
        put(
            Insert(claim, unique="claim_number", message="Another claim has this number."),
            Insert(step_of(claim, actor, "submit", from_status="", amount=claim.claim_amount)),
            Insert(creation_of(claim)),
            Insert(check_of(claim, actor, Step.SUBMIT)),
        )
        tell(ClaimSubmitted, claim, actor, claim.claim_amount)
    return claim


def _policies_of(actor: User | None) -> PolicyQuerySet:
    """The policies on which the actor may file: all of them, or a policyholder's own. Raises NotAllowed for other staff."""
    if actor is None or actor.is_staff:
        require(actor, "claims.add_claim")
        return Policy.objects.all()
    return Policy.objects.filter(customer__user=actor)


def _require_cover(claim: Claim) -> None:
    if (refusal := check_cover(claim.policy, claim.incident_date)) is not None:
        raise Conflict(refusal.message, code=refusal.code, field=refusal.field)


def update_claim(actor: User | None, claim_id: UUID, *, version: int | None, changes: Mapping[str, Any]) -> Claim:
    """Correct the fields in `changes`, and no others, until the claim is decided; an edit voids a proposed approval.

    Raises Conflict: "use_command" for status, number, policy and reported date; "decided"; "not_in_force".
    """
    with unit_of_work(actor):
        claim = claim_for(actor, "claims.change_claim", claim_id, version, under_cover=True)
        refuse_parties(actor, claim)
        refuse_fixed_fields(claim, changes, FIXED)
        if claim.status in DECIDED:
            raise Conflict("The claim is decided; reopen it to change it.", code="decided")
        before = {name: getattr(claim, name) for name in EDITABLE}
        for name in EDITABLE:
            setattr(claim, name, changes.get(name, before[name]))
        dates = check_dates(incident_date=claim.incident_date, reported_date=claim.reported_date, now=timezone.now())
        check(claim, *dates, *check_depreciation(claim.claim_amount, claim.depreciation))
        _require_cover(claim)
        values = {name: getattr(claim, name) for name in EDITABLE if getattr(claim, name) != before[name]}
        for name, value in before.items():
            setattr(claim, name, value)
        return _apply(claim, actor, values) if values else claim


def _apply(claim: Claim, actor: User | None, values: Mapping[str, Any]) -> Claim:
    changed = ", ".join(sorted(values)).replace("_", " ")
    if claim.stage != Stage.AWAITING_APPROVAL:
        change(claim, **values)
        record(claim, actor, "edit", from_status=claim.status, reason=f"Changed {changed}")
        tell(ClaimChanged, claim, actor, None)
        return claim
    why = f"Changed {changed}; the proposed approval is void"
    void: dict[str, Any] = {"proposed_amount": None, "proposed_by": None}
    stage = Stage.APPEAL if claim.appealed_at else Stage.EVALUATION
    return move(claim, actor, "edit", status=Status.PROCESSING, stage=stage, reason=why, **values, **void)


def delete_claim(actor: User | None, claim_id: UUID, *, version: int | None) -> None:
    """Only while pending, without money, notes and documents. Raises Conflict ("in_use")."""
    with unit_of_work(actor):
        claim = claim_for(actor, "claims.delete_claim", claim_id, version)
        kept = claim.payments.exists() or claim.entries.exists() or claim.documents.exists() or claim.notes.exists()
        if kept or claim.status != Status.PENDING:
            raise Conflict("Only a pending claim without money, notes and documents can be deleted.", code="in_use", field="status")
        tell(ClaimRemoved, claim, actor, None)
        claim.delete()
