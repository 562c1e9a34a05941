"""The home page's billing part: Finance's day."""

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from policies.billing import reading
from policies.billing.models import BillingAccount
from vanguard.accounts.permissions import role_names
from vanguard.money import dollars
from vanguard.workbench.contributions import Board, Panel, Tile
from vanguard.workbench.model_admin import actor_of

ROWS = 8


def board(request: HttpRequest) -> Board | None:
    """What is due, what is late, what is to be given back and what nobody knows the account of; None for who does not bill."""
    if "Finance" not in role_names(actor_of(request)):
        return None
    here = reading.today(timezone.now())
    found = reading.figures(here)
    late, waiting = found["overdue"], found["unallocated"]
    tiles = [
        Tile("Due today", str(found["today"]), "accounts, until the day is over", _rows("today")),
        Tile("Overdue", str(late), f"${dollars(found['overdue_sum'])} in all", _rows("overdue"), *(("bad", "stop") if late else ())),
        Tile("In grace", str(found["grace"]), "cover ends unless they pay", _rows("grace"), *(("warn", "clock") if found["grace"] else ())),
        Tile("Credits to refund", str(found["credit"]), f"${dollars(found['credit_sum'])} in all", _rows("credit")),
        Tile(
            "Unallocated",
            str(waiting),
            f"${dollars(found['unallocated_sum'])} in all",
            reverse("admin:billing_providerevent_changelist"),
            *(("warn", "alert") if waiting else ()),
        ),
    ]
    overdue, credits_ = reading.first("overdue", here, ROWS), reading.first("credit", here, ROWS)
    panels = [
        _panel("overdue", "Overdue", overdue, late, "Nobody is late."),
        _panel("credit", "Credits to refund", credits_, found["credit"], "No money is held.", side=True),
    ]
    words = f"{late} account{' is' if late == 1 else 's are'} overdue." if late else "Nobody is late with a premium."
    return Board(words, (), tiles, panels)


def _panel(view: str, title: str, rows: list[BillingAccount], count: int, empty: str, *, side: bool = False) -> Panel:
    return Panel(
        "billing/panel.html",
        {"id": f"billing-{view}", "title": title, "rows": rows, "count": count, "more": _rows(view), "empty": empty},
        side=side,
    )


def _rows(view: str) -> str:
    return f"{reverse('admin:billing_billingaccount_changelist')}?view={view}"
