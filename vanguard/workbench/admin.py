"""The audit trail in the workbench, for who may read it; and everybody's own account; log-ins and roles."""

from typing import Any, cast

from auditlog.admin import LogEntryAdmin
from auditlog.filters import CIDFilter, ResourceTypeFilter
from auditlog.models import LogEntry
from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.db.models import QuerySet
from django.http import HttpRequest

from vanguard.workbench import access, account, letters, people

__all__ = ["access", "account", "letters", "people"]

admin.site.unregister(LogEntry)

# A number of so many digits is beyond every key of a content type.
TOO_LONG = 10


class KnownResourceType(ResourceTypeFilter):
    """The package's, which fails on what is no number; here it is a filter that does not exist, as any other."""

    def queryset(self, request: HttpRequest, queryset: QuerySet[LogEntry]) -> QuerySet[LogEntry]:
        chosen: str = self.value() or ""
        if chosen and not (chosen.isascii() and chosen.isdecimal() and len(chosen) < TOO_LONG):
            raise IncorrectLookupParameters
        narrowed: QuerySet[LogEntry] = cast("Any", super()).queryset(request, queryset)  # the package has no types
        return narrowed


@admin.register(LogEntry)
class AuditTrailAdmin(LogEntryAdmin):
    """The package's own pages, but for the drill-down by date: it fails on years that no calendar has."""

    list_filter = ["action", KnownResourceType, CIDFilter]
    date_hierarchy = None  # type: ignore[assignment]  # the base names a field; Django itself takes None
