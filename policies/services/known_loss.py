"""More cover from before a known loss: refused, or kept as a request for a second person. (docs/decisions/0053 and 0065)"""

from typing import Any

from policies.events import CoverWidening
from policies.models import EndorsementRequest, Policy
from policies.products.models import Coverage, ProductVersion
from policies.reading import Draft, Promise, promises_of
from policies.rules import field_of, widened
from policies.services.booking import record
from policies.terms import Segment, is_of_cover
from vanguard.accounts.models import User
from vanguard.audit import change
from vanguard.errors import Conflict
from vanguard.events import consult
from vanguard.validation import check

Outcome = EndorsementRequest.Outcome


def refuse_known_loss(draft: Draft) -> None:
    """Raises Conflict ("known_loss") at the field by which more of a known loss would be covered."""
    for each in widened(draft.before, draft.after):
        consult(CoverWidening(draft.policy.id, field_of(each.field), each.starts_at, each.ends_at))


def refuse_known_loss_by_product(draft: Draft, pinned: ProductVersion | None, field: str) -> None:
    """The same where the policy moves to another version of a product, because of the new value of `field`: a type of loss may be
    answered by a coverage with other figures, by another rule, or under another aggregate."""
    was, will = promises_of(draft.policy.product_version_id), promises_of(pinned.pk if pinned else None)
    # A coverage that one of them does not have pays neither more nor less; what the others pay is told by their promises.
    for each in widened(draft.before, draft.after):
        if not is_of_cover(each.field):
            consult(CoverWidening(draft.policy.id, each.field, each.starts_at, each.ends_at))
    for old in draft.before.segments:
        for new in draft.after.segments:
            start, end = max(old.starts_at, new.starts_at), min(old.ends_at, new.ends_at)
            pairs = ((was.get(kind, was[""]), will.get(kind, will[""])) for kind in {*was, *will})
            if start < end and new.in_force and any(_pays_more(old, before, new, after) for before, after in pairs):
                consult(CoverWidening(draft.policy.id, field, start, end, by_product=True))


def _pays_more(old: Segment, was: Promise, new: Segment, will: Promise) -> bool:
    """Whether any loss may be paid more by the promise `will`, with the figures of `new`, than by `was`."""
    (limit, deductible), (new_limit, new_deductible) = old.terms.figures_for(was.code), new.terms.figures_for(will.code)
    up_to, in_full = Coverage.SettlementRule.LIMIT, Coverage.Valuation.REPLACEMENT_COST
    return (
        new_limit > limit
        or new_deductible < deductible
        or (will.rule == up_to and was.rule != up_to)
        or (will.valuation == in_full and was.valuation != in_full)
        or (was.aggregate is not None and (will.aggregate is None or will.aggregate > was.aggregate))
    )


def needs_second_person(draft: Draft, statement: str) -> bool:
    """Whether more of a known loss would be covered. Raises Conflict ("known_loss") without the insured's statement."""
    try:
        refuse_known_loss(draft)
    except Conflict:
        if not statement.strip():
            raise
        return True
    return False


def ask_second_person(draft: Draft, actor: User | None, *, statement: str, reason: str, **asked: Any) -> Policy:
    """Keep what is asked for until another person decides. Raises Conflict ("waiting") while another request of the policy does."""
    policy, kind = draft.policy, EndorsementRequest.Kind(draft.new.kind.value)
    if policy.endorsement_requests.filter(outcome=Outcome.WAITING).exists():
        raise Conflict("Another change of this policy waits for its approval.", code="waiting")
    request = EndorsementRequest(
        policy=policy,
        kind=kind,
        effective_at=draft.new.effective_at,
        reason=reason,
        statement=statement,
        requested_by=actor,
        **asked,
    )
    check(request)
    request.save(force_insert=True)
    # Whoever looked at the policy before has not seen what waits now.
    change(policy)
    why = "more of the past would be covered" if kind == EndorsementRequest.Kind.CORRECTION else "more cover from before a known loss"
    record(policy, actor, "ask", from_status=policy.status, reason=f"{kind.label}: {why}")
    return policy
