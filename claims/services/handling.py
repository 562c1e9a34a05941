"""Who works on a claim, and the start of the work."""

from uuid import UUID

from django.db.models import Q

from claims.events import ClaimAssigned, ClaimStarted
from claims.models import Claim, Stage, Status
from claims.services.appeals import refuse_first_decider
from claims.services.moving import claim_for, move, refuse_parties, require_step
from vanguard.accounts.models import User
from vanguard.accounts.permissions import require
from vanguard.audit import unit_of_work
from vanguard.errors import Conflict, Invalid
from vanguard.querysets import locked


def assign_claim(actor: User | None, claim_id: UUID, *, assignee_id: UUID | None = None, version: int | None = None) -> Claim:
    """Give the open claim to `assignee_id`; without one the actor takes it.

    Taking a claim that nobody owns needs `assign_claim`; giving it to others, or taking it from others, `reassign_claim`.
    Raises Conflict for a closed claim or a second taking, Invalid for somebody who does not handle claims.
    """
    with unit_of_work(actor):
        claim = locked(Claim.objects.all(), claim_id, version)
        taking = actor is not None and assignee_id in (None, actor.pk) and claim.assignee_id in (None, actor.pk)
        require(actor, "claims.assign_claim" if taking else "claims.reassign_claim")
        owner = _new_owner(actor, assignee_id)
        refuse_parties(owner, claim)
        refuse_first_decider(owner, claim)
        if not claim.is_open:
            raise Conflict(f"{claim.claim_number} is closed; reopen it first.", code="not_allowed_now", field="status")
        if claim.assignee_id == owner.pk:
            raise Conflict(f"{claim.claim_number} is already {owner}'s.", code="already_assigned", field="assignee_id")
        return _give(claim, actor, owner)


def take_next_claim(actor: User) -> Claim | None:
    """The unassigned claim with the nearest deadline becomes the actor's; None when there is none. Two people never get the same."""
    require(actor, "claims.assign_claim")
    with unit_of_work(actor):
        rows = Claim.objects.unassigned().exclude(policy__customer__user=actor).exclude(first_decided_by=actor)
        claim = rows.select_for_update(of=("self",), skip_locked=True).first()
        return None if claim is None else _give(claim, actor, actor)


def _give(claim: Claim, actor: User | None, owner: User) -> Claim:
    stage = Stage.ASSIGNED if claim.status == Status.PENDING else Stage(claim.stage)
    return move(claim, actor, "assign", status=Status(claim.status), stage=stage, event=ClaimAssigned, reason=f"To {owner}", assignee=owner)


def claim_handlers() -> Q:
    """Who can own claims: active staff whose role, or superuser standing, lets them start one."""
    by_role = Q(groups__permissions__codename="start_claim", groups__permissions__content_type__app_label="claims")
    return Q(is_active=True, is_staff=True) & (by_role | Q(is_superuser=True))


def _new_owner(actor: User | None, assignee_id: UUID | None) -> User:
    if actor is not None and assignee_id in (None, actor.pk):
        return actor
    if assignee_id is None:
        raise Invalid("Say who shall own the claim.", code="required", field="assignee_id")
    owner = User.objects.filter(claim_handlers(), pk=assignee_id).distinct().first()
    if owner is None:
        raise Invalid("This person does not handle claims.", code="not_a_handler", field="assignee_id")
    return owner


def start_claim(actor: User | None, claim_id: UUID, *, version: int | None = None) -> Claim:
    """pending → processing. A claim that nobody owns becomes the actor's."""
    with unit_of_work(actor):
        claim = claim_for(actor, "claims.start_claim", claim_id, version)
        require_step(claim, "start")
        refuse_parties(actor, claim)
        owner = claim.assignee or actor
        return move(claim, actor, "start", status=Status.PROCESSING, stage=Stage.INVESTIGATION, event=ClaimStarted, assignee=owner)
