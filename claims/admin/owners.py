"""Who can own a claim, and how much they have to do: what a person reassigning needs to see."""

from dataclasses import dataclass

from django.db.models import Count, Q
from django.utils import timezone

from claims.authority import claim_handlers
from claims.models import Claim
from vanguard.accounts.models import User


@dataclass(frozen=True, slots=True)
class Load:
    """One handler's open claims."""

    user: User
    open: int
    late: int

    @property
    def words(self) -> str:
        """Maya Okafor, 31 open, 1 late."""
        late = f", {self.late} late" if self.late else ""
        return f"{self.user}, {self.open} open{late}"


def handlers() -> list[User]:
    """Everybody who can own claims, by name."""
    known = User.objects.filter(claim_handlers()).values("pk")
    return list(User.objects.filter(pk__in=known).order_by("last_name", "first_name", "email"))


def loads() -> list[Load]:
    """Everybody who can own claims, with what is open with them. Two queries."""
    late = Count("pk", filter=Q(due_at__lt=timezone.now()))
    rows = Claim.objects.open().order_by().values("assignee").annotate(number=Count("pk"), late=late)
    by_owner = {row["assignee"]: row for row in rows}
    empty = {"number": 0, "late": 0}
    return [Load(user, found["number"], found["late"]) for user in handlers() for found in [by_owner.get(user.pk, empty)]]
