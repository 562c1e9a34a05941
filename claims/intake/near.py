"""Claims on one policy about the same time: what a first notice is compared with.

Two losses are of the same day when less than 24 hours lie between them. Nobody knows the zone of a place of loss from a moment in UTC,
and a date alone means midnight: two moments on one calendar day, in whichever zone, are never further apart than that.
"""

import datetime
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from claims.intake.models import plain
from claims.models import Claim, ClaimQuerySet
from vanguard.plans import Asking

SAME_DAY = datetime.timedelta(hours=24)
# A policy's claims of one day are few; where a storm makes them many, the nearest are linked.
MOST, MOST_LINKED = 50, 5


def same_type(one: str, other: str) -> bool:
    """Whether two types of loss are the same, however they are spelled: Water damage is water_damage."""
    return plain(one) == plain(other)


@dataclass(frozen=True, slots=True)
class Neighbour:
    """What is compared of a claim."""

    id: UUID
    claim_number: str
    claim_type: str
    incident_date: datetime.datetime

    def is_like(self, claim_type: str) -> bool:
        """Of the same type."""
        return same_type(self.claim_type, claim_type)


def near(policy_id: UUID, moment: datetime.datetime) -> ClaimQuerySet:
    """The claims on the policy whose loss is of the same day, the earliest first."""
    of_day = {"incident_date__gt": moment - SAME_DAY, "incident_date__lt": moment + SAME_DAY}
    return Claim.objects.filter(policy_id=policy_id, **of_day).order_by("incident_date", "id")


@dataclass(frozen=True, slots=True)
class Neighbours:
    """A question of a plan: the claims near a loss, asked behind the policy's lock.

    In one statement with the lock they would be read as they stood before the lock was waited for, and of two equal notices at one
    instant both would be filed. So a function of the database takes the lock and only then looks; see the migration.
    """

    policy_id: UUID
    moment: datetime.datetime

    def asking(self) -> Asking:
        values = [self.policy_id, self.moment - SAME_DAY, self.moment + SAME_DAY, MOST]
        return Asking("SELECT intake_claims_near(%s, %s, %s, %s)", values, 1, self._read)

    def by_orm(self) -> list[Neighbour]:
        rows = near(self.policy_id, self.moment)[:MOST]
        return [Neighbour(*row) for row in rows.values_list("id", "claim_number", "claim_type", "incident_date")]

    def _read(self, row: Sequence[Any] | None) -> list[Neighbour]:
        found = json.loads(row[0]) if row else []
        return [Neighbour(UUID(key), number, kind, datetime.datetime.fromisoformat(at)) for key, number, kind, at in found]
