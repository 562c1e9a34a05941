"""Underwriting rules: data, read by all staff, set by an administrator, and audited."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone

from policies.products.models import RatingFactor
from policies.quotes.models import UnderwritingRule
from policies.quotes.rules import fault_of
from vanguard.workbench.administrators import Settings


class RuleForm(forms.ModelForm):
    """Refuses a rule that could never fire."""

    class Meta:
        model = UnderwritingRule
        fields = ("product", "name", "looks_at", "comparison", "value", "outcome", "second_person", "reason", "valid_from", "valid_to")

    def clean(self) -> dict[str, Any]:
        sent = super().clean() or {}
        since, until = sent.get("valid_from"), sent.get("valid_to")
        if since and until and since >= until:
            self.add_error("valid_to", "Valid to is after valid from.")
        if {"looks_at", "comparison", "value"} <= sent.keys():
            rule = UnderwritingRule(looks_at=sent["looks_at"], comparison=sent["comparison"], value=sent["value"])
            if fault := fault_of(rule, _factors(sent.get("product"))):
                self.add_error(*fault)
        return sent


def _factors(product: Any) -> list[RatingFactor]:
    """The factors of the versions that are valid now or will be: of one product, or of all."""
    rows = RatingFactor.objects.exclude(product_version__valid_to__lte=timezone.now()).prefetch_related("values")
    return list(rows.filter(product_version__product=product) if product else rows)


@admin.register(UnderwritingRule)
class UnderwritingRuleAdmin(Settings):
    """Read by all staff."""

    form = RuleForm
    list_display = ("name", "product", "looks_at", "comparison", "value", "outcome", "second_person", "valid_from", "valid_to")
    list_select_related = ("product",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.is_superuser)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.is_superuser)

    has_delete_permission = has_change_permission
