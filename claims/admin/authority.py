"""How much each role may approve: data, set by an administrator, and audited."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from claims.models import AuthorityLimit


@admin.register(AuthorityLimit)
class AuthorityLimitAdmin(admin.ModelAdmin):
    """For administrators; each sees the own limit where it binds: on the form that approves."""

    list_display = ("role", "claim_type", "cost_type", "amount")
    list_select_related = ("role",)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.is_superuser)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.is_superuser)

    has_change_permission = has_delete_permission = has_view_permission

    def has_add_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.is_superuser)
