"""The home page's policies part: an underwriter's day."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from policies import reading
from policies.admin import pages
from policies.models import Policy
from vanguard.accounts.permissions import role_names
from vanguard.workbench.contributions import Board, Panel, Tile, Tool
from vanguard.workbench.model_admin import actor_of

ROWS = 8


def board(request: HttpRequest) -> Board | None:
    """What starts and what ends; None for who does not underwrite."""
    user = actor_of(request)
    if "Underwriter" not in role_names(user):
        return None
    found = pages.figures(request)
    tiles = [
        Tile("In force", str(found["force"]), "policies today", _rows("force")),
        Tile("Starting in 30 days", str(found["starting"]), "booked, not yet in force", _rows("starting")),
        Tile("To renew in 30 days", str(found["ending"]), "renew, or let them end", _rows("ending")),
        Tile(
            "In grace", str(found["grace"]), "unpaid: cover ends by itself", _rows("grace"), *(("warn", "clock") if found["grace"] else ())
        ),
        Tile("Cancelled", str(found["cancelled"]), "in all", _rows("cancelled")),
    ]
    tools = [
        Tool("New customer", reverse("admin:customers_customer_add")),
        Tool("Book a policy", reverse("admin:policies_policy_add"), primary=True),
    ]
    ending, starting = reading.first("ending", ROWS), reading.first("starting", ROWS)
    panels = [_panel("ending", "To renew", ending, found), _panel("starting", "Starting", starting, found, side=True)]
    if reading.waiting_for(user):
        panels.insert(0, _panel("waiting", "For a second person", reading.first("waiting", ROWS), found))
    first = f" The first is {ending[0].customer.full_name}’s." if ending else ""
    words = f"{found['ending']} to renew in the next 30 days.{first}" if ending else "No policy is to be renewed in the next 30 days."
    return Board(words, tools, tiles, panels)


def _panel(view: str, what: str, rows: list[Policy], found: dict[str, Any], *, side: bool = False) -> Panel:
    title, empty = what if view == "waiting" else f"{what} in 30 days", "No policy in the next 30 days."
    words = {"id": view, "title": title, "rows": rows, "more": _rows(view), "count": found[view], "empty": empty}
    return Panel("policies/panel.html", words, side=side)


def _rows(view: str) -> str:
    return f"{reverse('admin:policies_policy_changelist')}?view={view}"
