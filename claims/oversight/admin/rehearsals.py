"""A changed rule over the last twelve months, before it is switched on. Opening these pages changes nothing."""

import json
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone

from claims.models import AuthorityLimit, Claim
from claims.oversight.admin.asking import INVALID, allowed, page
from claims.oversight.admin.forms import ClockForm, FraudForm, LimitForm
from claims.oversight.rehearsal import MOST, SHOWN, AuthorityRehearsal, FraudRehearsal, Rehearsal, Rehearsed, rehearse
from vanguard.audit import record_export
from vanguard.workbench.contributions import Tool
from vanguard.workbench.export import csv_response
from vanguard.workbench.forms import WorkbenchForm
from vanguard.workbench.rates import costly
from vanguard.workbench.templatetags.workbench import dollars

PERMISSION = "oversight.rehearse_rules"
HEAD = ("claim", "at", "decision", "amount", "by", "then", "would", "change")


def index(request: HttpRequest) -> HttpResponse:
    """Which rules can be rehearsed."""
    allowed(request, PERMISSION)
    return page(request, "oversight/rehearsals.html", title="Rehearsal")


def authority(request: HttpRequest) -> HttpResponse:
    """Another limit of authority."""
    allowed(request, PERMISSION)
    form = LimitForm(request.GET or None, auto_id="ask_%s")
    if not form.is_bound or not form.is_valid():
        return _asked(request, "Another limit of authority", form)
    limit = form.candidate()
    made = {"role": form.cleaned_data["role"], "claim_type__iexact": limit.claim_type, "cost_type": limit.cost_type}
    present = AuthorityLimit.objects.filter(**made).first()
    says = f"{limit.role}, {limit.claim_type.replace('_', ' ') or 'any type'}, {limit.cost_type}: {dollars(limit.amount)}"
    says += f" instead of {dollars(present.amount)}" if present else " where no limit is set"
    switch_on = _switch_on(request, form, present)
    return _answer(request, "Another limit of authority", form, AuthorityRehearsal([limit]), says, switch_on=switch_on)


def clock(request: HttpRequest) -> HttpResponse:
    """Other days for a clock."""
    allowed(request, PERMISSION)
    form = ClockForm(request.GET or None, auto_id="ask_%s")
    if not form.is_bound or not form.is_valid():
        return _asked(request, "Other days for a deadline", form)
    rehearsal = form.rehearsal()
    says = f"{rehearsal.words}: {rehearsal.days} days"
    return _answer(request, "Other days for a deadline", form, rehearsal, says)


def fraud(request: HttpRequest) -> HttpResponse:
    """Another fraud rule."""
    allowed(request, PERMISSION)
    form = FraudForm(request.GET or None, auto_id="ask_%s")
    if not form.is_bound or not form.is_valid():
        return _asked(request, "Another fraud rule", form)
    rehearsal = FraudRehearsal(form.candidate())
    switch_on = ""
    if request.user.has_perm("fraud.add_fraudrule"):
        row = rehearsal.candidate
        filled = {"code": row.code, "weight": row.weight, "parameters": json.dumps(row.parameters, sort_keys=True)}
        switch_on = f"{reverse('admin:fraud_fraudrule_add')}?{urlencode(filled)}"
    return _answer(request, "Another fraud rule", form, rehearsal, rehearsal.words, switch_on=switch_on)


def _asked(request: HttpRequest, title: str, form: WorkbenchForm) -> HttpResponse:
    return page(request, "oversight/rehearsal.html", INVALID if form.is_bound else 200, title=title, form=form)


def _answer(request: HttpRequest, title: str, form: WorkbenchForm, rehearsal: Rehearsal, says: str, **more: Any) -> HttpResponse:
    costly(request)
    rehearsed = rehearse(rehearsal, timezone.now(), most=MOST)
    if request.GET.get("as") == "csv":
        return _as_file(request, rehearsed, says)
    query = urlencode([(name, value) for name, value in request.GET.items() if name != "as"])
    tools = [Tool("Export as CSV", f"?{query}&as=csv")] if rehearsed.changed else []
    shown = rehearsed.changed[:SHOWN]
    return page(
        request, "oversight/rehearsal.html", title=title, form=form, rehearsed=rehearsed, says=says, shown=shown,
        left_out=len(rehearsed.changed) - len(shown), tools=tools, **more,
    )  # fmt: skip


def _as_file(request: HttpRequest, rehearsed: Rehearsed, says: str) -> HttpResponse:
    record_export(allowed(request, PERMISSION), Claim, rows=len(rehearsed.changed), asked=f"rehearsal, {says}")
    rows = [(o.claim_number, o.at, o.decision, o.amount, o.by, o.then, o.would, o.change) for o in rehearsed.changed]
    return csv_response("rehearsal", HEAD, rows)


def _switch_on(request: HttpRequest, form: LimitForm, present: AuthorityLimit | None) -> str:
    """The rule's own form, for who may change it; empty for others."""
    if not request.user.is_superuser:
        return ""
    if present is not None:
        return reverse("admin:claims_authoritylimit_change", args=[present.pk])
    filled = {name: form.data.get(name, "") for name in ("claim_type", "cost_type")} | {"amount": form.cleaned_data["amount"]}
    return f"{reverse('admin:claims_authoritylimit_add')}?{urlencode(filled | {'role': form.cleaned_data['role'].pk})}"
