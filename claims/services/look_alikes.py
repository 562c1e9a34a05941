"""A first notice against the claims that are there: the same loss is held for a person, another one of the same event is linked."""

import datetime
from collections.abc import Collection, Sequence
from uuid import UUID

from claims.intake.models import ClaimLink
from claims.intake.near import MOST, MOST_LINKED, Neighbour, near, same_type
from claims.models import Claim
from claims.parties.matching import marks_of, name_digests, open_marks
from claims.rules import refuse_parties
from claims.services.claimants import ToldClaimant, claimant_of
from claims.services.moving import claim_for, record, required_reason
from vanguard.accounts.models import User
from vanguard.accounts.permissions import may, require
from vanguard.audit import touch, unit_of_work
from vanguard.errors import Conflict, FieldError, Invalid
from vanguard.making import new
from vanguard.querysets import get_or_refuse
from vanguard.validation import check

FIELD = "not_duplicate_of"
OTHER_CLAIMANT = "Another claimant of the same event."


class PossibleDuplicate(Conflict):
    """The notice looks like claims that are filed. `alike` are those that the actor may see."""

    def __init__(self, alike: Sequence[Neighbour]) -> None:
        self.alike = tuple(alike)
        named = " and ".join(_told(each) for each in alike[:3])
        more = f" and {len(alike) - 3} more" if len(alike) > 3 else ""
        self.seems = f"This loss seems to be filed already{f': {named}{more}' if named else ''}."
        ways = "If it is another loss, say so with a reason; if it is the same, go on with that claim."
        errors = [FieldError(FIELD, "possible_duplicate", _told(each)) for each in alike]
        super().__init__(f"{self.seems} Nothing was filed. {ways}", code="possible_duplicate", field=FIELD, errors=errors)


def _told(each: Neighbour) -> str:
    return f"{each.claim_number}, {each.claim_type.replace('_', ' ')} of {each.incident_date:%Y-%m-%d %H:%M} UTC"


def links_of(
    claim: Claim,
    neighbours: Sequence[Neighbour],
    actor: User | None,
    not_duplicate_of: Collection[UUID],
    reason: str,
    *,
    marks: bool,
    claimant: frozenset[str] = frozenset(),
) -> list[ClaimLink]:
    """How the new claim stands to the claims of its day, not stored yet. `marks`: what looks alike is left for a person to decide.

    `claimant` is what the one who claims is known by (claims.parties.matching), where the notice names one. A claim of the same type on
    which only others claim is of the same event, and nothing to hold this one for.

    Raises PossibleDuplicate for one of the same type that is not in `not_duplicate_of`; Invalid where that is said without a reason.
    """
    if not_duplicate_of and not reason.strip():
        raise Invalid("Say why it is another loss.", code="required", field="not_duplicate_reason")
    alike = [each for each in neighbours if each.is_like(claim.claim_type)]
    others_claim = _of_other_claimants([each.id for each in alike], claimant)
    of_others = [each for each in alike if each.id in others_claim]
    alike = [each for each in alike if each.id not in others_claim]
    if not marks and any(each.id not in not_duplicate_of for each in alike):
        raise PossibleDuplicate([each for each in alike if _may_see(actor, claim) and each.id not in not_duplicate_of])
    others = [each for each in neighbours if not each.is_like(claim.claim_type)]
    nearest = sorted(others, key=lambda each: (abs(each.incident_date - claim.incident_date), each.id))[:MOST_LINKED]
    said = reason.strip()[:500]
    kind, by = (ClaimLink.Kind.LOOKS_ALIKE, None) if marks else (ClaimLink.Kind.ANOTHER_LOSS, actor)
    different = [new(ClaimLink, later=claim, earlier_id=each.id, kind=kind, reason=said, actor=by) for each in alike]
    same_event = [new(ClaimLink, later=claim, earlier_id=each.id, kind=ClaimLink.Kind.SAME_EVENT, actor=None) for each in nearest]
    same_event += [
        new(ClaimLink, later=claim, earlier_id=each.id, kind=ClaimLink.Kind.SAME_EVENT, reason=OTHER_CLAIMANT, actor=None)
        for each in of_others
    ]
    return different + same_event


def look_alikes(
    actor: User, *, policy_id: UUID, claim_type: str, incident_date: datetime.datetime, claimant: ToldClaimant | None = None
) -> list[Claim]:
    """The claims that a notice of this loss would be held for, of those that the actor may see.

    With a `claimant`, whom staff name as a filing does, not those on which only others claim: they would be linked as the same event.
    Who is no customer is told by the name alone: e-mail and phone are masked, and a question that leaves no trace confirms neither.
    Raises NotAllowed, and what the claimant's data is refused for.
    """
    marks: frozenset[str] = frozenset()
    if claimant is not None:
        require(actor, "parties.add_claimant")
        named = claimant_of(claimant, actor)
        marks = frozenset(name_digests(named.name or "")) if named.customer is None else marks_of(named)
    rows = near(policy_id, incident_date).visible_to(actor)[:MOST]
    alike = {each.pk: each for each in rows if same_type(each.claim_type, claim_type)}
    for other in _of_other_claimants(alike, marks):
        del alike[other]
    return list(alike.values())


def _of_other_claimants(alike: Collection[UUID], claimant: frozenset[str]) -> set[UUID]:
    """Those on which somebody claims, and none of them is this claimant. No query where the notice names nobody, or nothing is alike."""
    if not claimant or not alike:
        return set()
    return {claim for claim, marks in open_marks(alike).items() if not claimant & marks}


def _may_see(actor: User | None, claim: Claim) -> bool:
    """All of them are on one policy: who is outside staff files on the own ones only, and sees what is on them."""
    return actor is None or not actor.is_staff or may(actor, "claims.view_claim")


def refuse_undecided(claim: Claim) -> None:
    """What looks like a filed claim costs nothing before a person has said that it is another loss. Raises Conflict ("look_alike")."""
    undecided = ClaimLink.objects.filter(later=claim, kind=ClaimLink.Kind.LOOKS_ALIKE).select_related("earlier").first()
    if undecided is not None:
        ways = "Link the two if both are to be paid; deny this one if it is the same loss."
        raise Conflict(f"{claim} seems to be the same loss as {undecided.earlier}. {ways}", code="look_alike")


def link_claims(actor: User | None, claim_id: UUID, *, other_id: UUID, reason: str, version: int | None = None) -> Claim:
    """Mark the claims as of one event, whichever policies they are on; two that looked alike are then two losses.

    Raises Conflict "linked" where that is settled already; "party", for both: a claim that looked like another may be paid then.
    """
    why = required_reason(reason)
    with unit_of_work(actor):
        claim = claim_for(actor, "claims.change_claim", claim_id, version)
        refuse_parties(actor, claim)
        other = get_or_refuse(Claim.objects.select_for_update(no_key=True), other_id, field="other_id")
        if other.pk == claim.pk:
            raise Invalid("Name another claim than this one.", code="invalid", field="other_id")
        refuse_parties(actor, other)
        earlier, later = sorted((claim, other), key=lambda each: (each.created_at, each.pk))
        link = ClaimLink.objects.filter(earlier=earlier, later=later).first() or ClaimLink(earlier=earlier, later=later)
        if link.kind and link.kind != ClaimLink.Kind.LOOKS_ALIKE:
            raise Conflict(f"{claim} and {other} are linked already.", code="linked", field="other_id")
        link.kind, link.reason, link.actor = ClaimLink.Kind.SAME_EVENT, why, actor
        check(link)
        link.save()
        for one, two in ((claim, other), (other, claim)):
            touch(one)
            record(one, actor, "link", from_status=one.status, reason=f"{two}: {why}")
        return claim
