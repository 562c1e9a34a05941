"""Queues and triage rules as data: Django's own lists and forms, few rows, seldom changed; each says what it would catch."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest

from claims.authority import claim_handlers
from claims.intake.matching import first_match
from claims.intake.models import Queue, TriageRule
from claims.models import Claim
from claims.templatetags.claim_words import loss
from vanguard.accounts.models import User
from vanguard.money import dollars
from vanguard.workbench.administrators import Settings

# So many of the newest open claims are asked which rule would catch them.
LOOKED_AT = 2000
KEPT_AS = "_caught_by_rule"


class QueueForm(forms.ModelForm):
    class Meta:
        model = Queue
        fields = ("name", "claim_types", "severities", "members", "assigns", "active")
        widgets = {"members": forms.CheckboxSelectMultiple}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        handlers = User.objects.filter(pk__in=User.objects.filter(claim_handlers()).values("pk"))
        if isinstance(members := self.fields.get("members"), forms.ModelMultipleChoiceField):
            members.queryset = handlers.order_by("last_name", "first_name")

    def clean(self) -> dict[str, Any]:
        """What assigns needs somebody to assign to."""
        sent = super().clean() or {}
        if sent.get("assigns") and not sent.get("members"):
            self.add_error("members", "Choose who gets the claims, or do not let the queue assign them.")
        return sent


@admin.register(Queue)
class QueueAdmin(Settings):
    """Whose claims wait where."""

    form = QueueForm
    list_display = ("name", "types", "grades", "people", "assigns", "active", "waiting", "open")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Queue]:
        is_open = Q(claims__claim__closed_at=None, claims__isnull=False)
        waiting = Count("claims", filter=is_open & Q(claims__claim__assignee=None), distinct=True)
        return Queue.objects.annotate(
            number_open=Count("claims", filter=is_open, distinct=True),
            number_waiting=waiting,
            number_people=Count("members", distinct=True),
        )

    @admin.display(description="Types of loss")
    def types(self, queue: Queue) -> str:
        return queue.claim_types.replace("_", " ") or "Every type"

    @admin.display(description="Severities")
    def grades(self, queue: Queue) -> str:
        return queue.severities or "Every severity"

    @admin.display(description="People")
    def people(self, queue: Any) -> int:
        return int(queue.number_people)

    @admin.display(description="Wait for an owner")
    def waiting(self, queue: Any) -> int:
        return int(queue.number_waiting)

    @admin.display(description="Open claims")
    def open(self, queue: Any) -> int:
        return int(queue.number_open)


@admin.register(TriageRule)
class TriageRuleAdmin(Settings):
    """The rules in the order in which they are asked."""

    list_display = ("position", "name", "type_of_loss", "amounts", "words", "severity", "queue", "role", "active")
    list_display_links = ("position", "name")
    list_select_related = ("queue", "role")

    def get_list_display(self, request: HttpRequest) -> Any:
        """With what each rule would catch, worked out for this request."""
        found, looked_at = caught_by_rule(request)

        @admin.display(description=f"Would catch, of {looked_at} open")
        def caught(rule: TriageRule) -> int:
            return found.get(rule.pk, 0)

        return (*self.list_display, caught)

    @admin.display(description="Type of loss", ordering="claim_type")
    def type_of_loss(self, rule: TriageRule) -> str:
        return loss(rule.claim_type) if rule.claim_type else "Every type"

    @admin.display(description="Amount", ordering="amount_from")
    def amounts(self, rule: TriageRule) -> str:
        above = f"from {dollars(rule.amount_from)}" if rule.amount_from is not None else ""
        below = f"below {dollars(rule.amount_to)}" if rule.amount_to is not None else ""
        return " ".join(filter(None, (above, below))) or "Any amount"


def caught_by_rule(request: HttpRequest) -> tuple[dict[int, int], int]:
    """How many of the newest open claims each rule would catch, and of how many; worked out once a request."""
    known: tuple[dict[int, int], int] | None = getattr(request, KEPT_AS, None)
    if known is None:
        rules = list(TriageRule.objects.filter(active=True, queue__active=True))
        rows = Claim.objects.open().order_by("-id").values_list("claim_type", "claim_amount", "description")[:LOOKED_AT]
        found, looked_at = dict[int, int](), 0
        for claim_type, amount, text in rows:
            looked_at += 1
            if (rule := first_match(rules, claim_type=claim_type, amount=amount, text=text)) is not None:
                found[rule.pk] = found.get(rule.pk, 0) + 1
        known = found, looked_at
        setattr(request, KEPT_AS, known)
    return known
