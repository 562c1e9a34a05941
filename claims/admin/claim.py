"""The worklist and the claim page."""

import datetime
from collections.abc import Callable
from functools import partial
from typing import Any, ClassVar
from uuid import UUID

from django.contrib import admin
from django.contrib.admin.templatetags.admin_list import result_headers
from django.contrib.admin.views.main import ChangeList
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern

from claims import worklist
from claims.admin import (
    bulk,
    claimants,
    commands,
    deadlines,
    deciding,
    decisions,
    diary,
    file,
    filters,
    intake,
    investigation,
    money,
    news,
    pages,
    past,
    working,
)
from claims.admin.editing import FactsEditing, FirstNotice
from claims.admin.figures import figures
from claims.admin.handing_over import hand_over_page
from claims.admin.proof import money_page, proof_page, with_entries
from claims.admin.timeline import diary_of, timeline
from claims.clocks.jurisdiction import words_of
from claims.clocks.reading import next_clock, with_clocks
from claims.models import Claim
from claims.templatetags import claim_words
from claims.templatetags.claim_words import stage
from customers.admin.search import customers_to_pick
from vanguard.workbench import clicks
from vanguard.workbench.commands import Command
from vanguard.workbench.conflicts import shown
from vanguard.workbench.contributions import Tool
from vanguard.workbench.dates import clock
from vanguard.workbench.live import News
from vanguard.workbench.model_admin import WorkbenchModelAdmin, actor_of
from vanguard.workbench.paging import TOTAL_VAR

# Of an address to the list: which view it is, its order and its page.
NARROWS_NOT = frozenset({"view", "o", "p", "e", TOTAL_VAR})


@admin.register(Claim)
class ClaimAdmin(WorkbenchModelAdmin[Claim]):
    """Where adjusters and supervisors sit all day."""

    list_title = "Worklist"
    list_display = ("due", "claim", "loss", "state", "next_action", "claimed")
    list_filter = (
        filters.View,
        filters.StatusIs,
        filters.StageIs,
        filters.TypeIs,
        filters.OwnerIs,
        filters.QueueIs,
        filters.SeverityIs,
        filters.DueIn,
        filters.DueOn,
        filters.Decided,
        filters.Paid,
        filters.FileIs,
        filters.OfCustomer,
        filters.Reported,
        filters.Incident,
        filters.Behind,
    )
    ordering = ("due_at", "id")
    search_fields = ("claim_number",)
    search_hint = "Number, policy or name"
    row_template = "claims/row.html"
    live_stream = "claims"
    bulk_note = "Approve, deny and pay are done one claim at a time."
    actions = (bulk.reassign, bulk.export)

    record_template = "claims/claim.html"
    head_template = "claims/head.html"
    state_template = "claims/state.html"
    commands = (
        working.SettleCover(),
        commands.Approve(),
        commands.Start(),
        *working.COMMANDS,
        deciding.Received(),
        commands.Take(),
        *money.COMMANDS,
        commands.Close(),
        deciding.Deny(),
        deciding.Appeal(),
        commands.Reopen(),
        deciding.Ask(),
        deciding.WriteLetter(),
        diary.AddToDiary(),
        commands.Reassign(),
        *intake.COMMANDS,
        *claimants.COMMANDS,
        *investigation.COMMANDS,
        *deadlines.COMMANDS,
        commands.Remove(),
        file.Note(),
        file.AddDocument(),
    )
    creation = FirstNotice()
    editing = FactsEditing()
    seen_labels: ClassVar = {
        "status": "Status",
        "assignee": "Owner",
        "claim_type": "Type of loss",
        "claim_amount": "Claimed",
        "incident_date": "Loss",
        "description": "What happened",
        "proposed_amount": "Asked for",
        "depreciation": "Depreciation",
    }

    # -- Columns: their words and their order. The rows are drawn by the template.
    @admin.display(description="Due", ordering="due_at")
    def due(self, claim: Claim) -> str:
        return claim.due_at.isoformat() if claim.due_at else ""

    @admin.display(description="Claim", ordering="claim_number")
    def claim(self, claim: Claim) -> str:
        return claim.claim_number

    @admin.display(description="Loss", ordering="incident_date")
    def loss(self, claim: Claim) -> str:
        return claim.claim_type

    @admin.display(description="Status", ordering="status")
    def state(self, claim: Claim) -> str:
        return claim.status

    @admin.display(description="Next action, and why now")
    def next_action(self, claim: Claim) -> str:
        clock = next_clock(claim)
        return clock.rule.action if clock else ""

    @admin.display(description="Claimed", ordering="claim_amount")
    def claimed(self, claim: Claim) -> str:
        return str(claim.claim_amount)

    @admin.display(description="To pay")
    def to_pay(self, claim: Claim) -> str:
        return str(claim_words.to_pay(claim))

    # -- The list
    def get_list_display(self, request: HttpRequest) -> tuple[str, ...]:
        """Who pays reads what is left to pay, not what was claimed."""
        return (*self.list_display[:-1], "to_pay") if request.GET.get("view") == "unpaid" else self.list_display

    def get_urls(self) -> list[URLPattern]:
        own = [
            self._path("next/", "next", self.take_next_view),
            self._path("policies/", "policies", self.policies_view),
            self._path("customers/", "customers", self.customers_view),
            self._path("reassign/", "reassign", self.reassign_view),
            self._path("handover/", "handover", self.hand_over_view),
            self._path("<uuid:object_id>/proof/", "proof", self.proof_view),
            self._path("<uuid:object_id>/proof/<uuid:proof_id>/", "proof_of", self.proof_view),
            self._path("<uuid:object_id>/export/<uuid:claimant_id>/", "export", self.claimant_export_view),
            self._path("document/<uuid:object_id>/", "download", self.download_view),
        ]
        return own + super().get_urls()

    def get_queryset(self, request: HttpRequest) -> QuerySet[Claim]:
        return worklist.with_why_now(worklist.for_lists(Claim.objects.visible_to(actor_of(request))))

    def get_changelist_instance(self, request: HttpRequest) -> ChangeList:
        figures(request)  # for the tabs, and before the sidebar asks for its part of them
        return super().get_changelist_instance(request)

    def get_ordering(self, request: HttpRequest) -> tuple[str, ...]:
        return ("-reported_date", "-id") if request.GET.get("view") == "all" else self.ordering

    def counted(self, request: HttpRequest, rows: QuerySet[Claim]) -> int | None:
        """The open claims are few enough to be counted as they are, as their tabs are."""
        everything = request.GET.get("view") == "all" or request.GET.get("q")
        return super().counted(request, rows) if everything else None

    def get_search_results(self, request: HttpRequest, queryset: QuerySet[Claim], search_term: str) -> tuple[QuerySet[Claim], bool]:
        return worklist.found(queryset, search_term), False

    def list_page(self, request: HttpRequest, cl: ChangeList) -> dict[str, Any]:
        view = next(spec for spec in cl.filter_specs if isinstance(spec, filters.View)).value()
        found = figures(request)
        tabs = [
            {"value": name, "label": filters.LABELS[name], "here": name == view, "count": found.get(name), "late": name == "late"}
            for name in filters.views_of(request)
        ]
        page = {"tab_list": tabs, "amounts": ("Claimed", "To pay")}
        page |= pages.empty(view, found, narrowed=bool(request.GET.keys() - NARROWS_NOT))
        if view == "all" and not request.GET.get("o"):
            page |= {"sorted_words": "Newest report first", "headers": [header | {"sort_priority": 0} for header in result_headers(cl)]}
        return page

    def list_tools(self, request: HttpRequest) -> list[Tool]:
        return pages.tools(request)

    def has_reassign_permission(self, request: HttpRequest) -> bool:
        """For the bulk action."""
        return actor_of(request).has_perm("claims.reassign_claim")

    # -- One claim
    def record_queryset(self, request: HttpRequest) -> QuerySet[Claim]:
        return (
            Claim.objects.visible_to(actor_of(request))
            .select_related(*worklist.IN_LISTS, "triage__queue", "triage__role", "finding")
            .prefetch_related("payments", "referrals", "claimants__customer", with_entries(), with_clocks(), worklist.with_undecided())
        )

    def record_page(self, request: HttpRequest, record: Claim) -> dict[str, Any]:
        others = Claim.objects.filter(policy=record.policy_id).exclude(pk=record.pk)
        letters = list(record.letters.select_related("made_by").defer("file"))
        written = list(diary_of(record))
        entries = timeline(record, letters, written)
        given = {entry.command for entry in entries}
        figures_of_money = money_page(record, given)
        return (
            {
                "title": record.claim_number,
                "edit_url": "" if commands.party(actor_of(request), record) else self.edit_url(request, record),
                "entries": entries,
                "kinds": pages.kinds(entries),
                "documents": [entry.document for entry in entries if entry.document],
                "letters": letters,
                "diary": [entry for entry in written if entry.is_open],
                "may_add_to_diary": record.is_open and actor_of(request).has_perm("diary.add_diaryentry"),
                "may_write": actor_of(request).has_perm("letters.add_claimletter"),
                "covered": figures_of_money["basis"].cover.in_force,
                "clocks": deadlines.clocks_page(actor_of(request), record),
                "jurisdiction": words_of(record.jurisdiction),
                "tone": clock(record.due_at).tone if record.due_at else "calm",
                "others": list(worklist.for_lists(others).order_by("-incident_date")[:5]),
                "may_reassign": self.has_reassign_permission(request),
                "triage": intake.triage_of(record),
                "finding": getattr(record, "finding", None),
                "related": intake.related(record),
            }
            | decisions.decisions_page(record, given)
            | figures_of_money
            | claimants.claimants_page(actor_of(request), record)
            | investigation.indicators_page(actor_of(request), record)
        )

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The claim as it stands; with a day in the address, as it was known then."""
        as_known = past.page_of(self, request, object_id)
        return as_known or super().change_view(request, object_id, form_url, extra_context)

    def _command_page(self, command: Command[Claim]) -> Callable[..., HttpResponse]:
        return past.now_only(self, super()._command_page(command))

    def edit_view(self, request: HttpRequest, object_id: UUID) -> HttpResponse:
        return past.now_only(self, super().edit_view)(request, object_id)

    def edit_url(self, request: HttpRequest, record: Claim) -> str:
        mine = record.assignee_id in (None, request.user.pk) or actor_of(request).has_perm("claims.handle_any_claim")
        return super().edit_url(request, record) if mine and record.status not in ("approved", "denied") else ""

    def seen(self, record: Claim) -> dict[str, str]:
        values = {name: shown(getattr(record, name)) for name in self.seen_labels if name != "status"}
        return {"status": f"{record.get_status_display()}, {stage(record).lower()}".removesuffix(", ")} | values

    def news(self, request: HttpRequest, since: datetime.datetime, record: Claim | None = None) -> list[News]:
        return news.of_claim(record, since) if record else news.of_list(request, since)

    # -- Pages of its own
    def take_next_view(self, request: HttpRequest) -> HttpResponse:
        return clicks.once(partial(pages.take_next, self))(request)

    def policies_view(self, request: HttpRequest) -> HttpResponse:
        return pages.policies(request)

    def customers_view(self, request: HttpRequest) -> HttpResponse:
        return customers_to_pick(request, "parties.add_claimant")

    def reassign_view(self, request: HttpRequest) -> HttpResponse:
        return bulk.reassign_page(self, request)

    def hand_over_view(self, request: HttpRequest) -> HttpResponse:
        return clicks.once(partial(hand_over_page, self))(request)

    def proof_view(self, request: HttpRequest, object_id: UUID, proof_id: UUID | None = None) -> HttpResponse:
        return proof_page(self, request, object_id, proof_id)

    def claimant_export_view(self, request: HttpRequest, object_id: UUID, claimant_id: UUID) -> HttpResponse:
        return claimants.export(self, request, object_id, claimant_id)

    def download_view(self, request: HttpRequest, object_id: UUID) -> HttpResponse:
        return pages.hand_out(request, object_id)
