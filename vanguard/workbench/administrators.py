"""Stock pages for data that administrators keep: limits, reasons, texts. Every change is audited where the model is registered for it."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest


class ForAdministrators(admin.ModelAdmin):
    """Seen and changed by superusers only."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.is_superuser)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.is_superuser)

    has_change_permission = has_delete_permission = has_view_permission

    def has_add_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.is_superuser)
