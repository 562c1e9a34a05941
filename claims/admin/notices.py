"""Notices that are no claim yet: the list, the page of one, and its ways on: file it, record it to be denied, or discard it."""

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from claims import services
from claims.admin.claimant_forms import NamesClaimant, offer_customers
from claims.admin.forms import FileNoticeForm, NoticeForm, ReasonForm, suggestions
from claims.intake.models import NoticeDraft
from policies.models import Policy
from vanguard.accounts.models import User
from vanguard.workbench.commands import Command
from vanguard.workbench.conflicts import shown
from vanguard.workbench.editing import Creation
from vanguard.workbench.filters import ViewTabs
from vanguard.workbench.forms import RecordForm, WorkbenchForm
from vanguard.workbench.model_admin import WorkbenchModelAdmin, actor_of

LABELS = {"open": "Not filed yet", "filed": "Filed", "discarded": "Discarded"}


class TakeNotice(Creation[NoticeDraft]):
    permission, label, submit = "claims.add_claim", "Note a call", "Keep the notice"
    form_class = NoticeForm
    intro = "For a notice that cannot be filed yet: the policy is not known, or not verified. It becomes a claim, or is discarded."

    def form(self, request: HttpRequest, *, bound: bool) -> WorkbenchForm:
        form = super().form(request, bound=bound)
        form.lists = {"claim-types": suggestions()}
        return form

    def create(self, actor: User, form: WorkbenchForm) -> NoticeDraft:
        return services.take_notice(actor, **form.cleaned_data)

    def done(self, record: NoticeDraft) -> str:
        return "The notice is kept. File it as soon as the policy is known."


class FileNotice(Command[NoticeDraft]):
    name, permission, key = "file", "claims.add_claim", "f"
    form_class, template = FileNoticeForm, "claims/file_notice_fields.html"
    to_be_denied: ClassVar[bool] = False

    def offered(self, actor: User, record: NoticeDraft) -> bool:
        return record.status == NoticeDraft.Status.OPEN

    def label(self, actor: User, record: NoticeDraft) -> str:
        return "File as a claim…"

    def title(self, actor: User, record: NoticeDraft) -> str:
        return "File the notice as a claim"

    def submit(self, actor: User, record: NoticeDraft) -> str:
        return "File the claim"

    def initial(self, actor: User, record: NoticeDraft) -> dict[str, Any]:
        return {
            "policy": record.policy.policy_number if record.policy else "",
            "claim_type": record.claim_type,
            "claim_amount": record.claim_amount,
            "incident_date": timezone.localtime(record.incident_date) if record.incident_date else None,
            "description": record.description,
        }

    def prepare(self, actor: User, record: NoticeDraft, form: RecordForm) -> None:
        form.lists = {"claim-types": suggestions(), "policies": []}
        form.fields["policy"].widget.attrs["data-url"] = reverse("admin:claims_claim_policies")
        offer_customers(form, "claimant_customer")

    def again(self, actor: User, record: NoticeDraft, form: RecordForm) -> dict[str, Any]:
        return {"submit": form.submit_instead} if form.submit_instead else {}

    def run(self, actor: User, record: NoticeDraft, form: RecordForm) -> NoticeDraft:
        sent = dict(form.cleaned_data)
        policy: Policy = sent.pop("policy")
        told = {name: value for name, value in sent.items() if name != "seen" and name not in NamesClaimant.base_fields}
        claimant = form.claimant() if isinstance(form, NamesClaimant) else None
        services.file_notice(actor, record.pk, policy_id=policy.pk, to_be_denied=self.to_be_denied, claimant=claimant, **told)
        return NoticeDraft.objects.select_related("claim").get(pk=record.pk)

    def done(self, actor: User, record: NoticeDraft, fresh: NoticeDraft | None) -> str:
        return f"{fresh.claim if fresh else record} is filed."


class RecordToBeDenied(FileNotice):
    """A loss outside the cover cannot be filed; a claim that is told so can be denied, with its letter and its appeal."""

    name, key, lead = "record", "", False
    to_be_denied = True

    def label(self, actor: User, record: NoticeDraft) -> str:
        return "Record as outside the cover, to be denied…"

    def title(self, actor: User, record: NoticeDraft) -> str:
        return "Record a loss outside the cover, to be denied"

    def submit(self, actor: User, record: NoticeDraft) -> str:
        return "Record it to be denied"

    def page(self, actor: User, record: NoticeDraft) -> dict[str, Any]:
        return {
            "intro": "Only for a loss at which the policy was not in force. Why it was not is stored with the claim; it cannot be approved."
        }


class Discard(Command[NoticeDraft]):
    name, permission, tone = "discard", "claims.add_claim", "danger"
    form_class = ReasonForm

    def offered(self, actor: User, record: NoticeDraft) -> bool:
        return record.status == NoticeDraft.Status.OPEN

    def label(self, actor: User, record: NoticeDraft) -> str:
        return "Discard…"

    def title(self, actor: User, record: NoticeDraft) -> str:
        return "Discard the notice"

    def page(self, actor: User, record: NoticeDraft) -> dict[str, Any]:
        return {"intro": "No claim comes of it. The notice stays, with this reason."}

    def run(self, actor: User, record: NoticeDraft, form: RecordForm) -> NoticeDraft:
        return services.discard_notice(actor, record.pk, reason=form.cleaned_data["reason"], version=form.cleaned_data["version"])

    def done(self, actor: User, record: NoticeDraft, fresh: NoticeDraft | None) -> str:
        return "The notice is discarded."


class View(ViewTabs):
    def lookups(self, request: HttpRequest, model_admin: "admin.ModelAdmin[Any]") -> list[tuple[str, str]]:
        return list(LABELS.items())

    def value(self) -> str:
        return super().value() or "open"

    def narrow(self, request: HttpRequest, queryset: QuerySet[NoticeDraft], value: str) -> QuerySet[NoticeDraft]:
        return queryset.filter(status=value)


@admin.register(NoticeDraft)
class NoticeDraftAdmin(WorkbenchModelAdmin[NoticeDraft]):
    """Seldom many: each is to become a claim soon."""

    list_title = "Notices"
    list_display = ("reported", "about", "said", "taken")
    list_filter = (View,)
    ordering = ("-reported_date", "-id")
    search_fields = ("policy_told",)
    search_hint = "Policy as told"
    row_template = "claims/notice_row.html"
    empty_words = "What cannot be filed as a claim yet is kept here until it can."

    record_template = "claims/notice.html"
    state_template = "claims/notice_state.html"
    commands = (FileNotice(), Discard(), RecordToBeDenied())
    creation = TakeNotice()
    seen_labels: ClassVar = {"status": "Status", "settled_because": "Why"}

    @admin.display(description="Reported", ordering="reported_date")
    def reported(self, draft: NoticeDraft) -> str:
        return draft.reported_date.isoformat()

    @admin.display(description="Policy and caller")
    def about(self, draft: NoticeDraft) -> str:
        return draft.policy_told

    @admin.display(description="Loss")
    def said(self, draft: NoticeDraft) -> str:
        return draft.claim_type

    @admin.display(description="Why it is not a claim yet")
    def taken(self, draft: NoticeDraft) -> str:
        return draft.settled_because

    def get_queryset(self, request: HttpRequest) -> QuerySet[NoticeDraft]:
        return NoticeDraft.objects.select_related("policy", "claim", "taken_by", "settled_by")

    def list_page(self, request: HttpRequest, cl: Any) -> dict[str, Any]:
        view = next(spec for spec in cl.filter_specs if isinstance(spec, View)).value()
        return {"tab_list": [{"value": name, "label": label, "here": name == view} for name, label in LABELS.items()]}

    def record_page(self, request: HttpRequest, record: NoticeDraft) -> dict[str, Any]:
        """Who files the notice calls back; to others the phone is masked."""
        return {"may_call": actor_of(request).has_perm("claims.add_claim")}

    def seen(self, record: NoticeDraft) -> dict[str, str]:
        return {name: shown(getattr(record, name)) for name in self.seen_labels}
