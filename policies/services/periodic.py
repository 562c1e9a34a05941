"""What time does to policies, written down. Each can run twice, or on two machines at once: a policy is done once.

Nothing waits for it: what is computed (status, cover, claims) asks the clock itself.
"""

import datetime
from collections.abc import Callable

from django.utils import timezone

from policies.models import Policy, PolicyQuerySet
from policies.models.policy import lapsed
from policies.reading import timeline_of
from policies.services.booking import record, standing
from policies.services.renewing import renew_policy
from vanguard.audit import change, unit_of_work
from vanguard.errors import DomainError


def expire_policies(now: datetime.datetime | None = None) -> int:
    """Active policies past their end become expired; how many."""
    moment = now or timezone.now()
    # One that lapsed before its end has not expired: its cancellation is still to be booked.
    over = Policy.objects.filter(status=Policy.Status.ACTIVE, end_date__lte=moment).exclude(lapsed(moment))
    return _each(over, _expire)


def bring_forward(now: datetime.datetime | None = None) -> int:
    """Terms that were booked for a moment that has come become the policy's own; how many policies."""
    moment = now or timezone.now()
    due = Policy.objects.filter(next_change_at__lte=moment)
    return _each(due, lambda policy: change(policy, **standing(timeline_of(policy), moment)))


def offer_renewals(days: int, now: datetime.datetime | None = None) -> tuple[int, int]:
    """Book the renewal of each policy that ends within `days`: how many, and how many could not be."""
    moment = now or timezone.now()
    ending = Policy.objects.filter(
        status=Policy.Status.ACTIVE, end_date__gt=moment, end_date__lte=moment + datetime.timedelta(days=days), renewal=None
    ).exclude(lapsed(moment))
    refused: list[str] = []

    def offer(policy: Policy) -> None:
        try:
            renew_policy(None, policy.pk)
        except DomainError as error:
            refused.append(f"{policy.policy_number}: {error.message}")

    made = _each(ending, offer)
    return made - len(refused), len(refused)


def _each(rows: PolicyQuerySet, step: Callable[[Policy], None]) -> int:
    """Do `step` to each of `rows`, one transaction a policy, passing over those that another worker holds or has done."""
    done = 0
    for pk in list(rows.order_by("end_date", "id").values_list("pk", flat=True)):
        with unit_of_work(None):
            policy = rows.select_for_update(of=("self",), skip_locked=True).filter(pk=pk).first()
            if policy is not None:
                step(policy)
                done += 1
    return done


def _expire(policy: Policy) -> None:
    change(policy, status=Policy.Status.EXPIRED)
    record(policy, None, "expire", from_status=Policy.Status.ACTIVE)
