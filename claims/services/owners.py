"""Who can own a claim, who is next, and what triage asks of an owner."""

from collections.abc import Callable, Iterable
from uuid import UUID

from django.db.models import Case, Count, IntegerField, Sum, Value, When

from claims.authority import claim_handlers
from claims.intake.matching import least_busy
from claims.intake.models import WEIGHTS, Queue, Severity, Triage
from claims.models import Claim
from vanguard.accounts.models import User
from vanguard.errors import Conflict


def next_member(
    queue: Queue, role_id: int | None, *, but: Iterable[UUID | None] = (), refused: Callable[[User], bool] = lambda _: False
) -> User | None:
    """The member of the queue with the least to do, who has the role and is not `refused`; None where there is none.

    The queue is locked first: of two claims at one instant the second is given with the first one counted.
    """
    Queue.objects.select_for_update(no_key=True).get(pk=queue.pk)
    left_out = set(but)
    members = {user.pk: user for user in members_of(queue, role_id) if user.pk not in left_out and not refused(user)}
    weights = [When(triage__severity=severity, then=Value(weight)) for severity, weight in WEIGHTS.items()]
    weighed = Sum(Case(*weights, default=Value(WEIGHTS[Severity.MEDIUM]), output_field=IntegerField()))
    owned = Claim.objects.open().order_by().filter(assignee__in=members)
    rows = list(owned.values("assignee").annotate(load=weighed, number=Count("pk")))
    loads, numbers = ({row["assignee"]: row[figure] for row in rows} for figure in ("load", "number"))
    chosen = least_busy(list(members), loads, numbers)
    return members[chosen] if chosen else None


def members_of(queue: Queue, role_id: int | None = None) -> list[User]:
    """Who takes claims from the queue, and has the role where one is asked for."""
    rows = User.objects.filter(claim_handlers(), queues=queue)
    return list((rows.filter(groups=role_id) if role_id else rows).distinct())


def require_role(claim: Claim, owner: User) -> None:
    """Raises Conflict ("needs_role") where triage asks for a role that `owner` does not have."""
    triage = Triage.objects.filter(claim=claim, role__isnull=False).select_related("role").first()
    if triage is None or triage.role is None or owner.is_superuser or owner.groups.filter(pk=triage.role_id).exists():
        return
    message = f"{claim.claim_number} is for somebody with the role {triage.role}; {owner} does not have it."
    raise Conflict(message, code="needs_role", field="assignee_id")
