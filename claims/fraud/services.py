"""Referring a claim to special investigation, its notes, and its outcome."""

from uuid import UUID

from django.utils import timezone

from claims.fraud.events import ClaimReferred, ReferralClosed
from claims.fraud.facts import assessment_of
from claims.fraud.models import InvestigationNote, Referral
from claims.models import Claim, Status
from claims.rules import refuse_parties, require_open
from claims.services.moving import claim_for, move, required_reason
from claims.services.staging import stage_after
from vanguard.accounts.models import User
from vanguard.accounts.permissions import require
from vanguard.audit import unit_of_work
from vanguard.errors import Conflict, Invalid
from vanguard.events import publish
from vanguard.querysets import found_or_refuse, locked
from vanguard.validation import check

REFERRED, CLOSED = "Referred to special investigation", "Special investigation has ended"
LONGEST = 10_000


def refer_claim(actor: User | None, claim_id: UUID, *, reason: str, version: int | None = None) -> Claim:
    """Give the open claim to special investigation, with its score and reasons as they are now: approving takes a second person then.

    A claim that is processing is investigated from then on. The history tells that it was referred, and not why.
    Raises Conflict ("referred") for one that is; Invalid without a reason.
    """
    why = _text(reason)
    with unit_of_work(actor):
        claim = claim_for(actor, "fraud.refer_claim", claim_id, version)
        refuse_parties(actor, claim)
        require_open(claim)
        if Referral.objects.filter(claim=claim, outcome="").exists():
            raise Conflict(f"{claim.claim_number} is with special investigation already.", code="referred", field="status")
        found = assessment_of(claim)
        seen = [{"code": hit.code, "reason": hit.reason, "weight": hit.weight} for hit in found.hits]
        referral = Referral(claim=claim, reason=why, score=found.score, reasons=seen, referred_by=actor)
        check(referral)
        referral.save(force_insert=True)
        publish(ClaimReferred(claim.pk, claim.claim_number, found.score, actor.pk if actor else None))
        return _step(claim, actor, "refer", REFERRED)


def note_investigation(actor: User | None, claim_id: UUID, *, text: str) -> InvestigationNote:
    """Write into the open investigation of the claim; it cannot be changed later. Raises Conflict ("not_referred")."""
    require(actor, "fraud.investigate_claim")
    words = _text(text, field="text")
    with unit_of_work(actor):
        claim = locked(Claim.objects.all(), claim_id, None)
        refuse_parties(actor, claim)
        note = InvestigationNote(referral=_open_referral(claim), author=actor, text=words)
        check(note)
        note.save(force_insert=True)
        return note


def close_referral(actor: User | None, claim_id: UUID, *, outcome: str, reason: str, version: int | None = None) -> Claim:
    """End the investigation: founded or unfounded, with the reason. The claim is then where it was, and decided as any other."""
    require(actor, "fraud.investigate_claim")
    why = _text(reason)
    if outcome not in Referral.Outcome.values:
        raise Invalid("The outcome is founded or unfounded.", code="invalid", field="outcome")
    with unit_of_work(actor):
        claim = locked(Claim.objects.all(), claim_id, version)
        refuse_parties(actor, claim)
        referral = _open_referral(claim)
        referral.outcome, referral.outcome_reason = outcome, why
        referral.closed_by, referral.closed_at = actor, timezone.now()
        referral.save(update_fields=["outcome", "outcome_reason", "closed_by", "closed_at"])
        publish(ReferralClosed(claim.pk, claim.claim_number, outcome, actor.pk if actor else None))
        return _step(claim, actor, "end_referral", CLOSED)


def _open_referral(claim: Claim) -> Referral:
    referral = Referral.objects.filter(claim=claim, outcome="").first()
    if referral is None:
        raise Conflict(f"{claim.claim_number} is not with special investigation.", code="not_referred", field="status")
    return referral


def _text(text: str, field: str = "reason") -> str:
    if field == "reason":
        text = required_reason(text)
    if not text.strip():
        raise Invalid("Write something.", code="required", field=field)
    if len(text) > LONGEST:
        raise Invalid(f"Write at most {LONGEST:,} characters.", code="max_length", field=field)
    return text.strip()


def _step(claim: Claim, actor: User | None, command: str, said: str) -> Claim:
    return move(claim, actor, command, status=Status(claim.status), stage=stage_after(claim, command), reason=said)


def referral_of(actor: User, claim: Claim) -> Referral:
    """The latest referral of the claim, for investigators. Raises NotAllowed, and NotFound where there was none."""
    require(actor, "fraud.investigate_claim")
    return found_or_refuse(claim.referrals.order_by("referred_at", "id").last(), Referral)
