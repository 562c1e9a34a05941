"""When something due is late: once the day on which it is due is over, by the wall clock of the policy. (docs/decisions/0155)

When notice of it is given, and when cover ends for it, are rules of their own (services.delinquency).
"""

import datetime
from collections.abc import Iterable
from dataclasses import dataclass
from functools import reduce
from operator import or_

from django.db.models import Q

from vanguard.accounts.zones import day_in, zone_named

# No day is longer, whatever a zone does to its clocks.
LONGEST_DAY = datetime.timedelta(hours=26)
NONE = Q(pk__in=())


def standing_of(due_at: datetime.datetime, zone: datetime.tzinfo, now: datetime.datetime) -> str:
    """open before the day on which it is due, due_today until that day is over, past_due from then on."""
    first, after = day_in(due_at, zone)
    if now < first:
        return "open"
    return "due_today" if now < after else "past_due"


@dataclass(frozen=True, slots=True)
class Today:
    """Today in each of the zones in which something is due about now: as conditions, of the same rule as `standing_of`."""

    now: datetime.datetime
    zones: Iterable[str]

    def past_due(self, due: str, zone: str) -> Q:
        """What was due, by the field `due`, before today began where `zone` says that its policy is."""
        of_zones = (Q(**{zone: name, f"{due}__lt": day_in(self.now, zone_named(name))[0]}) for name in self.zones)
        # The bound is what an index can be asked for; the rest is looked at row by row.
        return Q(**{f"{due}__lte": self.now}) & reduce(or_, of_zones, Q(**{f"{due}__lt": self.now - LONGEST_DAY}))

    def due_today(self, due: str, zone: str) -> Q:
        """What is due in the course of today, whether its hour has come or not."""
        return reduce(or_, (self._within(due, zone, name) for name in self.zones), NONE)

    def _within(self, due: str, zone: str, name: str) -> Q:
        first, after = day_in(self.now, zone_named(name))
        return Q(**{zone: name, f"{due}__gte": first, f"{due}__lt": after})
