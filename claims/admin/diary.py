"""The diary in the workbench: its page, its panel on a claim, and the commands. Whether one may be given is the service's to say."""

import datetime
from dataclasses import replace
from typing import Any, ClassVar
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import admin
from django.contrib.admin import ModelAdmin
from django.contrib.admin.templatetags.admin_list import result_headers
from django.contrib.admin.views.main import ChangeList
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, reverse

from claims import worklist
from claims.admin.commands import ClaimCommand, party
from claims.admin.diary_forms import DiaryForm, DoneForm, MoveForm
from claims.diary import services
from claims.diary.models import DiaryEntry, DiaryRule
from claims.models import Claim
from claims.templatetags.claim_words import loss, may_end
from vanguard.accounts.models import User
from vanguard.querysets import COUNTED, count_up_to
from vanguard.workbench.administrators import Settings
from vanguard.workbench.commands import Command
from vanguard.workbench.contributions import Count, Panel
from vanguard.workbench.dates import day, today
from vanguard.workbench.filters import FixedFilter, ViewTabs
from vanguard.workbench.forms import RecordForm
from vanguard.workbench.live import News, list_news, live
from vanguard.workbench.model_admin import WorkbenchModelAdmin, actor_of
from vanguard.workbench.views import is_ours

LABELS = {"mine": "Mine", "team": "Whole team", "late": "Late, whole team", "done": "Done by me"}
LIST = "admin:diary_diaryentry_changelist"
WEEK = datetime.timedelta(days=7)
SHOWN_AT_HOME = 5


# -- On the claim
class AddToDiary(ClaimCommand):
    name, permission, lead = "diary", "diary.add_diaryentry", False
    form_class = DiaryForm

    def offered(self, actor: User, record: Claim) -> bool:
        return record.is_open

    def label(self, actor: User, record: Claim) -> str:
        return "Add to the diary…"

    def submit(self, actor: User, record: Claim) -> str:
        return "Put it into the diary"

    def prepare(self, actor: User, record: Claim, form: RecordForm) -> None:
        if isinstance(form, DiaryForm):
            form.offer(record.assignee)

    def run(self, actor: User, record: Claim, form: RecordForm) -> Claim:
        sent = form.cleaned_data
        owner, what = UUID(sent["owner"]) if sent["owner"] else None, " ".join(sent["what"].split())
        services.add_entry(actor, record.pk, due_on=sent["due_on"], what=what, owner_id=owner)
        return record

    def done(self, actor: User, record: Claim, fresh: Claim | None) -> str:
        return "It is in the diary."


# -- On an entry
class OfEntry(Command[DiaryEntry]):
    permission = "diary.change_diaryentry"

    def offered(self, actor: User, record: DiaryEntry) -> bool:
        return record.is_open

    def why_not(self, actor: User, record: DiaryEntry) -> str:
        if not record.is_open:
            return "It has ended already."
        if why := party(actor, record.claim):
            return why
        return "" if may_end(record, actor) else f"This claim is {record.claim.assignee}’s. Ask for it, or ask a supervisor."

    def form(self, request: HttpRequest, record: DiaryEntry, actor: User, seen: str, *, bound: bool) -> RecordForm:
        form = super().form(request, record, actor, seen, bound=bound)
        form.initial["next"] = request.GET.get("next", "")
        return form


class Done(OfEntry):
    name, form_class = "done", DoneForm

    def label(self, actor: User, record: DiaryEntry) -> str:
        return "Done…"

    def title(self, actor: User, record: DiaryEntry) -> str:
        return f"Done: {record.what}"

    def submit(self, actor: User, record: DiaryEntry) -> str:
        return "It is done"

    def page(self, actor: User, record: DiaryEntry) -> dict[str, str]:
        others = DiaryEntry.objects.open().filter(claim=record.claim_id).exclude(pk=record.pk).exists()
        otherwise = (
            "Other entries are open on the claim." if others else "Where you leave empty what comes next, the company’s rule says it."
        )
        return {"intro": f"On {record.claim}. {otherwise}"}

    def run(self, actor: User, record: DiaryEntry, form: RecordForm) -> DiaryEntry:
        names = ("outcome", "next_on", "next_what")
        return services.complete_entry(actor, record.pk, **{name: form.cleaned_data[name] for name in names})

    def done(self, actor: User, record: DiaryEntry, fresh: DiaryEntry | None) -> str:
        following = DiaryEntry.objects.open().filter(claim=record.claim_id).first()
        return f"Done. Next on {record.claim}: {following.what}, {day(following.due_on)}." if following else "Done."


class Move(OfEntry):
    name, form_class = "move", MoveForm

    def label(self, actor: User, record: DiaryEntry) -> str:
        return "Move…"

    def title(self, actor: User, record: DiaryEntry) -> str:
        return f"Move: {record.what}"

    def submit(self, actor: User, record: DiaryEntry) -> str:
        return "Move it"

    def page(self, actor: User, record: DiaryEntry) -> dict[str, str]:
        return {"intro": f"On {record.claim}, now on {day(record.due_on)}. The earlier day stays in the history, with the reason."}

    def run(self, actor: User, record: DiaryEntry, form: RecordForm) -> DiaryEntry:
        sent = form.cleaned_data
        return services.move_entry(actor, record.pk, to_day=sent["to_day"], reason=sent["reason"])

    def done(self, actor: User, record: DiaryEntry, fresh: DiaryEntry | None) -> str:
        return f"Moved to {day((fresh or record).due_on)}."


# -- The page
def views_of(actor: User) -> list[str]:
    """The tabs of this person, the first one being where the diary opens."""
    return ["mine", "team", "late", "done"] if actor.has_perm("diary.add_diaryentry") else ["team", "late"]


def in_view(view: str, actor: User) -> QuerySet[DiaryEntry]:
    """What a tab holds."""
    return {
        "mine": DiaryEntry.objects.of(actor),
        "team": DiaryEntry.objects.open(),
        "late": DiaryEntry.objects.open().filter(due_on__lt=today()),
        "done": DiaryEntry.objects.filter(done_by=actor, done_at__isnull=False),
    }[view]


def _counted(view: str, actor: User) -> int | str | None:
    """The figure on a tab; what was done is not counted."""
    if view == "done":
        return None
    found = count_up_to(COUNTED, in_view(view, actor))
    return str(found) if found.more else found.number


class View(ViewTabs):
    def lookups(self, request: HttpRequest, model_admin: "ModelAdmin[Any]") -> list[tuple[str, str]]:
        self.default = views_of(actor_of(request))[0]
        return list(LABELS.items())

    def value(self) -> str:
        return super().value() or self.default

    def narrow(self, request: HttpRequest, queryset: QuerySet[DiaryEntry], value: str) -> QuerySet[DiaryEntry]:
        me = actor_of(request)
        conditions: dict[str, dict[str, Any]] = {"mine": {"owner": me}, "late": {"due_on__lt": today()}, "done": {"done_by": me}}
        return queryset.filter(done_at__isnull=value != "done", **conditions.get(value, {}))


class DueWhen(FixedFilter):
    title, parameter_name = "day", "due"
    options: ClassVar = (("now", "Today and late"), ("late", "Late"), ("today", "Today"), ("week", "Within 7 days"), ("later", "Later"))

    def narrow(self, request: HttpRequest, queryset: QuerySet[DiaryEntry], value: str) -> QuerySet[DiaryEntry]:
        on = today()
        edges: dict[str, dict[str, datetime.date]] = {
            "now": {"due_on__lte": on},
            "late": {"due_on__lt": on},
            "today": {"due_on": on},
            "week": {"due_on__gte": on, "due_on__lte": on + WEEK},
            "later": {"due_on__gt": on + WEEK},
        }
        return queryset.filter(**edges[value])


@admin.register(DiaryEntry)
class DiaryEntryAdmin(WorkbenchModelAdmin[DiaryEntry]):
    """A list of days. An entry's own place is the page of its claim."""

    list_title = "Diary"
    list_display = ("on", "claim_of", "todo", "for_whom", "act")
    list_filter = (View, DueWhen)
    ordering = ("due_on", "id")
    search_fields = ("what",)
    search_hint = "Claim, policy or person"
    row_template = "claims/diary_row.html"
    state_template = "claims/diary_state.html"
    commands = (Done(), Move())
    seen_labels: ClassVar = {"due_on": "Day"}

    @admin.display(description="Day", ordering="due_on")
    def on(self, entry: DiaryEntry) -> str:
        return entry.due_on.isoformat()

    @admin.display(description="Claim")
    def claim_of(self, entry: DiaryEntry) -> str:
        return str(entry.claim)

    @admin.display(description="What to do")
    def todo(self, entry: DiaryEntry) -> str:
        return entry.what

    @admin.display(description="For")
    def for_whom(self, entry: DiaryEntry) -> str:
        return str(entry.owner or "")

    @admin.display(description="Done, or moved")
    def act(self, entry: DiaryEntry) -> str:
        return entry.ending

    def get_urls(self) -> list[URLPattern]:
        return [self._path("news/", "news", self.news_view), *super().get_urls()]

    def get_queryset(self, request: HttpRequest) -> QuerySet[DiaryEntry]:
        return worklist.diary_for_lists(DiaryEntry.objects.visible_to(actor_of(request)))

    def get_ordering(self, request: HttpRequest) -> tuple[str, ...]:
        return ("-done_at", "-id") if request.GET.get("view") == "done" else self.ordering

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[DiaryEntry], search_term: str
    ) -> tuple[QuerySet[DiaryEntry], bool]:
        return worklist.found(queryset, search_term, "claim__"), False

    def list_page(self, request: HttpRequest, cl: Any) -> dict[str, Any]:
        actor = actor_of(request)
        view = next(spec for spec in cl.filter_specs if isinstance(spec, View)).value()
        tabs = [
            {"value": name, "label": LABELS[name], "here": name == view, "count": _counted(name, actor), "late": name == "late"}
            for name in views_of(actor)
        ]
        nothing = {
            "mine": ("Nothing is in your diary", "What comes next on each of your claims stands here, by day."),
            "late": ("Nothing is late", "Every entry of the team is on today or on a day to come."),
            "done": ("You have ended no entry yet", "What you did stands here, with what came of it."),
        }.get(view, ("Nothing is in the diary", "An open claim always has a next action; no claim is open."))
        empty = {} if request.GET.get("due") or request.GET.get("q") else {"empty_title": nothing[0], "empty_words": nothing[1]}
        return (
            {
                "tab_list": tabs,
                "today": today(),
                "here_url": request.get_full_path(),
                "live": replace(live("list", "claims", self.url("news")), rows=("entry", "entries")),
            }
            | empty
            | (_latest_first(cl) if view == "done" and not request.GET.get("o") else {})
        )

    def page(self, request: HttpRequest, record: DiaryEntry | None, title: str = "") -> dict[str, Any]:
        """The way back is to where the form was opened: the diary, or the claim."""
        came_from = request.POST.get("next") or request.GET.get("next") or ""
        if is_ours(request, came_from) and came_from.startswith(self.url("changelist")):
            back = {"back_to": "diary", "back_url": came_from}
        else:
            back = {"back_to": "claim"}
        return super().page(request, record, title) | back

    def news(self, request: HttpRequest, since: datetime.datetime, record: DiaryEntry | None = None) -> list[News]:
        rows = DiaryEntry.objects.of(actor_of(request)).filter(updated_at__gt=since)
        return [News(entry.pk, f"{entry.what}: {day(entry.due_on)}", entry.updated_at, brings_in=True) for entry in rows]

    def news_view(self, request: HttpRequest) -> HttpResponse:
        return list_news(self, request)

    def record_url(self, record: DiaryEntry) -> str:
        return reverse("admin:claims_claim_change", args=[record.claim_id])

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The claim's page shows it, between what came before and what is around it."""
        if request.method not in ("GET", "HEAD"):
            return HttpResponse(status=405, headers={"Allow": "GET, HEAD"})
        return HttpResponseRedirect(self.record_url(self.record_or_404(request, object_id)))

    def seen(self, record: DiaryEntry) -> dict[str, str]:
        return {"due_on": record.due_on.isoformat()}


@admin.register(DiaryRule)
class DiaryRuleAdmin(Settings):
    """What comes next, and in how many days. Audited."""

    list_display = ("stage_of", "severity_of", "days", "what", "active")

    @admin.display(description="Stage", ordering="stage")
    def stage_of(self, rule: DiaryRule) -> str:
        return loss(rule.stage) if rule.stage else "Every stage"

    @admin.display(description="Severity", ordering="severity")
    def severity_of(self, rule: DiaryRule) -> str:
        return str(rule.get_severity_display() if rule.severity else "Every severity")


def _latest_first(cl: ChangeList) -> dict[str, Any]:
    """Nothing points at the column of days, by which this view is not sorted."""
    return {"sorted_words": "Latest first", "headers": [header | {"sort_priority": 0} for header in result_headers(cl)]}


# -- Elsewhere
def to_do(request: HttpRequest) -> Count:
    """Beside “Diary”: what is due today or late for this person."""
    number = DiaryEntry.objects.of(actor_of(request)).pressing(today()).count()
    return Count(number)


def at_home(user: User) -> list[Panel]:
    """The next entries of this person; nothing where there is none."""
    rows = list(worklist.diary_for_lists(DiaryEntry.objects.of(user))[:SHOWN_AT_HOME])
    if not rows:
        return []
    words = {"rows": rows, "count": DiaryEntry.objects.of(user).count(), "more": f"{reverse(LIST)}?{urlencode({'view': 'mine'})}"}
    return [Panel("claims/panels/diary.html", words, side=True)]
