"""Stock pages for settings that are data: rules, limits, reasons, texts. Every change is audited where the model is registered for it."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse


class Settings(admin.ModelAdmin):
    """Django's own list, called by what it lists."""

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        named = {"title": str(self.opts.verbose_name_plural).capitalize()}
        return super().changelist_view(request, named | (extra_context or {}))


class ForAdministrators(Settings):
    """Seen and changed by superusers only."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.is_superuser)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.is_superuser)

    has_change_permission = has_delete_permission = has_view_permission

    def has_add_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.is_superuser)
