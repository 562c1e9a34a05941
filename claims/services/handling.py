"""Who works on a claim, and the start of the work."""

from uuid import UUID

from django.db.models import Q

from claims.authority import claim_handlers
from claims.events import ClaimAssigned, ClaimReleased, ClaimStarted
from claims.intake.models import Queue, Triage
from claims.models import Claim, Stage, Status
from claims.parties.matching import claims_on, is_claimant, is_record_of
from claims.rules import refuse_parties, require_open
from claims.services.appeals import refuse_first_decider
from claims.services.checking import Step, look_at_cover
from claims.services.moving import claim_for, move, require_step, required_reason
from claims.services.owners import next_member, require_role
from claims.services.staging import work_on
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
        require_open(claim)
        if claim.assignee_id == owner.pk:
            raise Conflict(f"{claim.claim_number} is already {owner}'s.", code="already_assigned", field="assignee_id")
        return _give(claim, actor, owner)


def take_next_claim(actor: User) -> Claim | None:
    """The unassigned claim with the nearest deadline becomes the actor's; None when there is none. Two people never get the same.

    Who is a member of queues takes from these; who is in none takes the nearest of all. What triage keeps for a role that the actor
    does not have is passed over.
    """
    require(actor, "claims.assign_claim")
    with unit_of_work(actor):
        rows = Claim.objects.unassigned().exclude(_of_record_of(actor)).exclude(first_decided_by=actor)
        if queues := list(Queue.objects.filter(members=actor).values_list("pk", flat=True)):
            rows = rows.filter(triage__queue__in=queues)
        if not actor.is_superuser:
            rows = rows.filter(Q(triage__role=None) | Q(triage__role__in=actor.groups.all()))
        passed_over: list[UUID] = []
        while (claim := rows.exclude(pk__in=passed_over).select_for_update(of=("self",), skip_locked=True).first()) is not None:
            # A database tells names apart that are written otherwise: the rule itself decides.
            if not _has_a_part(actor, claim):
                return _give(claim, actor, actor)
            passed_over.append(claim.pk)
        return None


def _has_a_part(person: User, claim: Claim) -> bool:
    """Whether the person is the insured or a claimant."""
    return is_record_of(claim.policy.customer, person) or claims_on(person, claim)


def _of_record_of(person: User) -> Q:
    """The claims of who is this person, as a database can tell; the rule itself is asked when the claim is given."""
    named = Q(policy__customer__first_name__iexact=person.first_name, policy__customer__last_name__iexact=person.last_name)
    own = Q(policy__customer__user=person) | Q(policy__customer__email__iexact=person.email)
    return own | named if person.first_name or person.last_name else own


def release_claim(actor: User | None, claim_id: UUID, *, reason: str, version: int | None = None) -> Claim:
    """Put the open claim back: it waits in its queue for another owner. Raises Conflict where nobody owns it, Invalid without a reason."""
    why = required_reason(reason)
    with unit_of_work(actor):
        claim = claim_for(actor, "claims.assign_claim", claim_id, version)
        if not claim.is_open or claim.assignee_id is None:
            raise Conflict(f"Nobody has {claim.claim_number} open.", code="not_allowed_now", field="assignee_id")
        return _release(claim, actor, why)


def hand_over(actor: User | None, owner_id: UUID, *, reason: str) -> tuple[int, int]:
    """All open claims of somebody who is away go to the team: each to the member of its queue with the least to do.

    Where no other member can have it, it waits in its queue for who takes next. Returns how many were given and how many wait.
    """
    why = required_reason(reason)
    require(actor, "claims.reassign_claim")
    with unit_of_work(actor):
        rows = Claim.objects.open().filter(assignee=owner_id).order_by("due_at", "id")
        claims = list(rows.select_related("policy__customer", "assignee", "triage__queue").select_for_update(of=("self",)))
        given = [_to_the_team(claim, actor, why) for claim in claims]
    return sum(given), len(given) - sum(given)


def _to_the_team(claim: Claim, actor: User | None, why: str) -> bool:
    triage: Triage | None = getattr(claim, "triage", None)
    claimants = list(claim.claimants.select_related("customer"))
    but = [claim.assignee_id, claim.policy.customer.user_id]
    owner = (
        next_member(triage.queue, triage.role_id, but=but, refused=lambda person: is_claimant(person, claimants))
        if triage and triage.queue
        else None
    )
    if owner is None:
        _release(claim, actor, why)
        return False
    _give(claim, actor, owner, why)
    return True


def _release(claim: Claim, actor: User | None, why: str) -> Claim:
    stage = Stage(claim.stage)
    if claim.status == Status.PENDING:
        stage = Stage.TRIAGED if Triage.objects.filter(claim=claim).exists() else Stage.REPORTED
    said = f"From {claim.assignee}: {why}"
    return move(claim, actor, "release", status=Status(claim.status), stage=stage, event=ClaimReleased, reason=said, assignee=None)


def _give(claim: Claim, actor: User | None, owner: User, why: str = "") -> Claim:
    require_role(claim, owner)
    stage = Stage.ASSIGNED if claim.status == Status.PENDING else Stage(claim.stage)
    said = f"To {owner}: {why}" if why else f"To {owner}"
    return move(claim, actor, "assign", status=Status(claim.status), stage=stage, event=ClaimAssigned, reason=said, assignee=owner)


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
    """pending → processing, with a look at the cover: where it is found the loss is investigated, else the cover is to be settled first.

    A claim that nobody owns becomes the actor's.
    """
    with unit_of_work(actor):
        claim = claim_for(actor, "claims.start_claim", claim_id, version, under_cover=True)
        require_step(claim, "start")
        refuse_parties(actor, claim)
        owner = claim.assignee or actor
        if claim.assignee is None and actor is not None:
            require_role(claim, actor)
        look_at_cover(claim, actor, Step.START)
        stage = work_on(claim).after("start").stage
        return move(claim, actor, "start", status=Status.PROCESSING, stage=stage, event=ClaimStarted, assignee=owner)
