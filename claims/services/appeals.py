"""Appeals: the claim is processing again, under a clock of its own, and with another person than who decided first."""

from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone

from claims.decisions.models import Appeal
from claims.events import ClaimAppealed
from claims.letters.services import tell_appeal
from claims.models import Claim, Stage, Status
from claims.services.moving import move, require_step, required_reason
from policies.models import Policy
from vanguard.accounts.models import User
from vanguard.accounts.permissions import require
from vanguard.audit import unit_of_work
from vanguard.errors import Conflict
from vanguard.querysets import locked


def appeal_claim(actor: User | None, claim_id: UUID, *, reason: str, version: int | None = None) -> Claim:
    """denied → processing, stage appeal: by the policyholder on an own claim, or recorded by staff. A closed file is open again.

    The denial, its clause and its letter stay as they are. Who made it loses the claim and gets no part in the next decision.
    Raises NotAllowed; NotFound for a claim of another; Conflict ("not_allowed_now") for one that is not denied; Invalid without a reason.
    """
    why = required_reason(reason)
    with unit_of_work(actor):
        claim = locked(_within_reach(actor), claim_id, version)
        require_step(claim, "appeal")
        denial = claim.denials.select_related("decided_by").last()
        step = claim.transitions.filter(command="deny").select_related("actor").last()
        first = step.actor if step else None
        appeal = Appeal(claim=claim, denial=denial, reason=why, recorded_by=actor, received_at=timezone.now(), first_decided_by=first)
        appealed = move(
            claim,
            actor,
            "appeal",
            status=Status.PROCESSING,
            stage=Stage.APPEAL,
            event=ClaimAppealed,
            reason=why,
            appealed_at=appeal.received_at,
            first_decided_by=first,
            assignee=None if first is not None and claim.assignee_id == first.pk else claim.assignee,
            closed_at=None,
            processed_date=None,
        )
        appeal.save(force_insert=True)
        tell_appeal(actor, appeal)
        return appealed


def _within_reach(actor: User | None) -> QuerySet[Claim]:
    """The claims that the actor may appeal: all of them for who may record one, else the own."""
    if actor is None or actor.is_staff:
        require(actor, "claims.appeal_claim")
        return Claim.objects.all()
    return Claim.objects.filter(policy__in=Policy.objects.filter(customer__user=actor))


def refuse_first_decider(actor: User | None, claim: Claim) -> None:
    """Who made the decision that is appealed has no part in the next one. Raises Conflict ("decided_first")."""
    if actor is not None and claim.first_decided_by_id == actor.pk:
        message = f"{actor} made the decision that is appealed, so another person decides on the appeal."
        raise Conflict(message, code="decided_first")


def open_appeal(claim: Claim) -> Appeal | None:
    """The appeal that the next decision is about."""
    return None if claim.appealed_at is None else claim.appeals.filter(outcome="").first()


def decide_appeal(appeal: Appeal, actor: User | None, outcome: Appeal.Outcome) -> None:
    """Say how it ended, once."""
    appeal.outcome, appeal.decided_by, appeal.decided_at = outcome, actor, timezone.now()
    appeal.save(update_fields=["outcome", "decided_by", "decided_at"])
