"""The audit trail in the workbench, for who may read it; and everybody's own account."""

from auditlog.admin import LogEntryAdmin
from auditlog.models import LogEntry
from django.contrib import admin

from vanguard.workbench import access, account, letters

__all__ = ["access", "account", "letters"]

admin.site.unregister(LogEntry)


@admin.register(LogEntry)
class AuditTrailAdmin(LogEntryAdmin):
    """The package's own pages, but for the drill-down by date: it fails on years that no calendar has."""

    date_hierarchy = None  # type: ignore[assignment]  # the base names a field; Django itself takes None
