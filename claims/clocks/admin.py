"""Clock rules and holidays as data: Django's own lists and forms, few rows, seldom changed, audited."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from claims.clocks.models import ClockRule, Holiday


class Listed(admin.ModelAdmin):
    """Django's own list, called by what it lists."""

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        named = {"title": str(self.opts.verbose_name_plural).capitalize()}
        return super().changelist_view(request, named | (extra_context or {}))


@admin.register(ClockRule)
class ClockRuleAdmin(Listed):
    """Another law is another row, valid from its day on. A rule that counts already can only be given an end."""

    list_display = ("jurisdiction", "action", "days", "counts", "starts", "stops", "citation", "valid_from", "valid_to")
    list_filter = ("jurisdiction", "kind")

    def get_readonly_fields(self, request: HttpRequest, obj: ClockRule | None = None) -> tuple[str, ...]:
        if obj is None or obj.valid_from > timezone.now().date():
            return ()
        return tuple(field.name for field in ClockRule._meta.fields if field.name not in ("id", "valid_to"))

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Holiday)
class HolidayAdmin(Listed):
    """A holiday that is added counts for clocks that start from then on."""

    list_display = ("date", "name", "jurisdiction")
    list_filter = ("jurisdiction",)
    date_hierarchy = "date"
