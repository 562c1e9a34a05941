"""List filters with fixed choices: what can be chosen never depends on the rows, and never costs a query."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any, ClassVar
from uuid import UUID

from django.contrib import admin
from django.contrib.admin import ModelAdmin
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ChangeList
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from vanguard.workbench.dates import FIRST_YEAR, LAST_YEAR, is_usual


class FixedFilter(admin.SimpleListFilter):
    """One choice out of `options`; `field` is compared, unless a subclass writes its own `narrow`."""

    options: ClassVar[tuple[tuple[str, str], ...]] = ()
    field: ClassVar[str] = ""
    is_tabs = is_range = is_link = False

    @classmethod
    def parameters(cls) -> set[str]:
        """What it takes from the address."""
        return {str(cls.parameter_name)}

    def lookups(self, request: HttpRequest, model_admin: "ModelAdmin[Any]") -> list[tuple[str, str]]:
        return list(self.options)

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """The rows that fit. An unknown choice is refused, not ignored."""
        value = self.value()
        if value is None or value == "":
            return queryset
        if value not in {str(choice) for choice, _ in self.lookup_choices}:
            raise IncorrectLookupParameters(f"{self.parameter_name}={value}")
        return self.narrow(request, queryset, value)

    def narrow(self, request: HttpRequest, queryset: QuerySet[Any], value: str) -> QuerySet[Any]:
        """The rows for a known choice."""
        return queryset.filter(**{self.field: value})

    @classmethod
    def kept(cls, value: str) -> str:
        """What an audit entry keeps of a choice that was taken: one of ours, or a record's key."""
        return value

    def as_many(self) -> QuerySet[Any] | None:
        """Rows of which there are as many as this filter alone leaves, for choices that are counted sooner so; None for all others."""
        return None

    @property
    def shown(self) -> str:
        """What was chosen, in words; empty when nothing was."""
        return next((str(label) for choice, label in self.lookup_choices if str(choice) == self.value()), "")


class ViewTabs(FixedFilter):
    """Saved views, shown as tabs with counts; one of them is always on."""

    title = "view"
    parameter_name = "view"
    is_tabs = True


class KeyFilter(FixedFilter):
    """The rows of one other record, by its key. Links lead to it: it is shown and taken out, but not chosen."""

    is_link = True

    def lookups(self, request: HttpRequest, model_admin: "ModelAdmin[Any]") -> list[tuple[str, str]]:
        """The one record that the address names; none where it names none."""
        asked = self.value() or ""
        try:
            name = self.name_of(request, UUID(asked))
        except ValueError:
            name = ""
        return [(asked, name)] if name else []

    def has_output(self) -> bool:
        """Whether it is asked for; Django passes over a filter that has no output, and then every row would be shown."""
        return bool(self.value())

    def name_of(self, request: HttpRequest, key: UUID) -> str:
        """What the record is called; empty where there is none that this person may know of."""
        raise NotImplementedError


class DateRange(admin.ListFilter):
    """From one day to another, both included, in the person's own time zone."""

    field: ClassVar[str] = ""
    is_tabs, is_range = False, True
    first, last = f"{FIRST_YEAR}-01-01", f"{LAST_YEAR}-12-31"

    def __init__(self, request: HttpRequest, params: dict[str, Any], model: type[Model], model_admin: "ModelAdmin[Any]") -> None:
        super().__init__(request, params, model, model_admin)
        self.since = _day(params, f"{self.field}_from")
        self.until = _day(params, f"{self.field}_to")

    @classmethod
    def parameters(cls) -> set[str]:
        """What it takes from the address."""
        return {f"{cls.field}_from", f"{cls.field}_to"}

    @classmethod
    def kept(cls, value: str) -> str:
        """What an audit entry keeps of it: a day of ours."""
        return value

    def has_output(self) -> bool:
        return True

    def choices(self, changelist: ChangeList) -> Iterator[Any]:
        return iter(())

    def expected_parameters(self) -> list[str | None]:
        return [*self.parameters()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.since:
            queryset = queryset.filter(**{f"{self.field}__gte": _start(self.since)})
        if self.until:
            queryset = queryset.filter(**{f"{self.field}__lt": _start(self.until + timedelta(days=1))})
        return queryset

    @property
    def shown(self) -> str:
        """1 Nov to 23 Nov, in ISO form: it must be unambiguous."""
        if self.since and self.until:
            return f"{self.since} to {self.until}"
        return f"from {self.since}" if self.since else f"to {self.until}" if self.until else ""


def _day(params: dict[str, Any], name: str) -> date | None:
    values = params.pop(name, None)
    if not values or not values[-1]:
        return None
    try:
        day = date.fromisoformat(values[-1])
    except ValueError:
        raise IncorrectLookupParameters(f"{name}={values[-1]}") from None
    if not is_usual(day):
        raise IncorrectLookupParameters(f"{name}={values[-1]}")
    return day


def _start(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))
