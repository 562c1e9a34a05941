"""How long cover goes on unpaid: data, set by an administrator, and audited."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from policies.billing.models import GracePeriod


@admin.register(GracePeriod)
class GracePeriodAdmin(admin.ModelAdmin):
    """For administrators. Without a row it is 30 days from a notice that is given when an instalment is past due."""

    list_display = ("__str__", "notice_after_days", "grace_days")

    def has_module_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.is_superuser)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.is_superuser)

    has_change_permission = has_delete_permission = has_view_permission

    def has_add_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.is_superuser)
