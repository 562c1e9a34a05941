"""What a paper says of a policy, read from its versions: figures that were booked, never reckoned anew."""

import datetime
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db.models import Exists, QuerySet

from policies.billing.models import Notice
from policies.models import Policy, PolicySegment, PolicyVersion
from policies.papers.models import PolicyDocument
from policies.reading import coverages_of, principal_of, rules_of, versions_of
from policies.terms import FACTOR, figures_for
from policies.terms import Kind as Booking
from vanguard.accounts.zones import zone_of
from vanguard.errors import Conflict
from vanguard.money import ZERO

Kind = PolicyDocument.Kind
# The booking that each notice is about; a schedule is about all of them.
ABOUT = {Kind.CANCELLATION: Booking.CANCELLATION, Kind.ENDORSEMENT: Booking.ENDORSEMENT}


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of the term with cover: its terms, and what it costs.

    Where coverages have figures of their own, `principal` names the one that goes by limit and deductible, and `covers` are the others:
    name, limit, deductible.
    """

    starts_at: datetime.datetime
    ends_at: datetime.datetime
    policy_type: str
    limit: Decimal
    deductible: Decimal
    premium: Decimal
    principal: str = ""
    covers: tuple[tuple[str, Decimal, Decimal], ...] = ()

    def as_data(self) -> dict[str, Any]:
        """What says nothing is left out, so that a paper of before is the same paper still."""
        return {name: value for name, value in asdict(self).items() if value or name not in ("principal", "covers")}


@dataclass(frozen=True, slots=True)
class NoticeFacts:
    """What a notice of non-payment is about: the invoice, what is open of it and since when, and when cover ends unless it is paid."""

    invoice_number: str
    amount: Decimal
    due_at: datetime.datetime
    lapses_at: datetime.datetime


@dataclass(frozen=True, slots=True)
class PolicyFacts:
    """The same facts give the same paper. Amounts to the cent, times on the policy's own wall clock. (docs/decisions/0124)

    `written` is the premium of the term after the version that the paper is about, `change` what that version added or gave back;
    `changes` are an endorsement's new values by field. `gaps` are the times without cover that cover goes on after, `rules` how each
    coverage is settled, by its name (policies.products.models.Coverage.SettlementRule).
    """

    kind: str
    insurer: tuple[str, ...]
    policy_number: str
    policy_type: str
    insured: str
    address: str
    covers_from: datetime.datetime
    covers_until: datetime.datetime
    cancelled_at: datetime.datetime | None
    cancellation_reason: str
    stretches: tuple[Stretch, ...]
    written: Decimal
    change: Decimal
    changes: tuple[tuple[str, str], ...]
    effective_at: datetime.datetime
    as_of: datetime.date
    notice: NoticeFacts | None = None
    gaps: tuple[tuple[datetime.datetime, datetime.datetime], ...] = ()
    rules: tuple[tuple[str, str], ...] = ()

    @property
    def earned(self) -> Decimal:
        """The premium for the time with cover; what is written beyond it is a cancellation's penalty."""
        return sum((each.premium for each in self.stretches), ZERO)

    def as_data(self) -> dict[str, str]:
        """In a form that is the same wherever and whenever it is written."""
        values = asdict(self) | {"stretches": tuple(each.as_data() for each in self.stretches)}
        if self.notice is None:
            del values["notice"]
        return {name: str(value) for name, value in values.items()}


def kinds_of(policy: Policy) -> list[Kind]:
    """Which papers there can be of the policy as it stands now. One query."""
    rows = set(versions_of(policy).order_by().values_list("kind", Exists(_live_notices(policy))))
    booked, noticed = {kind for kind, _ in rows}, any(stands for _, stands in rows)
    cancelled = policy.status == Policy.Status.CANCELLED
    return [
        *([] if _lapse_not_booked(policy) else [Kind.SCHEDULE]),
        *([Kind.ENDORSEMENT] if Booking.ENDORSEMENT in booked else []),
        *([Kind.CANCELLATION] if cancelled and Booking.CANCELLATION in booked else []),
        *([Kind.NONPAYMENT] if noticed else []),
    ]


def endorsements_of(policy: Policy) -> list[PolicyVersion]:
    """The latest first: each has a paper of its own."""
    return list(versions_of(policy).filter(kind=Booking.ENDORSEMENT.value).order_by("-number"))


def facts_of(policy: Policy, kind: Kind, number: int | None = None) -> PolicyFacts:
    """The facts for a paper of this kind: of the last version, or of the last one of the kind that it is about, or of version `number`.

    Raises Conflict ("nothing_to_say") where nothing of the kind was booked, and for non-payment where no notice stands; and
    ("lapse_not_booked") for a schedule of cover that has lapsed, here or on the term before it, which the versions do not say yet.
    """
    if kind is Kind.SCHEDULE and _lapse_not_booked(policy):
        message = "The cover has lapsed for non-payment. The schedule can be made once chase_unpaid has booked that."
        raise Conflict(message, code="lapse_not_booked", field="kind")
    versions = versions_of(policy).filter(kind=ABOUT[kind].value) if kind in ABOUT else versions_of(policy)
    version = versions.last() if number is None else versions.filter(number=number).first()
    notice = _live_notices(policy).select_related("invoice").first() if kind is Kind.NONPAYMENT else None
    gone = kind is Kind.CANCELLATION and policy.status != Policy.Status.CANCELLED
    if version is None or gone or (kind is Kind.NONPAYMENT and notice is None):
        raise Conflict(
            f"Nothing was booked on the policy that a {Kind(kind).label.lower()} could say.",
            code="nothing_to_say",
            field="kind" if number is None else "version",
        )
    address, segments = settings.INSURER_ADDRESS.split(","), list(version.segments.order_by("starts_at"))
    zone = _clock_of(policy)
    return PolicyFacts(
        kind=kind.value,
        insurer=(settings.INSURER_NAME, *(line.strip() for line in address if line.strip())),
        policy_number=policy.policy_number,
        policy_type=policy.policy_type,
        insured=policy.customer.full_name,
        address=policy.customer.address,
        covers_from=policy.start_date.astimezone(zone),
        covers_until=policy.end_date.astimezone(zone),
        # An endorsement says nothing of it, and is the same paper before and after.
        cancelled_at=policy.cancelled_at.astimezone(zone) if policy.cancelled_at and kind is not Kind.ENDORSEMENT else None,
        cancellation_reason="" if kind is Kind.ENDORSEMENT else policy.cancellation_reason,
        stretches=_stretches(policy, segments),
        written=version.written_premium,
        change=version.premium_change,
        changes=_changes(version),
        effective_at=version.effective_at.astimezone(zone),
        as_of=(notice.given_at if notice else version.booked_at).astimezone(zone).date(),
        notice=_noticed(notice, zone) if notice else None,
        gaps=_gaps(segments, zone),
        rules=rules_of(policy),
    )


def _lapse_not_booked(policy: Policy) -> bool:
    return policy.lapsed_from() < (policy.cancelled_at or policy.end_date)


def _clock_of(policy: Policy) -> datetime.tzinfo:
    """Plain UTC where the policy names no zone: its papers of before are the same papers still."""
    return zone_of(policy) if policy.time_zone else datetime.UTC


def _noticed(notice: Notice, zone: datetime.tzinfo) -> NoticeFacts:
    due_at, lapses_at = notice.invoice.due_at.astimezone(zone), notice.lapses_at.astimezone(zone)
    return NoticeFacts(notice.invoice.invoice_number, notice.amount, due_at, lapses_at)


def _gaps(segments: list[PolicySegment], zone: datetime.tzinfo) -> tuple[tuple[datetime.datetime, datetime.datetime], ...]:
    """Uncovered times within the term; one that reaches to its end is the cancellation."""
    covered_until = max((each.ends_at for each in segments if each.in_force), default=None)
    return tuple(
        (each.starts_at.astimezone(zone), each.ends_at.astimezone(zone))
        for each in segments
        if not each.in_force and covered_until and each.ends_at < covered_until
    )


def _live_notices(policy: Policy) -> QuerySet[Notice]:
    """At most one: given, not paid, and not run out."""
    return Notice.objects.filter(account__policy=policy, paid_at=None, lapsed_at=None)


def _stretches(policy: Policy, segments: list[PolicySegment]) -> tuple[Stretch, ...]:
    held = [each for each in segments if each.in_force]
    with_own = any(each.covers for each in held)
    names, principal = (coverages_of(policy), principal_of(policy)) if with_own else ({}, "")
    return tuple(_stretch(each, names, names.get(principal, ""), _clock_of(policy)) for each in held)


def _stretch(segment: PolicySegment, names: Mapping[str, str], principal: str, zone: datetime.tzinfo) -> Stretch:
    own, terms = segment.own_covers, (segment.coverage_amount, segment.deductible_amount)
    covers = tuple((name, *figures_for(code, own, *terms)) for code, name in names.items() if code in own)
    return Stretch(
        segment.starts_at.astimezone(zone),
        segment.ends_at.astimezone(zone),
        segment.policy_type,
        *terms,
        segment.premium,
        principal=principal if covers else "",
        covers=covers,
    )


def _changes(version: PolicyVersion) -> tuple[tuple[str, str], ...]:
    """The changed fields of an endorsement, as they are kept; rating factors by their names."""
    if version.kind != Booking.ENDORSEMENT:
        return ()
    return tuple(sorted((name.removeprefix(FACTOR), value) for name, value in version.changes.items()))
