"""The audit trail in the workbench: what was recorded, and how the chain stands. For who may read the trail."""

import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Max
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.http import urlencode

from vanguard.accounts.models import User
from vanguard.background import start
from vanguard.recording import missing, recorded
from vanguard.trail.chain import last_head
from vanguard.trail.models import AuditLink, AuditRecord, Verification, plain_key
from vanguard.trail.schemas import asked
from vanguard.trail.verifying import keep, verify
from vanguard.workbench.contributions import NavItem, Page, Panel, Tool
from vanguard.workbench.site import workbench

VIEW = "trail.view_auditrecord"
SHOWN = 50
# So many that wait are counted.
MOST = 10_000
EARLIEST, LATEST = datetime.date(1900, 1, 1), datetime.date(2200, 12, 31)
LARGEST = 2**63 - 1


class Asking(forms.Form):
    """What the trail is searched by."""

    record_id = forms.CharField(label="Record", max_length=64, required=False)
    actor = forms.CharField(label="Who", max_length=255, required=False)
    table = forms.ChoiceField(label="Kind", required=False)
    from_day = forms.DateField(label="From", required=False, widget=forms.DateInput(attrs={"type": "date"}))
    to_day = forms.DateField(label="To", required=False, widget=forms.DateInput(attrs={"type": "date"}))
    correlation_id = forms.CharField(label="Correlation id", max_length=64, required=False)
    before = forms.IntegerField(required=False, min_value=1, max_value=LARGEST, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kinds = sorted((each.label.partition(".")[2], table) for table, each in recorded().items())
        self.fields["table"].choices = [("", "Any"), *((table, name) for name, table in kinds)]  # type: ignore[attr-defined]  # the field's own

    def clean(self) -> dict[str, Any]:
        told: dict[str, Any] = super().clean() or {}
        for name in ("from_day", "to_day"):
            if told.get(name) and not EARLIEST <= told[name] <= LATEST:
                self.add_error(name, "This day is outside the calendar.")
        return told

    def says(self, name: str) -> Any:
        """What was asked, where it was understood."""
        return self.cleaned_data.get(name) or None


class _Said:
    """The form's answers under the names that the API's parameters have."""

    operation = None

    def __init__(self, form: Asking) -> None:
        for name in ("record_id", "actor", "table", "correlation_id", "from_day", "to_day"):
            setattr(self, name, form.says(name))


def trail(request: HttpRequest) -> HttpResponse:
    """What was recorded, the newest first, a page at a time."""
    _allowed(request)
    form = Asking(request.GET)
    form.is_valid()
    rows = asked(AuditRecord.objects.chained(), _Said(form))
    if form.says("before"):
        rows = rows.filter(pk__lt=form.says("before"))
    found = list(rows[: SHOWN + 1])
    names = _names(found)
    shown = [{"record": each, "who": names.get(each.actor, ""), "kind": _kind(each), "url": _url(each)} for each in found[:SHOWN]]
    following = _query(form, before=found[SHOWN - 1].pk) if len(found) > SHOWN else ""
    tools = [Tool("The chain", reverse("admin:audit_chain"))]
    return _page(request, "trail/trail.html", title="Audit trail", form=form, rows=shown, following=following, tools=tools)


def chain(request: HttpRequest) -> HttpResponse:
    """How the chain stands: its head, what waits for sealing, the last looks at it. Sent, it has the newest part verified."""
    _allowed(request)
    if request.method == "POST":
        start(lambda: keep(verify(latest=True)))
        messages.success(request, "The newest part of the chain is being verified. What is found stands here when that is done.")
        return HttpResponseRedirect(reverse("admin:audit_chain"))
    head = last_head()
    sealed = AuditLink.objects.aggregate(last=Max("record_id"))["last"] or 0
    waiting = AuditRecord.objects.filter(pk__gt=sealed).order_by("pk")
    number = waiting[:MOST].count()
    tools = [Tool("Verify the newest part", reverse("admin:audit_chain"), primary=True, post=True)] if head else []
    return _page(
        request, "trail/chain.html", title="Audit chain", head=head, digest=head.digest.hex() if head else "",
        waiting=f"{number:,}{' or more' if number == MOST else ''}", oldest=waiting.values_list("at", flat=True).first(),
        looks=list(Verification.objects.all()[:12]), missing=missing(), tools=tools,
    )  # fmt: skip


def on_record(request: HttpRequest, record: Any) -> Panel | None:
    """On each record's page the way to its trail."""
    if not request.user.has_perm(VIEW):
        return None
    return Panel(
        "trail/on_record.html", {"trail_url": f"{reverse('admin:audit_trail')}?{urlencode({'record_id': record.pk})}"}, side=True, order=900
    )


def _allowed(request: HttpRequest) -> None:
    if not request.user.has_perm(VIEW):
        raise PermissionDenied


def _page(request: HttpRequest, template: str, **context: object) -> HttpResponse:
    return TemplateResponse(request, template, workbench().each_context(request) | context)


def _names(rows: list[AuditRecord]) -> dict[str, str]:
    keys = {each.actor for each in rows if each.actor}
    return {str(user.pk): str(user) for user in User.objects.filter(pk__in=[key for key in keys if len(key) == 36])}


def _kind(record: AuditRecord) -> str:
    known = recorded().get(record.table_name)
    return known.label.partition(".")[2] if known else record.table_name


def _url(record: AuditRecord) -> str:
    """The trail of this row alone."""
    return f"{reverse('admin:audit_trail')}?{urlencode({'record_id': plain_key(record.row_id)})}" if record.row_id else ""


def _query(form: Asking, **more: object) -> str:
    told = {name: value for name, value in form.cleaned_data.items() if value and name != "before"}
    return urlencode(told | more)


workbench().add_navigation(NavItem("Audit trail", "admin:audit_trail", "history", order=78, permission=VIEW))
workbench().add_pages(Page("audit/", "audit_trail", trail), Page("audit/chain/", "audit_chain", chain))
workbench().add_record_panel("*", on_record)
