"""The second person's word on more cover from before a known loss or an earlier day: an endorsement, a correction, a reinstatement."""

from decimal import Decimal
from uuid import UUID

from django.utils import timezone

from policies.models import EndorsementRequest, Policy
from policies.models.values import restored
from policies.rules import Endorsement
from policies.services.booking import record
from policies.services.correcting import correct_as_asked, prior_of
from policies.services.endorsing import Clashing, draft_endorsement, endorse, unsaid_clashes
from policies.services.reinstating import draft_reinstatement, reinstate
from policies.terms import is_of_cover, own_covers
from vanguard.accounts.models import User
from vanguard.accounts.permissions import require
from vanguard.audit import change, unit_of_work
from vanguard.errors import Conflict
from vanguard.querysets import locked

Outcome = EndorsementRequest.Outcome


def approve_endorsement(actor: User | None, policy_id: UUID, *, version: int | None = None) -> Policy:
    """Book the endorsement, the correction or the reinstatement that waits, as it was asked for.

    Raises Conflict: "nothing_waits", "four_eyes" for who asked for it and for the platform, which is no person, "party" for the insured,
    and whatever has come to stand against it meanwhile.
    """
    require(actor, "policies.approve_endorsement")
    with unit_of_work(actor):
        # A term is locked before what renews it, always; a correction may move where the two meet.
        prior = prior_of(policy_id)
        policy = locked(Policy.objects.all(), policy_id, version)
        request = _waiting(policy)
        if actor is None:
            raise Conflict("A person approves it, and nobody is named.", code="four_eyes")
        if request.requested_by_id == actor.pk:
            raise Conflict("You asked for this yourself; another person approves it.", code="four_eyes")
        if policy.customer.user_id == actor.pk:
            raise Conflict("You are the insured of this policy, so another person approves it.", code="party")
        by = f"No known loss: {request.statement} Asked for by {request.requested_by or 'the platform'}."
        why = f"{request.reason} {by}".strip()
        if request.kind == EndorsementRequest.Kind.CORRECTION:
            done = correct_as_asked(policy, request, actor, prior, why)
        else:
            book = _reinstatement if request.kind == EndorsementRequest.Kind.REINSTATEMENT else _endorsement
            done = book(policy, request, actor, why)
        _decide(request, actor, Outcome.APPROVED)
        return done


def _endorsement(policy: Policy, request: EndorsementRequest, actor: User | None, reason: str) -> Policy:
    asked = _as_asked(request)
    draft = draft_endorsement(None, policy, asked, approved=True, hold=True)
    if unsaid := unsaid_clashes(draft, asked):
        raise Clashing(unsaid)
    return endorse(draft, actor, reason)


def _reinstatement(policy: Policy, request: EndorsementRequest, actor: User | None, reason: str) -> Policy:
    return reinstate(draft_reinstatement(None, policy, effective_at=request.effective_at, approved=True, hold=True), actor, reason)


def decline_endorsement(actor: User | None, policy_id: UUID, *, reason: str = "", version: int | None = None) -> Policy:
    """Drop what waits: the second person declines it, or who asked for it takes it back."""
    with unit_of_work(actor):
        policy = locked(Policy.objects.all(), policy_id, version)
        request = _waiting(policy)
        if actor is None or request.requested_by_id != actor.pk:
            require(actor, "policies.approve_endorsement")
        _decide(request, actor, Outcome.DECLINED)
        change(policy)
        record(policy, actor, "decline", from_status=policy.status, reason=reason.strip())
        return policy


def _waiting(policy: Policy) -> EndorsementRequest:
    request = policy.endorsement_requests.filter(outcome=Outcome.WAITING).select_related("requested_by").first()
    if request is None:
        raise Conflict("Nothing of this policy waits for an approval.", code="nothing_waits")
    return request


def _decide(request: EndorsementRequest, actor: User | None, outcome: str) -> None:
    request.outcome, request.decided_by, request.decided_at = outcome, actor, timezone.now()
    request.save(update_fields=["outcome", "decided_by", "decided_at"])


def _as_asked(request: EndorsementRequest) -> Endorsement:
    values = restored(request.terms)
    return Endorsement(
        terms={name: value for name, value in values.items() if not is_of_cover(name)},
        covers=own_covers(values),
        factors={name: Decimal(factor) for name, factor in request.factors.items()},
        effective_at=request.effective_at,
        reason=request.reason,
        keep=request.keep,
        no_known_loss=request.statement,
    )
