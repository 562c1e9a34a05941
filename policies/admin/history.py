"""The policy page's history: its versions, the term drawn, and the time machine over both."""

import datetime
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from typing import Any

from django.http import HttpRequest
from django.utils import timezone

from policies.models import Policy, PolicySegment, PolicyVersion
from policies.reading import AsOf, as_of, cancelled_for, coverages_of, held_by, principal_of, status_then, versions_of
from policies.rules import field_of, label_of
from policies.terms import DEDUCTIBLE, LIMIT, Kind, figures_for
from vanguard.workbench.conflicts import shown
from vanguard.workbench.dates import day_named, end_of, full_instant, long_day

RIGHT, NARROW, WIDE = 1000, 150, 350


@dataclass(frozen=True, slots=True)
class Bar:
    """A stretch of the term, drawn from `left`, `width` wide, in thousandths; `words` where they fit."""

    left: int
    width: int
    words: str
    in_force: bool = True


@dataclass(frozen=True, slots=True)
class Moment:
    """A moment of the term, drawn."""

    at: int
    anchor: str
    words: str


@dataclass(frozen=True, slots=True)
class TimeMachine:
    """What the page shows, and as of when. `past` is set when that is not now; `missing` says why nothing can be shown."""

    held: AsOf
    past: bool
    effective: str
    known: str
    versions: list[PolicyVersion]
    later: list[PolicyVersion]
    missing: str = ""


def time_machine(request: HttpRequest, policy: Policy) -> TimeMachine:
    """As the address asks: each of two days means how things stood at its end. Without them, or with nonsense, now."""
    now = timezone.now()
    effective, known = _day(request, "effective"), _day(request, "known")
    versions = list(versions_of(policy).select_related("actor"))
    known_at = _end_of(known) or now
    missing = "" if versions[0].booked_at <= known_at else f"{policy} was not booked yet on {long_day(known_at)}."
    if missing:
        effective, known, known_at = None, None, max(now, versions[-1].booked_at)
    held = held_by(policy, _known(versions, known_at)[-1], _end_of(effective) or now, known_at)
    return TimeMachine(
        held=held,
        past=bool(effective or known),
        effective=effective.isoformat() if effective else "",
        known=known.isoformat() if known else "",
        versions=[version for version in versions if version.number <= held.version.number],
        later=[version for version in versions if version.number > held.version.number],
        missing=missing,
    )


def _known(versions: list[PolicyVersion], known_at: datetime.datetime) -> list[PolicyVersion]:
    return [version for version in versions if version.booked_at <= known_at]


def standing(held: AsOf) -> dict[str, str]:
    """The status as it was known, and why it was cancelled, in words."""
    reason = cancelled_for(held)
    return {"status": status_then(held), "why": Policy.CancellationReason(reason).label.lower() if reason else ""}


def is_of_the_past(request: HttpRequest) -> bool:
    """Whether the address asks for another day than today."""
    return bool(_day(request, "effective") or _day(request, "known"))


def ledger(versions: list[PolicyVersion]) -> list[dict[str, Any]]:
    """The versions for reading, the newest first."""
    return [{"version": version, "words": words_of(version)} for version in reversed(versions)]


def words_of(version: PolicyVersion) -> str:
    """Endorsement: limit 30,000.00, factor roof 1.1."""
    kind = version.get_kind_display()
    if version.kind in (Kind.NEW_BUSINESS, Kind.RENEWAL):
        return kind
    if version.kind == Kind.CANCELLATION:
        share = f", {(version.penalty_share * 100).normalize():f} % kept" if version.penalty_share else ""
        return f"{kind}, {version.get_method_display().partition(':')[0].lower()}{share}"
    changes = ", ".join(f"{label_of(name).lower()} {_value(name, value)}" for name, value in version.values.items())
    return f"{kind}: {changes}" if changes else kind


def _value(name: str, value: Any) -> str:
    if field_of(name).startswith("factors."):
        return f"{value:f}"
    return str(value).replace("_", " ") if name == "policy_type" else shown(value)


def bars(held: AsOf) -> list[Bar]:
    """The term, drawn: also that its cover ended by a lapse which is not booked yet."""
    start, whole = held.segments[0].starts_at, held.segments[-1].ends_at - held.segments[0].starts_at
    drawn = []
    for starts_at, ends_at, segment in _stretches(held):
        left, right = (round(RIGHT * (moment - start) / whole) for moment in (starts_at, ends_at))
        in_force = segment.in_force and (held.lapsed_at is None or starts_at < held.lapsed_at)
        words = f"Limit {segment.coverage_amount:,.0f}" if in_force else "Not covered"
        drawn.append(Bar(left, right - left, words if right - left >= NARROW else "", in_force))
    return drawn


def _stretches(held: AsOf) -> Iterator[tuple[datetime.datetime, datetime.datetime, PolicySegment]]:
    """The segments, the one in which the lapse is in two parts."""
    for segment in held.segments:
        edges = [segment.starts_at, segment.ends_at]
        if held.lapsed_at is not None and segment.starts_at < held.lapsed_at < segment.ends_at:
            edges.insert(1, held.lapsed_at)
        yield from ((starts_at, ends_at, segment) for starts_at, ends_at in pairwise(edges))


@dataclass(frozen=True, slots=True)
class OwnTerms:
    """A coverage with its figures, as the page shows it; `is_principal`: they are the policy's."""

    name: str
    limit: Decimal
    deductible: Decimal
    is_principal: bool = False


def covers_of(policy: Policy, segment: PolicySegment) -> list[OwnTerms]:
    """The coverages with a limit and a deductible of their own, after the principal one, which has the policy's. No query where there
    are none."""
    own, terms = segment.own_covers, (segment.coverage_amount, segment.deductible_amount)
    if not own:
        return []
    names, principal = coverages_of(policy), principal_of(policy)
    first = [OwnTerms(names[principal], *terms, is_principal=True)] if principal in names else []
    return first + [OwnTerms(name, *figures_for(code, own, *terms)) for code, name in names.items() if code in own]


def lapse_of(policy: Policy) -> str:
    """That its cover ends unpaid, or has, as long as the cancellation for that is not booked; "" where no notice stands."""
    if policy.lapses_at is None or policy.lapses_at >= policy.end_date:
        return ""
    when, over = full_instant(policy.lapses_at), policy.lapses_at <= timezone.now()
    if policy.lapses_with_prior:
        ends = f"the term before it lapsed {when}" if over else f"the term before it lapses {when}, unless its premium is paid before"
        return f"{ends}; nothing of this one is covered{'' if over else ' then'}"
    return f"cover ended {when}; the cancellation is booked next" if over else f"cover ends {when}, unless the premium is paid before"


def later_bars(held: AsOf, later: list[PolicyVersion]) -> list[Bar]:
    """What was booked later, from its effect to the end of the term."""
    start, end = held.segments[0].starts_at, held.segments[-1].ends_at
    drawn = []
    for version in later:
        left = round(RIGHT * (min(max(version.effective_at, start), end) - start) / (end - start))
        words = f"{version.number} {words_of(version)}" if RIGHT - left > WIDE else ""
        drawn.append(Bar(min(left, RIGHT - 20), max(RIGHT - left, 20), words))
    return drawn


def moment_in(held: AsOf, words: str) -> Moment | None:
    """Where in the term the moment lies that the page is about."""
    start, end = held.segments[0].starts_at, held.segments[-1].ends_at
    if not start <= held.effective_at < end:
        return None
    at = round(RIGHT * (held.effective_at - start) / (end - start))
    return Moment(at, "start" if at < 60 else "end" if at > 940 else "middle", words)


def differences(policy: Policy, held: AsOf) -> list[tuple[str, str, str]]:
    """What is different now for the same effective moment: field, then, now."""
    fresh = as_of(policy, held.effective_at, max(timezone.now(), held.version.booked_at))
    then_, now_ = held.segment, fresh.segment
    pairs = [
        ("In force", "Yes" if held.in_force else "No", "Yes" if fresh.in_force else "No"),
        ("Type", then_.policy_type, now_.policy_type),
        ("Limit", shown(then_.coverage_amount), shown(now_.coverage_amount)),
        ("Deductible", shown(then_.deductible_amount), shown(now_.deductible_amount)),
        *_cover_pairs(policy, then_, now_),
        ("Premium of a whole term", shown(then_.term_premium), shown(now_.term_premium)),
        ("Written premium", shown(held.version.written_premium), shown(fresh.version.written_premium)),
    ]
    return [pair for pair in pairs if pair[1] != pair[2]]


def _cover_pairs(policy: Policy, then_: PolicySegment, now_: PolicySegment) -> list[tuple[str, str, str]]:
    """The figures of single coverages, then and now; a coverage that has none goes by the policy's."""
    if not (then_.covers or now_.covers):
        return []
    codes = [code for code in coverages_of(policy) if code in then_.own_covers or code in now_.own_covers]
    pairs = []
    for code in codes:
        then, now = (figures_for(code, each.own_covers, each.coverage_amount, each.deductible_amount) for each in (then_, now_))
        pairs += [
            (label_of(f"{prefix}{code}"), shown(old), shown(new)) for prefix, old, new in zip((LIMIT, DEDUCTIBLE), then, now, strict=True)
        ]
    return pairs


def _day(request: HttpRequest, name: str) -> datetime.date | None:
    return day_named(request.GET.get(name, ""))


def _end_of(day: datetime.date | None) -> datetime.datetime | None:
    return end_of(day) if day else None
