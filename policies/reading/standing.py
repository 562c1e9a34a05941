"""A policy's status, and why it was cancelled, as it was known: what its row says is of now."""

from policies.models import Policy, PolicyVersion
from policies.reading.cover import AsOf
from policies.terms import Kind

Reason, Status = Policy.CancellationReason, Policy.Status


def status_then(held: AsOf) -> str:
    """The status at the moment, as it was known."""
    if held.cancelled_at is not None:
        return Status.CANCELLED
    return Status.EXPIRED if held.segments[-1].ends_at <= held.effective_at else Status.ACTIVE


def cancelled_for(held: AsOf) -> str:
    """Why it was known to be cancelled: the reason of the last cancellation until then. Empty for none. A query where it was."""
    if held.cancelled_at is None:
        return ""
    if held.cancelled_at == held.lapsed_at:
        return Reason.PRIOR_TERM if held.lapsed_along else Reason.NON_PAYMENT
    known = PolicyVersion.objects.filter(policy=held.version.policy_id, kind=Kind.CANCELLATION, number__lte=held.version.number)
    version = known.order_by("number").last()
    return version.cause if version else ""
