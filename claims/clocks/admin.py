"""Clock rules and holidays as data: Django's own lists and forms, few rows, seldom changed, audited."""

from collections.abc import Iterator
from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from claims.clocks.jurisdiction import words_of
from claims.clocks.models import ClockRule, Holiday
from vanguard.workbench.administrators import Settings


class Jurisdiction(admin.SimpleListFilter):
    """Those that have a row, by name."""

    title = parameter_name = "jurisdiction"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        there = model_admin.model.objects.order_by("jurisdiction").values_list("jurisdiction", flat=True).distinct()
        return [(name or "none", words_of(name)) for name in there]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        value = self.value()
        return queryset.filter(jurisdiction="" if value == "none" else value) if value else queryset


class Coming(admin.SimpleListFilter):
    """What is still to come, unless it is asked otherwise."""

    title, parameter_name = "day", "day"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("past", "Past"), ("all", "Past and to come")]

    def choices(self, changelist: ChangeList) -> Iterator[Any]:
        first, *others = super().choices(changelist)
        yield first | {"display": "To come"}
        yield from others

    def queryset(self, request: HttpRequest, queryset: QuerySet[Holiday]) -> QuerySet[Holiday]:
        today, value = timezone.localdate(), self.value()
        return {"past": queryset.filter(date__lt=today), "all": queryset}.get(value or "", queryset.filter(date__gte=today))


@admin.register(ClockRule)
class ClockRuleAdmin(Settings):
    """Another law is another row, valid from its day on. A rule that counts already can only be given an end."""

    list_display = ("place", "action", "span", "starts", "stops", "citation", "valid_from", "valid_to")
    list_filter = (Jurisdiction, "kind")

    @admin.display(description="Jurisdiction", ordering="jurisdiction")
    def place(self, rule: ClockRule) -> str:
        return words_of(rule.jurisdiction)

    @admin.display(description="Within", ordering="days")
    def span(self, rule: ClockRule) -> str:
        return rule.span(rule.days)

    def get_readonly_fields(self, request: HttpRequest, obj: ClockRule | None = None) -> tuple[str, ...]:
        if obj is None or obj.valid_from > timezone.now().date():
            return ()
        return tuple(field.name for field in ClockRule._meta.fields if field.name not in ("id", "valid_to"))

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Holiday)
class HolidayAdmin(Settings):
    """A holiday that is added counts for clocks that start from then on."""

    list_display = ("date", "name", "place", "is_holiday", "citation")
    list_filter = (Coming, Jurisdiction)

    @admin.display(description="Jurisdiction", ordering="jurisdiction")
    def place(self, holiday: Holiday) -> str:
        return words_of(holiday.jurisdiction) if holiday.jurisdiction else "Everywhere"

    @admin.display(description="Is", ordering="is_business_day")
    def is_holiday(self, holiday: Holiday) -> str:
        return "a business day all the same" if holiday.is_business_day else "a holiday"
