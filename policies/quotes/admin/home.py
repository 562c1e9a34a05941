"""The home page's quotes part: what waits for this underwriter's decision."""

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from policies.quotes import reading
from policies.quotes.admin.figures import figures
from policies.quotes.models import Quote
from vanguard.accounts.permissions import role_names
from vanguard.workbench.contributions import Board, Panel, Tile, Tool
from vanguard.workbench.model_admin import actor_of

ROWS = 8


def board(request: HttpRequest) -> Board | None:
    """The referral queue; None for who does not underwrite."""
    user = actor_of(request)
    if "Underwriter" not in role_names(user):
        return None
    found, rows = figures(request), reading.first("referred", user, timezone.now(), ROWS)
    tiles = [
        Tile(
            "Referred to you",
            f"{found['referred']:,}",
            "wait for a decision",
            _rows("referred"),
            "warn" if found["referred"] else "",
            "two",
        ),
        Tile("Prices that end soon", f"{found['expiring']:,}", "in the next 7 days", _rows("expiring")),
    ]
    words = {"rows": rows, "more": _rows("referred"), "count": found["referred"]}
    panel = Panel("quotes/queue.html", words)
    return Board(_summary(rows, found["referred"]), [Tool("New quote", reverse("admin:quotes_quote_add"))], tiles, [panel])


def _summary(rows: list[Quote], count: int) -> str:
    """“2 quotes wait for your decision. Start with Rosa Delgado’s.” Nothing where none does: then the policies' part speaks."""
    if not rows:
        return ""
    return f"{count:,} quote{' waits' if count == 1 else 's wait'} for your decision. Start with {rows[0].customer.full_name}’s."


def _rows(view: str) -> str:
    return f"{reverse('admin:quotes_quote_changelist')}?view={view}"
