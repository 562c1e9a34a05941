"""Reasons of denial: data, kept by administrators. What decisions left behind is on the claim's page."""

from django.contrib import admin
from django.http import HttpRequest

from claims.decisions.models import DenialReason
from vanguard.workbench.administrators import ForAdministrators


@admin.register(DenialReason)
class DenialReasonAdmin(ForAdministrators):
    """Audited. A reason that letters have given is retired, not deleted."""

    list_display = ("label", "code", "topic", "needs_clause", "is_active")

    def get_readonly_fields(self, request: HttpRequest, obj: DenialReason | None = None) -> tuple[str, ...]:
        return ("code",) if obj else ()

    def has_delete_permission(self, request: HttpRequest, obj: DenialReason | None = None) -> bool:
        return False
