"""Stock pages for settings that are data: rules, limits, reasons, texts. Every change is audited where the model is registered for it."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.options import IS_POPUP_VAR
from django.contrib.admin.utils import quote
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from vanguard.workbench import clicks


class AddedOnce(admin.ModelAdmin):
    """Django's own form for a new row makes one with each opening."""

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return clicks.once(super().add_view)(request, form_url, extra_context)

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: str | None = None) -> HttpResponse:
        """Called in the transaction that added it; nothing is said yet, so that nothing is said twice."""
        page = reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_change", args=[quote(obj.pk)])
        inside = f"?{IS_POPUP_VAR}=1" if IS_POPUP_VAR in request.POST else ""
        done = clicks.Done(f"The {self.opts.verbose_name} “{obj}” was added.", page + inside)
        done.keep(clicks.opened(request))
        return super().response_add(request, obj, post_url_continue)


class Settings(AddedOnce):
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
