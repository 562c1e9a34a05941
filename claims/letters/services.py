"""Writing letters: with the step that they tell of, in its transaction, or when somebody asks for one. The same words are kept once."""

import datetime
import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from uuid import UUID

from django.utils import timezone

from claims.clocks.keeping import letter_sent
from claims.decisions.models import Appeal, Denial, InformationRequest
from claims.events import ClaimLetterSent
from claims.letters import wording
from claims.letters.models import ClaimLetter, LetterKind
from claims.letters.reading import law_of, texts_for
from claims.models import Claim, ClaimPayment, SettlementProof
from vanguard.accounts.models import User
from vanguard.accounts.permissions import require
from vanguard.accounts.zones import zone_of
from vanguard.audit import unit_of_work
from vanguard.documents.keeping import store
from vanguard.documents.papers import Block, Paper
from vanguard.documents.sealed import OwnedContent
from vanguard.errors import Conflict, Invalid
from vanguard.events import publish
from vanguard.querysets import get_or_refuse

K = LetterKind
# What a person may ask for; the others are written with the step that they tell of.
ON_DEMAND = (K.ACKNOWLEDGEMENT, K.STATUS, K.APPROVAL, K.PAYMENT)


@dataclass(frozen=True, slots=True)
class Written:
    """A letter, and whether it was written just now or there already."""

    letter: ClaimLetter
    is_new: bool


def write_letter(actor: User | None, claim_id: UUID, *, kind: str) -> Written:
    """The letter of this kind for the claim as it stands. Raises Invalid for a kind that is not asked for, Conflict ("nothing_to_say")."""
    require(actor, "letters.add_claimletter")
    if kind not in ON_DEMAND:
        raise Invalid(f"Kind is one of {', '.join(ON_DEMAND)}.", code="unknown", field="kind")
    with unit_of_work(actor):
        claim = get_or_refuse(Claim.objects.select_for_update(no_key=True, of=("self",)).select_related("policy__customer"), claim_id)
        return keep(claim, actor, LetterKind(kind), draft(claim, LetterKind(kind)))


def draft(claim: Claim, kind: LetterKind) -> Paper:
    """A letter on demand, as it would be written now. Raises Conflict ("nothing_to_say") where there is nothing that it could tell."""
    today = timezone.now()
    if kind == K.ACKNOWLEDGEMENT:
        return _paper(claim, kind, wording.acknowledgement(claim), claim.reported_date)
    if kind == K.STATUS and claim.is_open and claim.processed_date is None:
        return _paper(claim, kind, wording.status(claim), today)
    proof = _proof_of(claim)
    if kind == K.APPROVAL and proof is not None and claim.status == Claim.Status.APPROVED:
        return _paper(claim, kind, wording.approval(claim, proof), proof.made_at)
    paid = ClaimPayment.objects.filter(claim=claim, paid_at__isnull=False, amount__gt=0).order_by("paid_at", "id").last()
    if kind == K.PAYMENT and paid is not None:
        paid.claim = claim
        return _paper(claim, kind, wording.payment(paid), paid.paid_at or today)
    raise Conflict(f"Nothing has happened on {claim.claim_number} that “{kind.label}” could tell of.", code="nothing_to_say", field="kind")


def kinds_of(claim: Claim, *, has_proof: bool, is_paid: bool) -> list[LetterKind]:
    """Which letters can be asked for as the claim stands; what `draft` needs is known already."""
    waits = claim.is_open and claim.processed_date is None
    return [
        K.ACKNOWLEDGEMENT,
        *([K.STATUS] if waits else []),
        *([K.APPROVAL] if has_proof and claim.status == Claim.Status.APPROVED else []),
        *([K.PAYMENT] if is_paid else []),
    ]


def draft_denial(denial: Denial) -> Paper:
    """The letter of a denial, made or about to be: of the first decision, or of the one on an appeal."""
    if denial.appeal is None:
        return _paper(denial.claim, K.DENIAL, wording.denial(denial), denial.decided_at)
    return _paper(denial.claim, K.APPEAL_DECIDED, wording.appeal_upheld(denial), denial.decided_at)


def draft_request(asked: InformationRequest) -> Paper:
    """The letter that asks for information."""
    return _paper(asked.claim, K.INFORMATION, wording.information(asked), asked.asked_at)


def tell_denial(actor: User | None, denial: Denial) -> ClaimLetter:
    """Write the letter of a denial that has just been made."""
    kind = K.DENIAL if denial.appeal is None else K.APPEAL_DECIDED
    return keep(denial.claim, actor, kind, draft_denial(denial), made_at=denial.decided_at).letter


def tell_overturned(actor: User | None, claim: Claim, proof: SettlementProof) -> ClaimLetter:
    """Write that an appeal was decided for the insured."""
    return keep(
        claim, actor, K.APPEAL_DECIDED, _paper(claim, K.APPEAL_DECIDED, wording.appeal_overturned(claim, proof), proof.made_at)
    ).letter


def tell_appeal(actor: User | None, appeal: Appeal) -> ClaimLetter:
    """Write that an appeal has come."""
    claim = appeal.claim
    paper = _paper(claim, K.APPEAL_RECEIVED, wording.appeal_received(appeal, claim.due_at), appeal.received_at)
    return keep(claim, actor, K.APPEAL_RECEIVED, paper).letter


def tell_request(actor: User | None, asked: InformationRequest) -> ClaimLetter:
    """Write what is asked for."""
    return keep(asked.claim, actor, K.INFORMATION, draft_request(asked)).letter


def keep(claim: Claim, actor: User | None, kind: LetterKind, paper: Paper, *, made_at: datetime.datetime | None = None) -> Written:
    """Store the letter, made now unless a moment is given, and say that it went out. No decision waits for a typeface: what cannot be
    set is left out, visibly."""
    digest = hashlib.sha256(json.dumps([wording.EDITION, asdict(paper)], default=_plain, sort_keys=True).encode()).hexdigest()
    found = ClaimLetter.objects.filter(claim=claim, kind=kind, digest=digest).first()
    if found:
        return Written(found, is_new=False)
    content = _rendered(paper, claim)
    made = ClaimLetter(
        claim=claim,
        kind=kind,
        name=f"{claim.claim_number} {kind.replace('_', ' ')}.pdf",
        size=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        digest=digest,
        jurisdiction=law_of(claim),
        made_by=actor,
        made_at=made_at or timezone.now(),
    )
    store(made, OwnedContent(content, claim.policy.customer.own_key()))
    letter_sent(claim, kind, made.made_at)
    actor_id = actor.pk if actor else None
    publish(
        ClaimLetterSent(
            claim.pk, claim.claim_number, claim.claim_type, claim.status, claim.stage, None, actor_id, letter_id=made.pk, kind=str(kind)
        )
    )
    return Written(made, is_new=True)


def _paper(claim: Claim, kind: LetterKind, blocks: Sequence[Block], at: datetime.datetime) -> Paper:
    day = at.astimezone(zone_of(claim.policy)).date()
    return wording.letter(claim, kind, day, blocks, texts_for(law_of(claim), kind, day))


def _proof_of(claim: Claim) -> SettlementProof | None:
    return SettlementProof.objects.filter(claim=claim).order_by("made_at").last()


def _plain(value: object) -> str | list[object]:
    return sorted(value) if isinstance(value, frozenset) else str(value)


def _rendered(paper: Paper, claim: Claim) -> bytes:
    # Loaded with the first letter: it would add half a second to the start of every process, most of which never write one.
    from vanguard.documents.pdf import render
    from vanguard.documents.printing import settable

    named = f"the insured of policy {claim.policy.policy_number}"
    return render(settable(paper, name=claim.policy.customer.full_name, instead=named))
