"""Waiting for information: what is asked, of whom, until when; and going back to the work when it has come, whoever sends it."""

import datetime
from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone

from claims.decisions.models import InformationRequest
from claims.events import ClaimInformationReceived, ClaimInformationRequested
from claims.letters.services import tell_request
from claims.models import Claim, Stage, Status
from claims.rules import refuse_parties
from claims.services.moving import claim_for, move, require_step
from claims.services.staging import work_on
from policies.models import Policy
from vanguard.accounts.models import User
from vanguard.audit import unit_of_work
from vanguard.errors import Conflict, Invalid, NotAllowed
from vanguard.querysets import get_or_refuse, locked
from vanguard.validation import check

USUAL_DAYS = 21


def usual_day() -> datetime.date:
    """Until when an answer is asked for, unless said otherwise."""
    return timezone.now().date() + datetime.timedelta(days=USUAL_DAYS)


def ask_information(
    actor: User | None,
    claim_id: UUID,
    *,
    question: str,
    asked_of: str = "",
    until: datetime.date | None = None,
    version: int | None = None,
) -> Claim:
    """Ask, by letter to the insured; the claim waits (stage awaiting_information). Without `asked_of` the insured, without `until` 21 days.

    Raises Invalid for no question or a day that is over; Conflict where an answer, or a second person, is waited for already.
    """
    with unit_of_work(actor):
        claim = claim_for(actor, "claims.ask_claim", claim_id, version)
        require_step(claim, "ask")
        refuse_parties(actor, claim)
        asked = drafted_request(actor, claim, question=question, asked_of=asked_of, until=until)
        if claim.stage == Stage.AWAITING_INFORMATION:
            raise Conflict("An answer is waited for already. Record it first, then ask anew.", code="already_asked", field="question")
        if claim.stage == Stage.AWAITING_APPROVAL:
            message = "A second person is about to decide. Let them decide, or take the request back first (withdraw)."
            raise Conflict(message, code="not_allowed_now", field="status")
        waiting = move(
            claim,
            actor,
            "ask",
            status=Status.PROCESSING,
            stage=Stage.AWAITING_INFORMATION,
            event=ClaimInformationRequested,
            reason=f"{asked.asked_of}, until {asked.until:%Y-%m-%d}: {asked.question}",
        )
        asked.save(force_insert=True)
        tell_request(actor, asked)
        return waiting


def drafted_request(
    actor: User | None, claim: Claim, *, question: str, asked_of: str = "", until: datetime.date | None = None
) -> InformationRequest:
    """The request as it would be kept, not stored yet. Raises Invalid."""
    asked = InformationRequest(
        claim=claim,
        question=question.strip(),
        asked_of=" ".join(asked_of.split()) or claim.policy.customer.full_name,
        until=until or usual_day(),
        stage_before=claim.stage,
        asked_by=actor,
        asked_at=timezone.now(),
    )
    if not asked.question:
        raise Invalid("Say what you need.", code="required", field="question")
    if asked.until <= timezone.now().date():
        raise Invalid("Name a day that is still to come.", code="in_past", field="until")
    check(asked)
    return asked


def receive_information(actor: User | None, claim_id: UUID, *, note: str = "", version: int | None = None) -> Claim:
    """The answer has come: the claim goes back to the work. Raises Conflict where nothing is waited for."""
    with unit_of_work(actor):
        claim = claim_for(actor, "claims.ask_claim", claim_id, version)
        require_step(claim, "received")
        refuse_parties(actor, claim)
        asked = claim.information_requests.filter(received_at=None).first()
        if asked is None or claim.stage != Stage.AWAITING_INFORMATION:
            raise Conflict(f"Nothing is asked for on {claim.claim_number}.", code="not_allowed_now", field="status")
        close(asked, actor, note)
        return _go_on(claim, actor, note.strip())


def answer_question(actor: User | None, claim_id: UUID, question_id: UUID, *, answer: str, version: int | None = None) -> Claim:
    """The policyholder answers what was asked on an own claim: it has come at this moment, and the claim goes back to the work.

    Whether it is enough the adjuster says, who can ask anew. The words are kept with the question alone, where an erasure finds them.
    Raises NotAllowed for staff, who record what came by other ways (`receive_information`); NotFound for a claim or a question of
    another; Conflict ("not_allowed_now") where it is answered, or was decided without; Invalid for no answer.
    """
    by_insured = actor is not None and not actor.is_staff
    if not answer.strip():
        raise Invalid("Write your answer.", code="required", field="answer")
    with unit_of_work(actor):
        claim = locked(_within_reach(actor), claim_id, version)
        asked = get_or_refuse(claim.information_requests.all(), question_id)
        if not by_insured:
            raise NotAllowed("The policyholder answers here. Record what has come by other ways as received.")
        if asked.received_at is not None or claim.stage != Stage.AWAITING_INFORMATION:
            raise Conflict("This question is not open any more. You can still send us documents.", code="not_allowed_now")
        close(asked, actor, answer)
        return _go_on(claim, actor)


def _within_reach(actor: User | None) -> QuerySet[Claim]:
    """The claims whose questions the actor is told about: all of them for staff, else the own."""
    if actor is None or actor.is_staff:
        return Claim.objects.all()
    return Claim.objects.filter(policy__in=Policy.objects.filter(customer__user=actor))


def _go_on(claim: Claim, actor: User | None, reason: str = "") -> Claim:
    """Back to where it was asked, or to where the work has come meanwhile."""
    back = work_on(claim).stage
    return move(claim, actor, "received", status=Status.PROCESSING, stage=back, event=ClaimInformationReceived, reason=reason)


def close(asked: InformationRequest, actor: User | None, note: str = "") -> None:
    """Close the request."""
    asked.received_at, asked.received_by, asked.note = timezone.now(), actor, note.strip()
    asked.save(update_fields=["received_at", "received_by", "note"])


def close_requests(claim: Claim, actor: User | None) -> None:
    """A decision is waited for by nobody any more: what was still asked is closed with it."""
    if claim.stage == Stage.AWAITING_INFORMATION:
        for asked in claim.information_requests.filter(received_at=None):
            close(asked, actor, "Decided without it.")
