"""What open pages are told anew while others work: the parts that changed, drawn by the same templates, and who changed them.

A page's script (static/workbench/live.js) hears over a WebSocket that something happened, and asks here what that is for this page.
The same question is asked after a lost connection, so it depends on no single message.
"""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast
from uuid import UUID

from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, JsonResponse
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from vanguard.accounts.models import User
from vanguard.models import DomainModel
from vanguard.workbench.commands import Offer
from vanguard.workbench.paging import LongList

if TYPE_CHECKING:
    from vanguard.workbench.model_admin import WorkbenchModelAdmin
    from vanguard.workbench.site import WorkbenchSite

# A page that was left open for longer is read anew rather than brought up to date.
LONGEST = datetime.timedelta(hours=12)
# The rows of one page, and a few more.
MOST_ROWS = 100
NO_STORE = {"Cache-Control": "private, no-store"}
NOT_HERE, DELETED = "It is no longer in this list.", "It was deleted."


@dataclass(frozen=True, slots=True)
class Live:
    """What the script of a page needs: the page's `kind` ("list", "record", "form", "home"), where to listen, where to ask, since when."""

    kind: str
    socket: str
    url: str
    since: str
    # What a row is, one and several.
    rows: tuple[str, str] = ("claim", "claims")


@dataclass(frozen=True, slots=True)
class News:
    """One thing that somebody did to a record, in a sentence. `brings_in`: it can have brought the record into the list asked about."""

    record_id: UUID
    says: str
    at: datetime.datetime
    brings_in: bool = False


class Narrowed(LongList):
    """The list's filters and search, without a page of it."""

    def get_results(self, request: HttpRequest) -> None:
        self.result_count, self.result_list, self.multi_page = 0, [], False
        self.show_full_result_count, self.full_result_count, self.can_show_all = False, None, False
        self.show_admin_actions = False


def live(kind: str, stream: str, url: str, record: DomainModel | None = None) -> Live:
    """For a page that is drawn now."""
    subject = f"/{record.pk}" if record else ""
    return Live(kind, f"/ws/{stream}{subject}", url, timezone.now().isoformat())


def since(request: HttpRequest) -> datetime.datetime:
    """The moment up to which the page knows; at most LONGEST ago."""
    asked = parse_datetime(request.GET.get("since", "")[:40].replace(" ", "+"))
    earliest = timezone.now() - LONGEST
    return max(asked, earliest) if asked is not None and timezone.is_aware(asked) else earliest


def list_news[M: DomainModel](admin: "WorkbenchModelAdmin[M]", request: HttpRequest) -> JsonResponse:
    """Of the rows that the page shows (`rows`: id.version,…) those that changed; how many came in; the tabs' and the sidebar's figures."""
    if not admin.has_view_permission(request):
        raise PermissionDenied
    now, known = timezone.now(), _known(request.GET.get("rows", ""))
    news = admin.news(request, since(request))
    rows: dict[Any, M] = {row.pk: row for row in admin.get_queryset(request).filter(pk__in=known)}
    changed = [key for key, version in known.items() if key not in rows or rows[key].version != version]
    came = {each.record_id for each in news if each.brings_in} - known.keys()
    try:
        listed = narrowed(admin, request)
    except IncorrectLookupParameters:
        return JsonResponse({}, status=422, headers=NO_STORE)
    here = set(listed.queryset.filter(pk__in=[*changed, *came]).values_list("pk", flat=True))
    page = admin.list_page(request, listed) | {"user": request.user, "tabs": _tabs(listed)}
    last = {each.record_id: each for each in news}
    told = {
        "at": now.isoformat(),
        "rows": {str(key): _row(admin, rows.get(key), last.get(key), key in here, page) for key in changed},
        "came": len(came & here),
        "tabs": {tab["value"]: tab["count"] for tab in page.get("tab_list", ())},
        "nav": {item["url"]: item["count"] for item in cast("WorkbenchSite", admin.admin_site).navigation(request)},
    }
    return JsonResponse(told, headers=NO_STORE)


def narrowed[M: DomainModel](admin: "WorkbenchModelAdmin[M]", request: HttpRequest) -> ChangeList:
    """The list that the address asks for, without its rows. What the script adds to the address is no filter."""
    query = request.GET.copy()
    for name in ("rows", "since", "p"):
        query.pop(name, None)
    request.GET = query  # type: ignore[assignment]  # the stubs have it read-only
    return admin.get_changelist_instance(request)


def asks_for_news(request: HttpRequest) -> bool:
    """Whether the address is that of `list_news`, which needs no page of the list."""
    return request.resolver_match is not None and str(request.resolver_match.url_name).endswith("_news")


def record_news[M: DomainModel](admin: "WorkbenchModelAdmin[M]", request: HttpRequest, record: M) -> JsonResponse:
    """What was done since, and the record's head with its commands as they now are, those that the page had (`had`: name,…) included."""
    page = admin.record_context(request, record)
    news = [each for each in admin.news(request, since(request), record) if each.says]
    had = request.GET.get("had", "").split(",")
    if news:
        page |= {"lead": [*page["lead"], *lost_offers(admin, cast("User", request.user), record, had, page["offers"], f"{news[-1].says}.")]}
    told = {
        "at": timezone.now().isoformat(),
        "version": record.version,
        "news": [{"says": each.says, "at": each.at.isoformat()} for each in news],
        "head": render_to_string(admin.head_template, page, request),
        "dialogs": render_to_string("workbench/dialogs.html", page, request),
    }
    return JsonResponse(told, headers=NO_STORE)


def lost_offers[M: DomainModel](
    admin: "WorkbenchModelAdmin[M]", actor: User, record: M, had: Sequence[str], now: Sequence[Offer], why: str
) -> list[Offer]:
    """Commands that the page offered, and that make no sense any more: they stay where they were, off, and say why."""
    there = {offer.name for offer in now}
    gone = [command for command in admin.commands if command.name in had and command.name not in there and command.lead]
    return [
        Offer(each.name, each.label(actor, record), "", "", "", why, lead=True, direct=False, placed=False, form=None, page={})
        for each in gone
    ]


def _known(text: str) -> dict[UUID, int]:
    found: dict[UUID, int] = {}
    for part in text.split(",")[:MOST_ROWS]:
        key, _, version = part.partition(".")
        try:
            found[UUID(key)] = int(version)
        except ValueError:
            continue
    return found


def _tabs(listed: ChangeList) -> Any:
    return next((spec for spec in listed.filter_specs if getattr(spec, "is_tabs", False)), None)


def _row[M: DomainModel](
    admin: "WorkbenchModelAdmin[M]", row: M | None, last: News | None, here: bool, page: dict[str, Any]
) -> dict[str, Any]:
    """Why a row left comes in two parts, so that the page can say between them how long ago that was."""
    if row is None:
        return {"gone": DELETED}
    told: dict[str, Any] = {"cells": render_to_string(admin.row_template, page | {"record": row}), "version": row.version}
    if last is not None:
        told |= {"says": last.says, "at": last.at.isoformat()}
    return told if here else told | {"gone": NOT_HERE}
