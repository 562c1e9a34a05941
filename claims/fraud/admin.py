"""Indicator rules: data, changed by who may by adding a row that is valid from a later moment, and audited."""

import json
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone

from claims.fraud.models import FraudRule
from vanguard.workbench.administrators import Settings


@admin.register(FraudRule)
class FraudRuleAdmin(Settings):
    """What has counted stays as it was: rows are added, and switched off, but not deleted."""

    list_display = ("code", "weight", "parameters", "valid_from", "active")
    list_filter = ("code", "active")

    def has_change_permission(self, request: HttpRequest, obj: FraudRule | None = None) -> bool:
        """Only what does not count yet."""
        return super().has_change_permission(request, obj) and (obj is None or obj.valid_from > timezone.now())

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """What a rehearsal hands over: figures come as text, and the form takes them as they are stored."""
        given: dict[str, Any] = dict(super().get_changeform_initial_data(request))
        try:
            given["parameters"] = json.loads(given.get("parameters", "{}"))
        except ValueError:
            given.pop("parameters")
        return given

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
