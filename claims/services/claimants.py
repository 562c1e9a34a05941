"""Who claims on a claim: named, ended with a reason, and looked at for a reason. Never edited, never deleted."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from auditlog.models import LogEntry
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils import timezone

from claims.models import Claim, Stage, Status
from claims.parties.matching import all_digests, is_claimant, set_digests
from claims.parties.models import Claimant, ClaimantLook
from claims.rules import refuse_parties, require_open
from claims.services.moving import claim_for, move, required_reason
from customers.models import Customer
from customers.rules import check_customer
from customers.services import glass_of, refuse_merged, revealed_today
from customers.services.holds import checked_reason
from vanguard.accounts.models import User
from vanguard.accounts.permissions import require
from vanguard.accounts.step_up import require_recent
from vanguard.audit import unit_of_work
from vanguard.errors import Conflict, FieldError, Invalid
from vanguard.observability.compliance import record_event
from vanguard.querysets import get_or_refuse
from vanguard.validation import check

LONGEST_NAME, LONGEST_EMAIL, LONGEST_REASON = 200, 255, 500
# Of one claim, more than a coach has seats: each step asks all of them, and the page shows all.
MOST = 100


@dataclass(frozen=True, slots=True)
class ToldClaimant:
    """A claimant as somebody tells of one: a customer, or somebody who is none, with a name."""

    claims_for: str
    kind: str = Claimant.Kind.PERSON
    customer_id: UUID | None = None
    name: str = ""
    email: str = ""
    phone: str = ""
    address: str = ""


def add_claimant(actor: User | None, claim_id: UUID, told: ToldClaimant, *, version: int | None = None) -> Claimant:
    """Name a claimant of the open claim. By its owner, or by who may handle any.

    Raises Invalid for what was told; NotAllowed; Conflict "claims_already", "too_many_claimants", "party" where the claimant is who names
    them or who owns the claim, "not_allowed_now" for a closed file, "merged" or "erased" for the customer.
    """
    with unit_of_work(actor):
        claim = claim_for(actor, "parties.add_claimant", claim_id, version)
        refuse_parties(actor, claim)
        require_open(claim)
        claimant = claimant_of(told, actor)
        claimant.claim = claim
        _refuse_twice(claimant)
        if Claimant.objects.filter(claim=claim).count() >= MOST:
            raise Conflict(f"A claim has at most {MOST} claimants, those who have ended among them.", code="too_many_claimants")
        for person in (actor, claim.assignee):
            if person is not None and is_claimant(person, [claimant]):
                raise Conflict(f"{person} cannot work on a claim that they make. Give it to somebody else first.", code="party")
        claimant.save(force_insert=True)
        move(claim, actor, "add_claimant", status=Status(claim.status), stage=Stage(claim.stage), reason=claimant.get_claims_for_display())
        return claimant


def end_claimant(actor: User | None, claim_id: UUID, claimant_id: UUID, *, reason: str, version: int | None = None) -> Claimant:
    """They claim no more, or never did: with the reason. The row stays, and whoever it was still decides nothing on the claim.

    Raises Invalid without a reason; NotFound for a claimant of another claim; Conflict "ended", "party", "not_allowed_now"; NotAllowed.
    """
    why = required_reason(reason)
    if len(why) > LONGEST_REASON:
        raise Invalid(f"The reason has at most {LONGEST_REASON} characters.", code="max_length", field="reason")
    with unit_of_work(actor):
        claim = claim_for(actor, "parties.change_claimant", claim_id, version)
        refuse_parties(actor, claim)
        require_open(claim)
        claimant = get_or_refuse(Claimant.objects.filter(claim=claim).select_related("customer"), claimant_id)
        if not claimant.is_open:
            raise Conflict("This claimant has ended already.", code="ended")
        claimant.ended_at, claimant.ended_by, claimant.ended_because = timezone.now(), actor, why
        claimant.save(update_fields=["ended_at", "ended_by", "ended_because"])
        what = claimant.get_claims_for_display()  # in the history not who, nor why: the row has that, and an erasure takes it from there
        claimant.claim = move(claim, actor, "end_claimant", status=Status(claim.status), stage=Stage(claim.stage), reason=what)
        return claimant


def claimant_of(told: ToldClaimant, actor: User | None) -> Claimant:
    """The claimant that was told of, checked and not stored; of no claim yet. Raises Invalid, NotFound, Conflict "merged", "erased"."""
    name = " ".join(told.name.split())
    if (told.customer_id is None) == (not name):
        raise Invalid("Name a customer, or give a name: one of the two.", code="required", field="name")
    claimant = Claimant(claims_for=told.claims_for, kind=told.kind, added_by=actor)
    if told.customer_id is not None:
        if told.email or told.phone or told.address:
            raise Invalid("A customer’s data stands on the customer’s record.", code="not_here", field="customer_id")
        claimant.customer = get_or_refuse(Customer.objects.all(), told.customer_id, field="customer_id")
        refuse_merged(claimant.customer, "customer_id")
    else:
        claimant.name = name
        claimant.email, claimant.phone, claimant.address = (text.strip() or None for text in (told.email, told.phone, told.address))
        set_digests(claimant)
    check(claimant, *_faults(told, name))
    return claimant


def _faults(told: ToldClaimant, name: str) -> list[FieldError]:
    """What the columns cannot check, because they are ciphertext."""
    errors = check_customer(phone=told.phone.strip(), date_of_birth=None, address=told.address.strip(), ssn="")
    if len(name) > LONGEST_NAME:
        errors.append(FieldError("name", "max_length", f"Name has at most {LONGEST_NAME} characters."))
    if email := told.email.strip():
        try:
            validate_email(email)
        except ValidationError:
            errors.append(FieldError("email", "invalid", "Enter an e-mail address."))
        if len(email) > LONGEST_EMAIL:
            errors.append(FieldError("email", "max_length", f"E-mail has at most {LONGEST_EMAIL} characters."))
    return errors


def _refuse_twice(claimant: Claimant) -> None:
    """One person is a claimant of a claim once: the same customer, or the same name with the same e-mail address and phone."""
    same: dict[str, Any] = {"customer": claimant.customer}
    if claimant.customer is None:
        same = {f"{name}__in": found or [""] for name, found in all_digests(claimant).items()}
    if Claimant.objects.open().filter(claim=claimant.claim, **same).exists():
        field = "customer_id" if claimant.customer else "name"
        raise Conflict("They are a claimant of this claim already.", code="claims_already", field=field)


def reveal_claimant(actor: User, claim_id: UUID, claimant_id: UUID, *, reason: str) -> dict[str, str]:
    """The personal data of a claimant who is no customer, in plain. Every time is a row, an audit entry and an event.

    Who may see a customer's may, and who has broken the glass; both kinds of looks count for one quota of the day. A customer who claims
    is looked at on the customer's record. Who has a part in the claim does not look up the other side.

    Raises Invalid, NotAllowed, NotFound; Conflict "erased", "party"; StepUpRequired.
    """
    require(actor, "parties.view_claimant")
    opened = glass_of(actor)
    if opened is None:
        require(actor, "customers.reveal_customer")
    why = checked_reason(reason)
    require_recent(actor)
    with unit_of_work(actor):
        claims = Claim.objects.visible_to(actor).filter(pk=claim_id)
        rows = Claimant.objects.filter(claim__in=claims, customer=None).select_related("claim__policy__customer")
        claimant = get_or_refuse(rows, claimant_id)
        refuse_parties(actor, claimant.claim)
        if claimant.redacted_at is not None:
            raise Conflict("The personal data of this claimant was erased.", code="erased")
        look = counted_look(actor, claimant, why)
        shown = {name: getattr(claimant, name) or "" for name in Claimant.PERSONAL}
    told = {"claimant_id": claimant.pk, "claim_id": claim_id, "break_glass": opened is not None}
    record_event("personal_data_revealed", user_id=actor.pk, **told)
    if look.beyond_quota:
        record_event("reveal_quota_exceeded", user_id=actor.pk, claimant_id=claimant.pk, quota=settings.REVEALS_A_DAY)
    return shown


def counted_look(actor: User, claimant: Claimant, reason: str) -> ClaimantLook:
    """That `actor` is shown who claims, as a row and an audit entry; within a unit of work."""
    User.objects.select_for_update().get(pk=actor.pk)  # two at once are counted one after the other
    beyond = revealed_today(actor) >= settings.REVEALS_A_DAY
    look = ClaimantLook(claimant=claimant, actor=actor, reason=reason, beyond_quota=beyond)
    look.save(force_insert=True)
    LogEntry.objects.log_create(claimant, force_log=True, action=LogEntry.Action.ACCESS, changes={})
    return look
