"""A booking before it is made: what pages and the API show of it, and what the services then write, are the same figures."""

import datetime
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from policies.models import Policy
from policies.reading.history import versions_of
from policies.reading.renewals import Behind
from policies.terms import FieldClash, Kind, Settled, Timeline, Transaction, Value, clashes, settled, timeline
from vanguard.money import ZERO


@dataclass(frozen=True, slots=True)
class Draft:
    """A booking that is worked out and not made yet: the term before and after it. `waits`: a second person has to approve.

    `along` are the bookings on renewals that are made with it, each with its own; `stays_cancelled` a renewal that is not brought
    back with a reinstatement; `behind` is in what `renewal` would stand on older terms than the policy. `rated` is, for an endorsement
    of what was sold at a product's rates, the premium that these come to for a whole term on the new figures.
    """

    policy: Policy
    booked: tuple[Transaction, ...]
    new: Transaction
    before: Timeline
    after: Timeline
    booked_last: datetime.datetime
    waits: bool = False
    along: tuple["Draft", ...] = ()
    stays_cancelled: Policy | None = None
    renewal: Policy | None = None
    behind: tuple[Behind, ...] = field(default=())
    rated: Decimal | None = None

    @property
    def all_along(self) -> tuple["Draft", ...]:
        """Every booking on another policy that is made with this one, in the order of their terms."""
        return tuple(found for each in self.along for found in (each, *each.all_along))

    @property
    def premium_change(self) -> Decimal:
        return self.after.written - self.before.written

    @property
    def clashes(self) -> tuple[FieldClash, ...]:
        """The fields of which it is not said yet whose value holds."""
        return clashes(self.booked, self.new)

    @property
    def settled(self) -> Settled:
        """For a cancellation: earned, penalty, refund."""
        return settled(self.before, self.after)


def work_out(
    policy: Policy,
    kind: Kind,
    effective_at: datetime.datetime,
    changes: Mapping[str, Value] | None = None,
    through: Collection[str] = (),
    kept: Decimal = ZERO,
) -> Draft:
    """What the term would be with one booking more."""
    versions = list(versions_of(policy))
    booked = tuple(version.transaction for version in versions)
    new = Transaction(policy.booked_versions + 1, kind, effective_at, changes or {}, frozenset(through), kept)
    return Draft(policy, booked, new, timeline(booked), timeline([*booked, new]), versions[-1].booked_at)
