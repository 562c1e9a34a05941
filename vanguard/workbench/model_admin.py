"""What all admin pages of the domain share: a list, a page to read, commands that call services. No field is saved by the admin itself."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, cast
from uuid import UUID

from auditlog.models import LogEntry
from django.contrib import admin
from django.contrib.admin import helpers
from django.contrib.admin.exceptions import DisallowedModelAdminLookup
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.templatetags.admin_list import result_headers
from django.contrib.admin.utils import quote
from django.contrib.admin.views.main import SEARCH_VAR, ChangeList
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse

from vanguard.accounts.models import User
from vanguard.audit import HIDDEN
from vanguard.errors import DomainError
from vanguard.models import DomainModel
from vanguard.querysets import COUNTED, Bounded
from vanguard.replica import read_aside
from vanguard.workbench import clicks, views
from vanguard.workbench.commands import Command, Offer
from vanguard.workbench.conflicts import seal
from vanguard.workbench.contributions import Tool
from vanguard.workbench.editing import Creation, Editing
from vanguard.workbench.filters import DateRange, FixedFilter
from vanguard.workbench.forms import RecordForm
from vanguard.workbench.in_dialogs import in_dialog
from vanguard.workbench.live import Live, Narrowed, News, asks_for_news, list_news, live, record_news
from vanguard.workbench.paging import FOUND, TOTAL_VAR, KeysFirst, LongList

if TYPE_CHECKING:
    from django.contrib.admin import ModelAdmin as StockAdmin

    from vanguard.workbench.site import WorkbenchSite
else:

    class StockAdmin(admin.ModelAdmin):
        """Django's ModelAdmin is generic to type checkers only; this lets it be written so at run time too."""

        def __class_getitem__(cls, _model: Any) -> Any:
            return cls


class WorkbenchModelAdmin[M: DomainModel](StockAdmin[M]):
    """Read-only by itself: `creation`, `editing` and `commands` are the ways to change something, and each calls a service."""

    # The list
    change_list_template = "workbench/change_list.html"
    row_template: ClassVar[str]
    list_title: ClassVar[str] = ""
    search_hint: ClassVar[str] = ""
    empty_words: ClassVar[str] = "No record fits. Take a filter out, or search for less."
    show_full_result_count = False
    list_per_page = 25
    list_max_show_all = 0
    list_display_links = None
    bulk_note: ClassVar[str] = ""

    # The stream (vanguard.realtime) that tells what happens to these records: their pages are then brought up to date as it happens.
    live_stream: ClassVar[str] = ""

    # One record
    record_template: ClassVar[str]
    # Its head with the commands, apart, for pages that are brought up to date.
    head_template: ClassVar[str] = ""
    state_template: ClassVar[str]
    commands: Sequence[Command[M]] = ()
    creation: Creation[M] | None = None
    editing: Editing[M] | None = None
    # What a page shows of a record, by field: a save that meets another's is explained in these words.
    seen_labels: ClassVar[dict[str, str]] = {}

    # -- Who may: the stock forms stay shut, whatever the role
    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.creation is not None and request.user.has_perm(self.creation.permission)

    def has_change_permission(self, request: HttpRequest, obj: M | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: M | None = None) -> bool:
        return False

    # -- Addresses
    def get_urls(self) -> list[URLPattern]:
        """A page for each command, one for the edit, and the stock ones."""
        own = [self._path(f"<uuid:object_id>/{command.name}/", command.name, self._command_page(command)) for command in self.commands]
        if self.editing:
            own.append(self._path("<uuid:object_id>/edit/", "edit", self.edit_view))
        if self.live_stream:
            own.append(self._path("news/", "news", self.news_view))
            own.append(self._path("<uuid:object_id>/since/", "since", self.record_news_view))
        return own + super().get_urls()

    def _path(self, route: str, name: str, view: Callable[..., HttpResponse]) -> URLPattern:
        return path(route, self.admin_site.admin_view(view), name=f"{self.opts.app_label}_{self.opts.model_name}_{name}")

    def url(self, name: str, *args: Any) -> str:
        """The address of one of this model's pages."""
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_{name}", args=args)

    def record_url(self, record: M) -> str:
        return self.url("change", quote(record.pk))

    # -- The list
    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """What a filter declares. Django would let every column be asked for, digests of personal data included."""
        return lookup in self._declared()

    def _declared(self) -> dict[str, type[FixedFilter | DateRange]]:
        """The list's filters, by what they take from the address."""
        declared = cast("Sequence[type[FixedFilter | DateRange]]", self.list_filter)
        return {name: each for each in declared for name in each.parameters()}

    def asked_for(self, request: HttpRequest) -> str:
        """By what the list was narrowed, for the audit trail: filters with what was chosen; of a search only that there was one.

        An entry outlives who was searched for, so what people typed is masked, as the request's own line masks it.
        """
        filters = self._declared()
        told = [f"{name}={filters[name].kept(str(value))}" for name, value in request.GET.items() if value and name in filters]
        return "&".join([*told, *([f"{SEARCH_VAR}={HIDDEN}"] if request.GET.get(SEARCH_VAR) else [])])

    def get_changelist_instance(self, request: HttpRequest) -> ChangeList:
        """An address that asks for more is answered as one with an unknown choice is: without it, and saying so."""
        try:
            return super().get_changelist_instance(request)
        except DisallowedModelAdminLookup:
            raise IncorrectLookupParameters from None

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return Narrowed if asks_for_news(request) else LongList

    def get_paginator(
        self, request: HttpRequest, queryset: QuerySet[M], per_page: int, orphans: int = 0, allow_empty_first_page: bool = True
    ) -> KeysFirst:
        paginator = KeysFirst(queryset, per_page, orphans, allow_empty_first_page)
        paginator.rows, paginator.most = self.get_queryset(request), self.counted(request, queryset)
        return paginator

    def counted(self, request: HttpRequest, rows: QuerySet[M]) -> int | None:
        """How many of the list's rows are counted at most; None where the total is exact: without a filter, or when that is asked for."""
        if request.GET.get(TOTAL_VAR) == "all" or not (rows.query.where or rows.query.combinator):
            return None
        return FOUND if request.GET.get(SEARCH_VAR) else COUNTED

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The stock list with our rows, tabs and filters around it; read from a replica where there is one."""
        if request.method == "POST":
            request.POST = self._selected(request)  # type: ignore[assignment]  # the stubs have it read-only
        if request.method != "GET":
            return self._list(request, extra_context)

        def made() -> HttpResponse:
            response = self._list(request, extra_context)
            # What the template still asks for is asked where the rest was.
            return response.render() if isinstance(response, TemplateResponse) else response

        return read_aside(made)

    def _list(self, request: HttpRequest, extra_context: dict[str, Any] | None) -> HttpResponse:
        response = super().changelist_view(request, extra_context)
        if isinstance(response, TemplateResponse) and response.context_data and (cl := response.context_data.get("cl")):
            response.context_data |= (
                _paging(cl)
                | {
                    "kept_query": [(name, value) for name, value in request.GET.items() if name not in ("p", "e", TOTAL_VAR)],
                    "title": self.list_title or str(self.opts.verbose_name_plural).capitalize(),
                    "headers": list(result_headers(cl)),
                    "row_template": self.row_template,
                    "search_hint": self.search_hint,
                    "bulk": self.bulk_actions(request),
                    "bulk_note": self.bulk_note,
                    "tools": self.list_tools(request),
                    "empty_words": self.empty_words,
                    "tabs": next((spec for spec in cl.filter_specs if getattr(spec, "is_tabs", False)), None),
                    "filters": [spec for spec in cl.filter_specs if not getattr(spec, "is_tabs", False)],
                    "live": live("list", self.live_stream, self.url("news")) if self.live_stream else None,
                }
                | self.list_page(request, cl)
            )
        return response

    def _selected(self, request: HttpRequest) -> QueryDict:
        """What was sent, without rows that can be none: Django asks the database for whatever was ticked."""
        sent = request.POST.copy()
        sent.setlist(helpers.ACTION_CHECKBOX_NAME, [key for key in sent.getlist(helpers.ACTION_CHECKBOX_NAME) if self._is_key(key)])
        return sent

    def _is_key(self, text: str) -> bool:
        try:
            self.opts.pk.to_python(text)
        except ValidationError:
            return False
        return True

    def list_page(self, request: HttpRequest, cl: Any) -> dict[str, Any]:
        """What else the rows and tabs of this list show."""
        return {}

    def list_tools(self, request: HttpRequest) -> list[Tool]:
        """The buttons above the list."""
        if self.creation is None or not self.has_add_permission(request):
            return []
        return [Tool(self.creation.label, self.url("add"), primary=True)]

    def bulk_actions(self, request: HttpRequest) -> list[tuple[str, str]]:
        """Name and words of each action on selected rows."""
        return [(str(name), str(words)) for name, words in self.get_action_choices(request, default_choices=[])]

    # -- One record
    def record_queryset(self, request: HttpRequest) -> QuerySet[M]:
        """All that a page reads of its record, in a fixed number of queries."""
        return self.get_queryset(request)

    def record_or_404(self, request: HttpRequest, object_id: UUID | str) -> M:
        """The record, if it is there and this person may know of it."""
        try:
            found = self.record_queryset(request).filter(pk=UUID(str(object_id))).first()
        except ValueError:
            found = None
        if found is None or not self.has_view_permission(request, found):
            raise Http404(f"There is no such {self.opts.verbose_name}.")
        return found

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The page to read. Nothing can be posted to it."""
        if request.method not in ("GET", "HEAD"):
            return HttpResponse(status=405, headers={"Allow": "GET, HEAD"})
        page = self.record_context(request, self.record_or_404(request, object_id))
        return TemplateResponse(request, self.record_template, page | (extra_context or {}))

    def record_context(self, request: HttpRequest, record: M) -> dict[str, Any]:
        """All that the page to read shows."""
        offers = self.offers(request, record)
        page = self.page(request, record) | {
            "offers": offers,
            "lead": [offer for offer in offers if offer.lead],
            "rest": [offer for offer in offers if not offer.lead and not offer.placed],
            "panels": cast("WorkbenchSite", self.admin_site).record_panels(request, record),
            "placed": {offer.name: offer for offer in offers if offer.placed and not offer.why_not},
        }
        page["live"] = self.live(record, "record")
        return page | self.record_page(request, record)

    def record_page(self, request: HttpRequest, record: M) -> dict[str, Any]:
        """What the page to read shows beside the record."""
        return {}

    def page(self, request: HttpRequest, record: M | None, title: str = "") -> dict[str, Any]:
        """What every page on a record, or on a new one, starts from."""
        known = {"record": record, "record_url": self.record_url(record), "edit_url": self.edit_url(request, record)} if record else {}
        return (
            self.admin_site.each_context(request)
            | known
            | {
                "opts": self.opts,
                "model_admin": self,
                "title": title or str(record),
                "list_url": self.url("changelist"),
                "list_title": self.list_title,
                "back_to": self.opts.verbose_name,
                "live": self.live(record, "form") if record else None,
            }
        )

    def live(self, record: M, kind: str) -> Live | None:
        """How a page on the record hears of what others do to it."""
        return live(kind, self.live_stream, self.url("since", record.pk), record) if self.live_stream else None

    def edit_url(self, request: HttpRequest, record: M) -> str:
        """Where this person edits the record; empty when they cannot."""
        may = self.editing is not None and request.user.has_perm(self.editing.permission)
        return self.url("edit", record.pk) if may else ""

    def offers(self, request: HttpRequest, record: M) -> list[Offer]:
        """The commands that this person has on this record, each with its form."""
        actor = actor_of(request)
        have = [command for command in self.commands if actor.has_perm(command.permission) and command.offered(actor, record)]
        return [self._offer(request, command, record, actor) for command in have]

    def _offer(self, request: HttpRequest, command: Command[M], record: M, actor: User) -> Offer:
        why_not = command.why_not(actor, record)
        form: RecordForm | None = None
        words: dict[str, Any] = {}
        if not why_not:
            # What is stored can be what no form can be made of: that takes the command away, and not the page.
            try:
                form = command.form(request, record, actor, self.seal(record), bound=False)
                words = self.words(command, actor, record)
            except DomainError as refused:
                why_not = refused.message
        return Offer(
            command.name,
            command.label(actor, record),
            self.url(command.name, record.pk),
            command.key,
            command.tone,
            why_not,
            command.lead and not command.placed,
            command.direct,
            command.placed,
            None if why_not else form,
            {} if why_not else words,
        )

    def words(self, command: Command[M], actor: User, record: M) -> dict[str, Any]:
        """What the form of a command says and shows."""
        page = {"title": command.title(actor, record), "submit": command.submit(actor, record), "template": command.template}
        return page | command.page(actor, record)

    # -- What a page showed
    def seen(self, record: M) -> dict[str, str]:
        """The record as its pages show it, by field. Never personal data: it travels with forms."""
        return {}

    def labels_seen(self, record: M) -> Mapping[str, str]:
        """What each field of `seen` is called."""
        return self.seen_labels

    def seal(self, record: M) -> str:
        """`seen`, to travel with a form."""
        return seal(record, self.seen(record))

    def last_change(self, record: M) -> str:
        """Who changed the record last, by name; empty when nobody knows."""
        entry = LogEntry.objects.get_for_object(record).select_related("actor").order_by("-timestamp", "-id").first()
        return str(entry.actor) if entry and entry.actor else ""

    # -- What others did since a page was drawn
    def news(self, request: HttpRequest, since: datetime, record: M | None = None) -> list[News]:
        """What was done since, the oldest first: to all records, as far as a list shows it, or to this one."""
        return []

    def news_view(self, request: HttpRequest) -> HttpResponse:
        """What of a list is different now."""
        return list_news(self, request)

    def record_news_view(self, request: HttpRequest, object_id: UUID) -> HttpResponse:
        """What of a record's page is different now."""
        return record_news(self, request, self.record_or_404(request, object_id))

    # -- Pages that change something
    def _command_page(self, command: Command[M]) -> Callable[..., HttpResponse]:
        def page(request: HttpRequest, object_id: UUID) -> HttpResponse:
            before = views.clicked_before(request, command)
            return in_dialog(request, before or views.command(self, request, self.record_or_404(request, object_id), command))

        return page

    def edit_view(self, request: HttpRequest, object_id: UUID) -> HttpResponse:
        """The form for what may be edited."""
        return in_dialog(request, views.edit(self, request, self.record_or_404(request, object_id)))

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The form for a new record."""
        return clicks.once(partial(views.create, self))(request)

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Deleting is a command like any other, where there is one."""
        if not any(command.name == "remove" for command in self.commands):
            raise Http404
        return HttpResponseRedirect(self.url("remove", self.record_or_404(request, object_id).pk))

    def history_view(self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The record's own page has its history."""
        return HttpResponseRedirect(self.record_url(self.record_or_404(request, object_id)) + "#timeline")


def _paging(cl: LongList) -> dict[str, Any]:
    """1–25 of 41, and the pages beside this one."""
    number, total = cl.page.number, cl.paginator.total
    first = (number - 1) * cl.list_per_page + 1
    last = first + len(cl.result_list) - 1
    counted = {"selection_note_all": "All that fit are selected"} if total.more else {}
    return counted | {
        "first": f"{first:,}",
        "last": f"{last:,}",
        # A page past what was counted has shown that there are more.
        "total": Bounded(max(last, total.number), more=cl.page.has_next()) if total.more and last > total.number else total,
        "previous_page": number - 1 if number > 1 else None,
        "next_page": number + 1 if cl.page.has_next() else None,
        "next_count": cl.list_per_page if total.more else min(cl.list_per_page, cl.result_count - last),
    }


def actor_of(request: HttpRequest) -> User:
    """Who acts; the site has made sure that it is staff."""
    return cast("User", request.user)
