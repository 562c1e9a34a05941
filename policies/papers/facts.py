"""What a paper says of a policy, read from its versions: figures that were booked, never reckoned anew."""

import datetime
from dataclasses import asdict, dataclass
from decimal import Decimal

from django.conf import settings

from policies.models import Policy, PolicySegment, PolicyVersion
from policies.papers.models import PolicyDocument
from policies.reading import versions_of
from policies.terms import FACTOR
from policies.terms import Kind as Booking
from vanguard.errors import Conflict
from vanguard.money import ZERO

Kind = PolicyDocument.Kind
# The booking that each notice is about; a schedule is about all of them.
ABOUT = {Kind.CANCELLATION: Booking.CANCELLATION, Kind.ENDORSEMENT: Booking.ENDORSEMENT}


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of the term with cover: its terms, and what it costs."""

    starts_at: datetime.datetime
    ends_at: datetime.datetime
    policy_type: str
    limit: Decimal
    deductible: Decimal
    premium: Decimal


@dataclass(frozen=True, slots=True)
class PolicyFacts:
    """The same facts give the same paper. Amounts to the cent, times in UTC.

    `written` is the premium of the term after the version that the paper is about, `change` what that version added or gave back;
    `changes` are an endorsement's new values by field.
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

    @property
    def earned(self) -> Decimal:
        """The premium for the time with cover; what is written beyond it is a cancellation's penalty."""
        return sum((each.premium for each in self.stretches), ZERO)

    def as_data(self) -> dict[str, str]:
        """In a form that is the same wherever and whenever it is written."""
        return {name: str(value) for name, value in asdict(self).items()}


def kinds_of(policy: Policy) -> list[Kind]:
    """Which papers there can be of the policy as it stands now. One query."""
    booked = set(versions_of(policy).order_by().values_list("kind", flat=True))
    cancelled = policy.status == Policy.Status.CANCELLED
    return [
        Kind.SCHEDULE,
        *([Kind.ENDORSEMENT] if Booking.ENDORSEMENT in booked else []),
        *([Kind.CANCELLATION] if cancelled and Booking.CANCELLATION in booked else []),
    ]


def facts_of(policy: Policy, kind: Kind) -> PolicyFacts:
    """The facts for a paper of this kind: of the last version, or of the last one of the kind that it is about.

    Raises Conflict ("nothing_to_say") where nothing of the kind was booked.
    """
    versions = versions_of(policy).filter(kind=ABOUT[kind].value) if kind in ABOUT else versions_of(policy)
    version = versions.last()
    if version is None or (kind is Kind.CANCELLATION and policy.status != Policy.Status.CANCELLED):
        raise Conflict(
            f"Nothing was booked on the policy that a {Kind(kind).label.lower()} could say.", code="nothing_to_say", field="kind"
        )
    address = settings.INSURER_ADDRESS.split(",")
    return PolicyFacts(
        kind=kind.value,
        insurer=(settings.INSURER_NAME, *(line.strip() for line in address if line.strip())),
        policy_number=policy.policy_number,
        policy_type=policy.policy_type,
        insured=policy.customer.full_name,
        address=policy.customer.address,
        covers_from=policy.start_date,
        covers_until=policy.end_date,
        cancelled_at=policy.cancelled_at,
        cancellation_reason=policy.cancellation_reason,
        stretches=tuple(_stretch(each) for each in version.segments.order_by("starts_at") if each.in_force),
        written=version.written_premium,
        change=version.premium_change,
        changes=_changes(version),
        effective_at=version.effective_at,
        as_of=version.booked_at.astimezone(datetime.UTC).date(),
    )


def _stretch(segment: PolicySegment) -> Stretch:
    return Stretch(
        segment.starts_at, segment.ends_at, segment.policy_type, segment.coverage_amount, segment.deductible_amount, segment.premium
    )


def _changes(version: PolicyVersion) -> tuple[tuple[str, str], ...]:
    """The changed fields of an endorsement, as they are kept; rating factors by their names."""
    if version.kind != Booking.ENDORSEMENT:
        return ()
    return tuple(sorted((name.removeprefix(FACTOR), value) for name, value in version.changes.items()))
