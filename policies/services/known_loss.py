"""More cover from before a known loss: refused, or kept as a request for a second person. (docs/decisions/0053 and 0065)"""

from typing import Any

from policies.events import CoverWidening
from policies.models import EndorsementRequest, Policy
from policies.reading import Draft
from policies.rules import field_of, widened
from policies.services.booking import record
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
    record(policy, actor, "ask", from_status=policy.status, reason=f"{kind.label}: more cover from before a known loss")
    return policy
