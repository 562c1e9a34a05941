"""Notices that are no claim yet: taken before the policy is verified, held as a look-alike; completed to a claim, or discarded."""

import datetime
from collections.abc import Collection
from decimal import Decimal
from uuid import UUID

from django.utils import timezone

from claims.intake.models import NoticeDraft
from claims.models import Claim
from claims.services.claimants import ToldClaimant
from claims.services.intake import submit_claim
from claims.services.moving import required_reason
from policies.models import Policy
from vanguard.accounts.models import User
from vanguard.accounts.permissions import require
from vanguard.audit import change, unit_of_work
from vanguard.errors import Conflict, FieldError, Invalid
from vanguard.querysets import get_or_refuse, locked
from vanguard.validation import check

TOLD = ("policy_told", "caller_name", "caller_phone", "claim_type", "description")


def take_notice(
    actor: User | None,
    *,
    policy_id: UUID | None = None,
    incident_date: datetime.datetime | None = None,
    reported_date: datetime.datetime | None = None,
    claim_amount: Decimal = Decimal("0.00"),
    **told: str,
) -> NoticeDraft:
    """Keep what was told, as it was told, until it can be filed: by staff. Raises Invalid where nothing says who or what it is about."""
    require(actor, "claims.add_claim")
    words = {name: told.get(name, "") for name in TOLD}
    draft = NoticeDraft(claim_amount=claim_amount, incident_date=incident_date, taken_by=actor, **words)
    draft.reported_date = reported_date or timezone.now()
    if not (policy_id or draft.policy_told or draft.caller_name):
        raise Invalid("Say who called, or which policy was named.", code="required", field="policy_told")
    check(draft, *_dates(draft))
    with unit_of_work(actor):
        draft.policy = get_or_refuse(Policy.objects.all(), policy_id, field="policy_id") if policy_id else None
        draft.save(force_insert=True)
    return draft


def _dates(draft: NoticeDraft) -> list[FieldError]:
    now = timezone.now()
    found = []
    if draft.reported_date > now:
        found.append(FieldError("reported_date", "in_future", "Reported date is not in the future."))
    if draft.incident_date and draft.incident_date > draft.reported_date:
        found.append(FieldError("incident_date", "after_reported", "Incident date is not after the reported date."))
    return found


def file_notice(
    actor: User | None,
    draft_id: UUID,
    *,
    policy_id: UUID,
    claim_type: str,
    claim_amount: Decimal,
    incident_date: datetime.datetime,
    description: str = "",
    not_duplicate_of: Collection[UUID] = (),
    not_duplicate_reason: str = "",
    to_be_denied: bool = False,
    claimant: ToldClaimant | None = None,
    version: int | None = None,
) -> Claim:
    """Make the notice a claim on this policy, reported when the notice was; `to_be_denied` where no cover was in force at the loss.

    `claimant` is who claims, where that is known by now. Raises what submit_claim raises, and Conflict "settled" for a notice that is
    filed or discarded.
    """
    with unit_of_work(actor):
        draft = _open_draft(actor, draft_id, version)
        claim = submit_claim(
            actor,
            policy_id=policy_id,
            claim_type=claim_type,
            claim_amount=claim_amount,
            incident_date=incident_date,
            reported_date=draft.reported_date,
            description=description,
            not_duplicate_of=not_duplicate_of,
            not_duplicate_reason=not_duplicate_reason,
            to_be_denied=to_be_denied,
            claimant=claimant,
        )
        change(draft, status=NoticeDraft.Status.FILED, claim=claim, policy=claim.policy, settled_by=actor, settled_at=timezone.now())
        return claim


def discard_notice(actor: User | None, draft_id: UUID, *, reason: str, version: int | None = None) -> NoticeDraft:
    """Put the notice aside; it stays, with the reason. Raises Invalid without one, Conflict "settled"."""
    why = required_reason(reason)
    with unit_of_work(actor):
        draft = _open_draft(actor, draft_id, version)
        because = why[:1000]
        change(draft, status=NoticeDraft.Status.DISCARDED, settled_because=because, settled_by=actor, settled_at=timezone.now())
        return draft


def _open_draft(actor: User | None, draft_id: UUID, version: int | None) -> NoticeDraft:
    require(actor, "claims.add_claim")
    draft = locked(NoticeDraft.objects.all(), draft_id, version)
    if draft.status != NoticeDraft.Status.OPEN:
        raise Conflict(f"This notice is {draft.status} already.", code="settled", field="status")
    return draft
