"""Where a figure leads: to its claims in the worklist, and to the entries that it is made of, on a page and through the API."""

from urllib.parse import urlencode

from django.urls import reverse

from claims.reports.selection import Selection

API = "/api/reports/entries"


def rows_url(selection: Selection | None) -> str:
    """The worklist with exactly the claims behind a figure."""
    query = urlencode({"view": "all", "rows": str(selection)})
    return f"{reverse('admin:claims_claim_changelist')}?{query}" if selection else ""


def entries_url(selection: Selection, **more: object) -> str:
    """The page with exactly the entries that make up a figure. `more` is which part of it, and which page."""
    return f"{reverse('admin:report_entries')}?{urlencode({'of': str(selection)} | more)}"


def entries_path(selection: Selection) -> str:
    """The same through the API."""
    return f"{API}?{urlencode({'of': str(selection)})}"
