"""The worklist's saved views and filters. What a view holds is said in claims.worklist, once."""

from typing import Any, ClassVar
from uuid import UUID

from django.contrib.admin import ModelAdmin
from django.db.models import Q, QuerySet
from django.http import HttpRequest

from claims import worklist
from claims.admin.owners import handlers
from claims.intake.models import Queue, Severity
from claims.models import Claim, ClaimPayment, Stage, Status
from claims.reports.rows import rows_of, words_of
from claims.reports.selection import Selection
from customers.admin.filters import CustomerIs
from vanguard.workbench.filters import DateRange, FixedFilter, ViewTabs
from vanguard.workbench.model_admin import actor_of

LABELS = {
    "mine": "Mine",
    "approve": "To approve",
    "proposed": "With a second person",
    "unassigned": "Not assigned",
    "late": "Late, whole team",
    "unpaid": "To pay",
    "team": "All open",
    "all": "Everything",
}


def views_of(request: HttpRequest) -> list[str]:
    """The tabs of this person, the first one being where the worklist opens."""
    user = actor_of(request)
    if user.has_perm("claims.handle_any_claim"):
        return ["approve", "late", "unassigned", "mine", "team", "all"]
    if user.has_perm("claims.start_claim"):
        return ["mine", "proposed", "unassigned", "late", "team", "all"]
    return ["team", "late", "unpaid", "all"]


class View(ViewTabs):
    def lookups(self, request: HttpRequest, model_admin: "ModelAdmin[Any]") -> list[tuple[str, str]]:
        self.default = "team" if request.GET.get("q") else views_of(request)[0]
        return list(LABELS.items())

    def value(self) -> str:
        return super().value() or self.default

    def narrow(self, request: HttpRequest, queryset: QuerySet[Claim], value: str) -> QuerySet[Claim]:
        return queryset.filter(worklist.in_view(value, actor_of(request), worklist.moments()))


class StatusIs(FixedFilter):
    title = parameter_name = field = "status"
    options: ClassVar = tuple((value, label) for value, label in Status.choices)


class StageIs(FixedFilter):
    title = parameter_name = field = "stage"
    options: ClassVar = tuple((value, value.replace("_", " ").capitalize()) for value in Stage.values)


class TypeIs(FixedFilter):
    title, parameter_name, field = "type of loss", "claim_type", "claim_type"
    options: ClassVar = tuple((name, name.replace("_", " ").capitalize()) for name in worklist.CLAIM_TYPES)


class OwnerIs(FixedFilter):
    title, parameter_name = "owner", "owner"

    def lookups(self, request: HttpRequest, model_admin: "ModelAdmin[Any]") -> list[tuple[str, str]]:
        me = actor_of(request)
        return [("me", "Me"), ("nobody", "Nobody"), *((str(user.pk), str(user)) for user in handlers() if user.pk != me.pk)]

    def narrow(self, request: HttpRequest, queryset: QuerySet[Claim], value: str) -> QuerySet[Claim]:
        if value in ("me", "nobody"):
            return queryset.filter(assignee=actor_of(request) if value == "me" else None)
        return queryset.filter(assignee=UUID(value))


class QueueIs(FixedFilter):
    title, parameter_name = "queue", "queue"

    def lookups(self, request: HttpRequest, model_admin: "ModelAdmin[Any]") -> list[tuple[str, str]]:
        return [("mine", "My queues"), ("none", "No queue"), *((str(queue.pk), queue.name) for queue in Queue.objects.all())]

    def narrow(self, request: HttpRequest, queryset: QuerySet[Claim], value: str) -> QuerySet[Claim]:
        if value == "mine":
            return queryset.filter(triage__queue__in=Queue.objects.filter(members=actor_of(request)).values("pk"))
        return queryset.filter(triage__queue=None if value == "none" else int(value))


class SeverityIs(FixedFilter):
    title, parameter_name, field = "severity", "severity", "triage__severity"
    options: ClassVar = tuple(Severity.choices)


class DueIn(FixedFilter):
    title, parameter_name = "deadline", "due"
    options: ClassVar = (("late", "Late"), ("today", "Today"), ("week", "Within 7 days"))

    def narrow(self, request: HttpRequest, queryset: QuerySet[Claim], value: str) -> QuerySet[Claim]:
        return queryset.filter(worklist.due(value, worklist.moments()))


class Decided(FixedFilter):
    title, parameter_name = "decided", "decided"
    options: ClassVar = (("today", "Today"), ("month", "This month"))

    def narrow(self, request: HttpRequest, queryset: QuerySet[Claim], value: str) -> QuerySet[Claim]:
        at = worklist.moments()
        return queryset.filter(processed_date__gte=at.day if value == "today" else at.month)


class Paid(FixedFilter):
    title, parameter_name = "paid", "paid"
    options: ClassVar = (("month", "This month"),)

    def narrow(self, request: HttpRequest, queryset: QuerySet[Claim], value: str) -> QuerySet[Claim]:
        return queryset.filter(pk__in=self._claims())

    def as_many(self) -> QuerySet[Any] | None:
        """The claims by their payments: PostgreSQL goes along all claims, the oldest first, for the first ten thousand that were paid."""
        return self._claims().distinct() if self.value() else None

    def _claims(self) -> QuerySet[Any]:
        return ClaimPayment.objects.filter(paid_at__gte=worklist.moments().month).order_by().values("claim")


class FileIs(FixedFilter):
    title, parameter_name = "file", "file"
    options: ClassVar = (("open", "Open"), ("closed", "Closed"))

    def narrow(self, request: HttpRequest, queryset: QuerySet[Claim], value: str) -> QuerySet[Claim]:
        return queryset.filter(Q(closed_at=None) if value == "open" else ~Q(closed_at=None))


class OfCustomer(CustomerIs):
    field = "policy__customer"


class Behind(FixedFilter):
    """The claims behind a figure of a report: links lead to it, it is shown and taken out, but not chosen."""

    title, parameter_name = "in a report", "rows"
    is_link = True

    def lookups(self, request: HttpRequest, model_admin: "ModelAdmin[Any]") -> list[tuple[str, str]]:
        asked = self.value() or ""
        try:
            selection = Selection.read(asked)
            self.rows = rows_of(selection)
            return [(asked, words_of(selection))]
        except ValueError:
            return []

    @classmethod
    def kept(cls, value: str) -> str:
        """The kind of figure and its day; the book is whatever stands in the address."""
        selection = Selection.read(value)
        return f"{selection.what}:{selection.known_on}"

    def has_output(self) -> bool:
        """Also where it is not understood: then it is refused, and Django does not pass over it."""
        return bool(self.value())

    def narrow(self, request: HttpRequest, queryset: QuerySet[Claim], value: str) -> QuerySet[Claim]:
        return queryset.filter(pk__in=self.rows.values("pk"))


class DueOn(DateRange):
    title, field = "due", "due_at"


class Reported(DateRange):
    title, field = "reported", "reported_date"


class Incident(DateRange):
    title, field = "loss", "incident_date"
