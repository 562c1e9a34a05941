"""Vanguard's admin site: Django's own, with navigation, a home page and a search that the apps above contribute to."""

from collections.abc import Callable, Iterable
from functools import update_wrapper
from typing import Any, cast
from urllib.parse import parse_qsl

from django.contrib import admin
from django.contrib.admin import AdminSite
from django.contrib.admin.views.main import SEARCH_VAR
from django.db.models import Model
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import SimpleTemplateResponse, TemplateResponse
from django.urls import URLPattern, URLResolver, path, reverse
from django.utils import timezone

from vanguard import context
from vanguard.accounts.lockout import remember_device
from vanguard.accounts.models import User
from vanguard.accounts.permissions import role_names
from vanguard.accounts.second_factor import is_missing
from vanguard.accounts.zones import zone_of
from vanguard.errors import Throttled
from vanguard.text import search_words
from vanguard.workbench import second_step
from vanguard.workbench.contributions import Board, Contributions, HitGroup, Key, NavItem, Page, Panel
from vanguard.workbench.dates import today
from vanguard.workbench.live import live
from vanguard.workbench.login import CodeAsked, LoginForm
from vanguard.workbench.rates import costly, page_asked_for, too_many
from vanguard.workbench.step_up import of_session

SHORTEST_SEARCH = 2
# All that there is for who must have a second factor and has none.
BEFORE_SET_UP = ("second_factor", "logout", "jsi18n")


class WorkbenchSite(AdminSite):
    """Where staff work. Policyholders never get in: `has_permission` asks for staff, and the log-in answers them like anybody else."""

    site_header = site_title = "Vanguard"
    index_title = "Home"
    site_url = None
    login_form = LoginForm
    # What can be searched for, in the words of those who registered a search.
    search_hint = "Search everything"
    tagline = "For staff"
    # The stream (vanguard.realtime) at whose events the home page is looked at again; none by itself.
    home_stream = ""

    def __init__(self, name: str = "admin") -> None:
        super().__init__(name)
        self.contributions = Contributions()

    def add_navigation(self, *items: NavItem) -> None:
        """Lines for the sidebar, shown in the order of their `order`."""
        self.contributions.navigation.extend(items)

    def add_board(self, board: Callable[[HttpRequest], Board | None]) -> None:
        """A part of the home page; `board` returns None where it has nothing for this person."""
        self.contributions.boards.append(board)

    def add_search(self, search: Callable[[HttpRequest, str], HitGroup | None]) -> None:
        """A part of the search over everything."""
        self.contributions.searches.append(search)

    def add_keys(self, *keys: Key) -> None:
        """Lines for the list of keys."""
        self.contributions.keys.extend(keys)

    def add_pages(self, *pages: Page) -> None:
        """Pages that belong to no record. Each asks for itself who may see it: the site lets in all staff."""
        self.contributions.pages.extend(pages)

    def add_record_panel(self, label: str, panel: Callable[[HttpRequest, Any], Panel | None]) -> None:
        """A panel on the page of each record of `label` ("app.model"; "*" is of any), by a room that the record's own does not know."""
        self.contributions.on_records.setdefault(label, []).append(panel)

    def record_panels(self, request: HttpRequest, record: Model) -> list[Panel]:
        """What others show on the page of this record."""
        contributed = [each for label in (record._meta.label_lower, "*") for each in self.contributions.on_records.get(label, [])]
        panels = [panel for contribute in contributed if (panel := contribute(request, record))]
        return sorted(panels, key=lambda panel: panel.order)

    def get_urls(self) -> list[URLPattern | URLResolver]:
        """The stock addresses; before the one that catches the rest the search, and the pages that were registered."""
        pages = [path(page.route, self.admin_view(page.view), name=page.name) for page in self.contributions.pages]
        own = [path("search/", self.admin_view(self.search), name="search"), path("login/code/", second_step.page, name="second_step")]
        return [*own, *pages, *super().get_urls()]

    def admin_view(self, view: Callable[..., Any], cacheable: bool = False) -> Callable[..., Any]:  # type: ignore[override]
        """Each page is made in the person's own time zone, and what it logs carries their id."""

        def as_person(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            context.user_id.set(str(request.user.pk))
            context.family_id.set(None)
            context.factor_at.set(of_session(request))
            if is_missing(cast("User", request.user)) and _name_of(request) not in BEFORE_SET_UP:
                return HttpResponseRedirect(reverse("admin:second_factor"))
            _bound_search(request)
            with timezone.override(zone_of(request.user)):
                try:
                    page_asked_for(request)
                    response: HttpResponse = view(request, *args, **kwargs)
                except Throttled as refused:
                    return too_many(request, refused)
                if isinstance(response, SimpleTemplateResponse) and not response.is_rendered:
                    response.render()
            return response

        # Of what Django would let browsers keep, only the script is nobody's page.
        return super().admin_view(update_wrapper(as_person, view), cacheable and view == self.i18n_javascript)

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        """What every page shows around its content."""
        words = {"wb_search_hint": self.search_hint, "wb_tagline": self.tagline, "wb_keys": self.contributions.keys}
        page = super().each_context(request) | words
        if not self.has_permission(request):
            return page
        shown, user = self.navigation(request), cast("User", request.user)
        return page | {
            "wb_nav": shown,
            "wb_here": _here(request, shown),
            "wb_records": _beside(page["available_apps"], {item["url"] for item in shown}),
            "wb_initials": _initials(user.get_full_name() or user.get_username()),
            "wb_role": _role(user),
        }

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The stock log-in, with a second step for who has a second factor; where it succeeds, this browser is known from then on."""
        try:
            response = super().login(request, extra_context)
        except CodeAsked as asked:
            return second_step.begin(request, asked.user)
        if request.method == "POST" and isinstance(request.user, User):
            remember_device(response, request, request.user)
        return response

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        """Home: what now, and why."""
        boards = [board for contribute in self.contributions.boards if (board := contribute(request))]
        panels = sorted((panel for board in boards for panel in board.panels), key=lambda panel: panel.order)
        day = today()
        page = {
            "title": f"{day:%A} {day.day} {day:%B}",
            "page_title": "Home",
            "subtitle": next((board.summary for board in boards if board.summary), "Nothing waits for you here."),
            "tools": [tool for board in boards for tool in board.tools],
            "tiles": [tile for board in boards for tile in board.tiles][:8],
            "wide": [panel for panel in panels if not panel.side],
            "side": [panel for panel in panels if panel.side],
            "live": live("home", self.home_stream, reverse("admin:index")) if self.home_stream and boards else None,
        }
        return super().index(request, page | (extra_context or {}))

    def search(self, request: HttpRequest) -> HttpResponse:
        """Everything that fits what was typed; an exact number goes straight to its record."""
        costly(request)
        term = request.GET.get(SEARCH_VAR, "")
        groups = self._find(request, term) if len(term) >= SHORTEST_SEARCH else []
        jumps = [group.jump for group in groups if group.jump]
        if len(jumps) == 1:
            return HttpResponseRedirect(jumps[0])
        page = {"title": "Search", "term": term, "groups": groups, "shortest": SHORTEST_SEARCH}
        return TemplateResponse(request, "workbench/search.html", self.each_context(request) | page)

    def _find(self, request: HttpRequest, term: str) -> list[HitGroup]:
        found = (search(request, term) for search in self.contributions.searches)
        return [group for group in found if group and group.hits]

    def navigation(self, request: HttpRequest) -> list[dict[str, Any]]:
        """The sidebar of this person, each line with its figure."""
        items = (NavItem("Home", "admin:index", "home", order=0, go="h"), *self.contributions.navigation)
        allowed = [item for item in items if not item.permission or request.user.has_perm(item.permission)]
        return [_shown(item, request) for item in sorted(allowed, key=lambda item: item.order)]


def workbench() -> WorkbenchSite:
    """The one site, as its own type: `django.contrib.admin.site` hides it behind a lazy object."""
    return cast("WorkbenchSite", admin.site)


def _name_of(request: HttpRequest) -> str:
    return (request.resolver_match.url_name or "") if request.resolver_match else ""


def _bound_search(request: HttpRequest) -> None:
    """Django's own lists (log-ins, audit) would take a search of any number of words to the database."""
    if SEARCH_VAR in request.GET:
        query = request.GET.copy()
        query[SEARCH_VAR] = " ".join(search_words(query.get(SEARCH_VAR) or ""))
        request.GET = query  # type: ignore[assignment]  # the stubs have it read-only


def _shown(item: NavItem, request: HttpRequest) -> dict[str, Any]:
    count = item.count(request) if item.count else None
    url = reverse(item.url_name) + (f"?{item.query}" if item.query else "")
    figure = {"count": count.value, "late": count.late} if count else {"count": 0, "late": False}
    return {"name": item.name, "url": url, "icon": item.icon, "go": item.go} | figure


def _beside(apps: list[dict[str, Any]], shown: set[str]) -> list[dict[str, Any]]:
    """Django's own records by name, without those that the navigation leads to already: in which app each lives is nobody's concern."""
    left = [model for app in apps for model in app["models"] if model["admin_url"] not in shown]
    return sorted(left, key=lambda model: str(model["name"]))


def _here(request: HttpRequest, shown: Iterable[dict[str, Any]]) -> str:
    """The address of the item that this page belongs to: the longest that fits."""
    fitting = [item["url"] for item in shown if _fits(request, item["url"])]
    return max(fitting, key=len, default="")


def _fits(request: HttpRequest, url: str) -> bool:
    base, _, query = url.partition("?")
    home = base == reverse("admin:index")
    at = request.path == base if home else request.path.startswith(base)
    return at and all(request.GET.get(name) == value for name, value in parse_qsl(query))


def _initials(name: str) -> str:
    words = name.split("@")[0].replace(".", " ").split()
    return "".join(word[0] for word in (words[0], words[-1])[: len(words)]).upper() if words else "?"


def _role(user: User) -> str:
    return "Administrator" if user.is_superuser else ", ".join(role_names(user)) or "No role"
