"""Stock pages for settings that are data: rules, limits, reasons, texts. Every change is audited where the model is registered for it."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse


class Settings(admin.ModelAdmin):
    """Few rows, seldom changed: Django's own list and form, with one way to save."""

    show_facets = admin.ShowFacets.NEVER

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Once a row is saved, the list shows it between the others."""
        one_way = {"show_save_and_add_another": False, "show_save_and_continue": False}
        return super().changeform_view(request, object_id, form_url, one_way | (extra_context or {}))


class ForAdministrators(Settings):
    """Seen and changed by superusers only."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.is_superuser)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.is_superuser)

    has_change_permission = has_delete_permission = has_view_permission

    def has_add_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.is_superuser)
