"""What was in force at a moment, as known at another: what claims ask, and what the time machine shows."""

import datetime
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from uuid import UUID

from django.db.models import F

from policies.models import Policy, PolicySegment, PolicyVersion
from policies.reading.history import versions_of
from policies.terms import OwnCovers, figures_for
from vanguard.errors import NotFound


@dataclass(frozen=True, slots=True)
class Cover:
    """The terms that held at a moment, from `starts_at` to `ends_at`, by the policy's `version`; `in_force` or not.

    Limit and deductible are the policy's, which are its principal coverage's; `covers` are the coverages that have their own.
    """

    in_force: bool
    version: int
    starts_at: datetime.datetime
    ends_at: datetime.datetime
    limit: Decimal
    deductible: Decimal
    policy_type: str
    covers: OwnCovers = field(default_factory=dict)

    def answering(self, coverage: str) -> "Cover":
        """The same cover with the limit and the deductible of the coverage of this code."""
        limit, deductible = figures_for(coverage, self.covers, self.limit, self.deductible)
        return replace(self, limit=limit, deductible=deductible)


@dataclass(frozen=True, slots=True)
class AsOf:
    """A policy as effective at `effective_at` and known at `known_at`: by which version, and in which segment.

    `segment` is the nearest one where the moment lies outside the term; then `in_force` is False. `left_out` counts the
    versions that were booked later. `lapsed_at` is when a grace had run out unpaid of which the cancellation was not booked yet;
    `lapsed_along`: of the term before, so that nothing of this one is covered.
    """

    effective_at: datetime.datetime
    known_at: datetime.datetime
    version: PolicyVersion
    segments: list[PolicySegment]
    segment: PolicySegment
    in_force: bool
    left_out: int
    lapsed_at: datetime.datetime | None = None
    lapsed_along: bool = False

    @property
    def cancelled_at(self) -> datetime.datetime | None:
        """From when the term was known to be uncovered to its end."""
        uncovered = None
        for segment in reversed(self.segments):
            if segment.in_force:
                break
            uncovered = segment.starts_at
        return min((moment for moment in (uncovered, self.lapsed_at) if moment is not None), default=None)


def cover_at(policy: Policy, moment: datetime.datetime, known_at: datetime.datetime | None = None) -> Cover:
    """The cover at `moment`, as known at `known_at` (now, unless given). Outside the term it is the row's, not in force.

    A grace that had run out unpaid has ended the cover, whether or not that is booked yet.
    No query for a policy on which nothing was booked after its first version: its row tells all.
    Raises NotFound when the policy was not booked yet at `known_at`.
    """
    booked = _booked_at(policy, moment, known_at)
    lapse = policy.lapsed_from() if known_at is None else _lapsed_then(policy, booked.version, known_at)
    return _until(lapse, booked, moment)


def covers_at(losses: Sequence[tuple[Policy, datetime.datetime]]) -> list[Cover]:
    """What `cover_at` tells of each, as known now, in their order: one query for all of them."""
    changed = {policy.pk for policy, _ in losses if policy.booked_versions > 1}
    last = PolicySegment.objects.filter(version__policy__in=changed, version__number=F("version__policy__booked_versions"))
    segments: dict[UUID, list[PolicySegment]] = defaultdict(list)
    for segment in last.select_related("version").order_by() if changed else ():
        segments[segment.version.policy_id].append(segment)
    found = []
    for policy, moment in losses:
        held = next((each for each in segments[policy.pk] if each.starts_at <= moment < each.ends_at), None)
        booked = _from_segment(policy.booked_versions, held) if held else _from_row(policy, _tells_alone(policy) and _holds(policy, moment))
        found.append(_until(policy.lapsed_from(), booked, moment))
    return found


def _until(lapse: datetime.datetime, booked: Cover, moment: datetime.datetime) -> Cover:
    """What was booked, no longer than to the lapse."""
    if not booked.in_force or lapse >= booked.ends_at:
        return booked
    return replace(booked, in_force=False, starts_at=max(lapse, booked.starts_at)) if lapse <= moment else replace(booked, ends_at=lapse)


def _booked_at(policy: Policy, moment: datetime.datetime, known_at: datetime.datetime | None) -> Cover:
    if _tells_alone(policy) and known_at is None:
        return _from_row(policy, _holds(policy, moment))
    number = policy.booked_versions if known_at is None else known_version(policy, known_at).number
    segment = PolicySegment.objects.filter(
        version__policy=policy, version__number=number, starts_at__lte=moment, ends_at__gt=moment
    ).first()
    return _from_row(policy, in_force=False) if segment is None else _from_segment(number, segment)


def _tells_alone(policy: Policy) -> bool:
    """Nothing was booked after its first version, so that its row tells all."""
    return policy.booked_versions == 1


def _holds(policy: Policy, moment: datetime.datetime) -> bool:
    return policy.start_date <= moment < (policy.cancelled_at or policy.end_date)


def _from_segment(number: int, segment: PolicySegment) -> Cover:
    return Cover(
        in_force=segment.in_force,
        version=number,
        starts_at=segment.starts_at,
        ends_at=segment.ends_at,
        limit=segment.coverage_amount,
        deductible=segment.deductible_amount,
        policy_type=segment.policy_type,
        covers=segment.own_covers,
    )


def _from_row(policy: Policy, in_force: bool) -> Cover:
    return Cover(
        in_force=in_force,
        version=policy.booked_versions,
        starts_at=policy.start_date,
        ends_at=policy.cancelled_at or policy.end_date,
        limit=policy.coverage_amount,
        deductible=policy.deductible_amount,
        policy_type=policy.policy_type,
        covers=policy.own_covers,
    )


def _lapsed_then(policy: Policy, number: int, known_at: datetime.datetime) -> datetime.datetime:
    """As Policy.lapsed_from, where `number` was the last version at `known_at`: a lapse that was booked since held from its own moment
    on, and was told of then, also of a term that ended along. What a person cancels for that reason was not known before."""
    lapse = policy.lapsed_from(known_at)
    if number == policy.booked_versions:
        return lapse
    lapses = versions_of(policy).filter(number__gt=number, lapsed_at__lte=known_at).values_list("lapsed_at", flat=True)
    return min([lapse, *(each for each in lapses if each is not None)])


def known_version(policy: Policy, known_at: datetime.datetime) -> PolicyVersion:
    """The last version booked at or before `known_at`. Raises NotFound."""
    version = versions_of(policy, known_at).last()
    if version is None:
        raise NotFound(not_booked_yet(policy, known_at), code="not_known_yet", field="known_at")
    return version


def not_booked_yet(policy: Policy, known_at: datetime.datetime) -> str:
    return f"{policy.policy_number} was not booked yet at {known_at:%Y-%m-%d %H:%M} UTC."


def as_of(policy: Policy, effective_at: datetime.datetime, known_at: datetime.datetime) -> AsOf:
    """The policy at another moment. Raises NotFound when it was not booked yet at `known_at`."""
    return held_by(policy, known_version(policy, known_at), effective_at, known_at)


def held_by(policy: Policy, version: PolicyVersion, effective_at: datetime.datetime, known_at: datetime.datetime) -> AsOf:
    """As `as_of`, where it is known already which version was the last one then."""
    segments = list(version.segments.order_by("starts_at"))
    held = next((segment for segment in segments if segment.starts_at <= effective_at < segment.ends_at), None)
    nearest = held or segments[0 if effective_at < segments[0].starts_at else -1]
    lapse, end = _lapsed_then(policy, version.number, known_at), segments[-1].ends_at
    in_force = held is not None and held.in_force and effective_at < lapse
    start, left_out = segments[0].starts_at, policy.booked_versions - version.number
    along = policy.renews_id is not None and lapse < start
    lapsed_at = max(lapse, start) if lapse < end else None
    return AsOf(effective_at, known_at, version, segments, nearest, in_force, left_out, lapsed_at, along)
