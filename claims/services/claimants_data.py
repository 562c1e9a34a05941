"""What a claimant who is no customer may ask about their data: all that is held, and that it is erased. By Compliance, for them."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from auditlog.models import LogEntry
from django.conf import settings
from django.utils import timezone

from claims.models import Claim
from claims.parties.matching import email_digests, name_digests, rows_of_person
from claims.parties.models import Claimant, ClaimantErasure, ClaimantExport, ClaimantLook
from claims.parties.privacy import HELD, erase, is_held, keep_as_they_are, standing_of
from claims.rules import refuse_parties
from claims.services.claimants import counted_look
from customers.services.erasing import Standing
from customers.services.exporting import check_form, written
from customers.services.holds import checked_reason
from vanguard.accounts.models import User
from vanguard.accounts.permissions import require
from vanguard.accounts.step_up import require_recent
from vanguard.audit import unit_of_work
from vanguard.encryption.owned import keyring
from vanguard.errors import Conflict, Invalid
from vanguard.observability.compliance import record_event
from vanguard.querysets import get_or_refuse

INTRO = (
    "This is all that we hold on you as a claimant, as of the day above. What staff noted among themselves, and what belongs to others on "
    "the same claims, is not part of it."
)


@dataclass(frozen=True, slots=True)
class AskedErasure:
    """A request on one of the person's claims, and how it stands."""

    erasure: ClaimantErasure
    standing: Standing

    @property
    def claim(self) -> Claim:
        return self.erasure.claimant.claim


def request_claimant_erasure(actor: User | None, claim_id: UUID, claimant_id: UUID, *, reason: str, confirm: str) -> list[AskedErasure]:
    """Erase what is kept on a claimant who is no customer, now or when it may be; on each claim on which the same person is named.

    `confirm` is the e-mail address on the row, typed again; where there is none, the name. What may not go yet goes by itself when its
    time is over. Returns the requests, that of this claim first. Raises Invalid ("unconfirmed"), NotAllowed, NotFound; Conflict
    "a_customer", "erased", "party", "on_hold" and "waits_already".
    """
    require(actor, "parties.view_claimant")
    require(actor, "customers.erase_customer")
    why = checked_reason(reason)
    with unit_of_work(actor):
        keep_as_they_are(each.claim for each in _rows_for(actor, _of_no_customer(actor, claim_id, claimant_id)))
        claimant = _of_no_customer(actor, claim_id, claimant_id)
        rows = _rows_for(actor, claimant)
        _confirm(claimant, confirm)
        held = {claim.pk: is_held(claim) for claim in {each.claim for each in rows}}
        standings = {each.pk: standing_of(each.claim, held=held[each.claim_id]) for each in rows}
        if standings[claimant.pk].waits_for == HELD:
            raise Conflict("A legal hold is on the insured: nothing of this claim is erased until it is lifted.", code="on_hold")
        waiting = set(ClaimantErasure.objects.filter(claimant__in=rows, done_at=None).values_list("claimant", flat=True))
        if claimant.pk in waiting:
            raise Conflict("It has been asked for already, and waits.", code="waits_already")
        asked = [ClaimantErasure(claimant=each, reason=why, asked_by=actor) for each in rows if each.pk not in waiting]
        for erasure in asked:
            erasure.save(force_insert=True)
        due = [each.pk for each in rows if standings[each.pk].is_due]
        erase(Claimant.objects.filter(pk__in=due))
        for erasure in asked:
            erasure.refresh_from_db(fields=["done_at"])
    for erasure in asked:
        told = {"claimant_id": erasure.claimant_id, "claim_id": erasure.claimant.claim_id, "done": erasure.done_at is not None}
        record_event("erasure_requested", user_id=erasure.asked_by_id, due=str(standings[erasure.claimant_id].due_at), **told)
    return [AskedErasure(erasure, standings[erasure.claimant_id]) for erasure in asked]


def export_claimant(actor: User, claim_id: UUID, claimant_id: UUID, *, form: str, reason: str) -> bytes:
    """All that is held on a claimant who is no customer, on each claim on which the same person is named: as JSON or a paper.

    A look at personal data as any other: a reason, a fresh second factor, the day's quota. Raises Invalid, NotAllowed, NotFound,
    StepUpRequired; Conflict "a_customer", "erased" and "party".
    """
    require(actor, "parties.view_claimant")
    require(actor, "customers.export_customer")
    check_form(form)
    why = checked_reason(reason)
    require_recent(actor)
    with unit_of_work(actor):
        claimant = _of_no_customer(actor, claim_id, claimant_id, lock=True)
        rows = _rows_for(actor, claimant)
        keyring.load_for(rows)
        content = written(_held_on(rows), form, to=(claimant.shown_name, *(claimant.address or "").splitlines()), intro=INTRO)
        export = ClaimantExport(claimant=claimant, form=form, asked_by=actor, reason=why, size=len(content))
        export.sha256 = hashlib.sha256(content).hexdigest()
        export.save(force_insert=True)
        look = counted_look(actor, claimant, why)
        for each in rows[1:]:
            LogEntry.objects.log_create(each, force_log=True, action=LogEntry.Action.ACCESS, changes={})
    record_event("claimant_exported", user_id=actor.pk, claimant_id=claimant.pk, claim_id=claim_id, form=form, sha256=export.sha256)
    if look.beyond_quota:
        record_event("reveal_quota_exceeded", user_id=actor.pk, claimant_id=claimant.pk, quota=settings.REVEALS_A_DAY)
    return content


def _of_no_customer(actor: User | None, claim_id: UUID, claimant_id: UUID, *, lock: bool = False) -> Claimant:
    """The claimant of a claim that the actor may see; with `lock` nobody erases this one meanwhile.

    Raises NotFound; Conflict for a customer, and where the data is gone.
    """
    claims = (Claim.objects.visible_to(actor) if actor else Claim.objects.all()).filter(pk=claim_id)
    rows = Claimant.objects.filter(claim__in=claims).select_related("claim__policy__customer")
    claimant = get_or_refuse(rows.select_for_update(of=("self",), no_key=True) if lock else rows, claimant_id)
    if claimant.customer_id is not None:
        raise Conflict("This claimant is a customer: go to the customer’s record.", code="a_customer")
    if claimant.redacted_at is not None:
        raise Conflict("The personal data of this claimant was erased.", code="erased")
    return claimant


def _rows_for(actor: User | None, claimant: Claimant) -> list[Claimant]:
    """The person's rows on all claims, that of this one first. Raises Conflict ("party") where the actor has a part in one of them:
    another person answers the request, because what is handed out, or goes, is of all."""
    rows = rows_of_person(claimant)
    for claim in {each.claim for each in rows}:
        refuse_parties(actor, claim)
    return rows


def _confirm(claimant: Claimant, typed: str) -> None:
    """By digests, in any writing. Raises Invalid."""
    if claimant.email_hash:
        if claimant.email_hash not in email_digests(typed):
            raise Invalid("Type the claimant's e-mail address, to confirm whom it is about.", code="unconfirmed", field="confirm")
    elif claimant.name_hash not in name_digests(typed):
        raise Invalid("Type the claimant's name, to confirm whom it is about.", code="unconfirmed", field="confirm")


def _held_on(rows: Sequence[Claimant]) -> dict[str, Any]:
    """By what it is, as an export to a customer names it. Why a claim was ended is what staff noted, and is left out."""
    looks = ClaimantLook.objects.filter(claimant__in=rows).order_by("at")
    erasures = ClaimantErasure.objects.filter(claimant__in=rows).order_by("asked_at")
    return {
        "madeAt": timezone.now().isoformat(),
        "insurer": settings.INSURER_NAME,
        "claimant": [{"kind": each.kind} | {name: getattr(each, name) or "" for name in Claimant.PERSONAL} for each in rows],
        "claimsMade": [
            {
                "claim": each.claim.claim_number,
                "for": each.get_claims_for_display(),
                "since": each.added_at.isoformat(),
                "until": each.ended_at.isoformat() if each.ended_at else None,
            }
            for each in rows
        ],
        "looks": [{"at": each.at.isoformat()} for each in looks],
        "erasures": [{"askedAt": each.asked_at.isoformat()} for each in erasures],
    }
