"""How a renewal stands to the term before it. (docs/decisions/0122)"""

import datetime
from dataclasses import dataclass
from uuid import UUID

from django.db.models import F
from django.utils import timezone

from policies.models import Policy
from policies.reading.coverages import codes_with_own
from policies.reading.history import timeline_of, versions_of
from policies.rules import label_of
from policies.terms import LIMIT, Kind, Terms, Timeline, Value, fields_of, is_of_cover, split_field, timeline

Reason = Policy.CancellationReason
FIELDS = ("policy_type", "premium_amount", "coverage_amount", "deductible_amount")


@dataclass(frozen=True, slots=True)
class Behind:
    """A field, or a figure of a single coverage, that was changed on the term before since the renewal was made: the renewal begins with
    `renewal`, the term ends with `now`.

    `own`: the renewal was given a value of its own, so it is not older, but other on purpose.
    """

    field: str
    renewal: Value
    now: Value
    own: bool


def renewal_of(policy: Policy) -> Policy | None:
    """The policy that renews this one, cancelled or not. A query, unless it was read along."""
    return Policy.objects.filter(renews=policy.pk).first()


def numbers_of_all_terms(policy_id: UUID) -> list[str]:
    """The numbers of the policy, of the terms before it, and of those that renew it. A query a term."""
    terms = Policy.objects.values_list("policy_number", "renews", "renewal")
    number, before, after = terms.get(pk=policy_id)
    numbers = [number]
    while before:
        number, before, _ = terms.get(pk=before)
        numbers.append(number)
    while after:
        number, _, after = terms.get(pk=after)
        numbers.append(number)
    return numbers


def has_begun(policy: Policy, now: datetime.datetime | None = None) -> bool:
    """Whether the term has begun."""
    return policy.start_date <= (now or timezone.now())


def ends_with_prior(policy: Policy) -> datetime.datetime | None:
    """When the term before it lapses unpaid, where that is before its end: nothing of the renewal is covered then. A query for a
    renewal, none for others."""
    if policy.renews_id is None:
        return None
    prior = Policy.objects.filter(pk=policy.renews_id, lapses_at__lt=F("end_date"))
    return prior.values_list("lapses_at", flat=True).first()


def behind(policy: Policy, renewal: Policy, after: Timeline | None = None) -> tuple[Behind, ...]:
    """In which fields `renewal` begins on other terms than `policy` ends on, because those changed since the renewal was made.

    `after` is the term with a booking that is not made yet. A renewal that is cancelled or over is behind in nothing.
    """
    if renewal.current_status != Policy.Status.ACTIVE:
        return ()
    ends = _ends_since(policy, renewal.created_at)
    now = after.segments[-1].terms if after else ends[-1]
    changed = [name for name in (*FIELDS, *_figures_in(*ends, now)) if any(_value(then, name) != _value(now, name) for then in ends)]
    if any(is_of_cover(name) for name in changed):
        codes = codes_with_own(renewal)
        changed = [name for name in changed if not is_of_cover(name) or split_field(name)[1] in codes]
    if not changed:
        return ()
    begins = timeline_of(renewal).segments[0].terms
    return tuple(
        Behind(name, _value(begins, name), _value(now, name), own=_value(begins, name) not in {_value(then, name) for then in ends})
        for name in changed
        if _value(begins, name) != _value(now, name)
    )


def _figures_in(*terms: Terms) -> list[str]:
    """The figures that a coverage has of its own in any of these, by their fields."""
    return sorted({name for each in terms for name in fields_of(dict(each.covers))})


def _value(terms: Terms, name: str) -> Value:
    """What a field comes to. A coverage without a figure of its own is under the policy's."""
    if not is_of_cover(name):
        value: Value = getattr(terms, name)
        return value
    limit, deductible = terms.figures_for(split_field(name)[1])
    return limit if name.startswith(LIMIT) else deductible


def _ends_since(policy: Policy, moment: datetime.datetime) -> list[Terms]:
    """On which terms the policy was known to end: at `moment`, and after each booking since."""
    versions = list(versions_of(policy))
    first = max(1, sum(version.booked_at <= moment for version in versions))
    booked = [version.transaction for version in versions]
    return [timeline(booked[:number]).segments[-1].terms for number in range(first, len(booked) + 1)]


def words_of_renewal(policy: Policy) -> str:
    """What has become of the renewal, where there is something to say of it; else empty."""
    renewal = renewal_of(policy)
    if renewal is None:
        return ""
    if renewal.cancellation_reason == Reason.PRIOR_TERM:
        return f"Its renewal {renewal} is cancelled along." if policy.cancelled_at else f"Its renewal {renewal} stays cancelled."
    if found := older(behind(policy, renewal)):
        return f"Its renewal {words_of_behind(renewal, found)}"
    back = renewal.status == Policy.Status.ACTIVE and renewal.versions.latest("number").kind == Kind.REINSTATEMENT
    return f"Its renewal {renewal} is in force again." if back else ""


def words_of_behind(renewal: Policy, found: tuple[Behind, ...]) -> str:
    """POL-2026-000001-R2 stands on older terms: limit, deductible."""
    return f"{renewal} stands on older terms: {', '.join(label_of(each.field).lower() for each in found)}."


def older(found: tuple[Behind, ...]) -> tuple[Behind, ...]:
    """Without what was given to the renewal on purpose."""
    return tuple(each for each in found if not each.own)
