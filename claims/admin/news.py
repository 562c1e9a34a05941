"""What was done to claims since a page was drawn, in the timeline's own words."""

import datetime

from django.http import HttpRequest

from claims.admin.filters import views_of
from claims.admin.timeline import Entry, step_entry, timeline
from claims.models import Claim, ClaimTransition
from vanguard.workbench.live import News

# More steps than a page left open for a while can miss; the rest is seen when it is read anew.
MOST = 200
# The steps that bring a claim into a view which holds less than all open claims.
BRINGS_IN = {
    "mine": ("assign", "start", "reopen"),
    "approve": ("propose", "appeal", "release", "withdraw", "received"),
    "proposed": ("propose",),
    "unassigned": ("submit", "release", "appeal"),
    "unpaid": ("approve",),
    "late": (),
}
OPENED = ("submit", "reopen")


def of_list(request: HttpRequest, since: datetime.datetime) -> list[News]:
    """The steps on all claims, the oldest first. One query."""
    view = request.GET.get("view") or views_of(request)[0]
    brings_in = BRINGS_IN.get(view, OPENED)
    steps = ClaimTransition.objects.filter(at__gt=since).select_related("actor").order_by("-at", "-id")[:MOST]
    return [News(step.claim_id, _sentence(step_entry(step)), step.at, step.command in brings_in) for step in reversed(steps)]


def of_claim(claim: Claim, since: datetime.datetime) -> list[News]:
    """Steps, notes, documents and money of one claim, the oldest first."""
    return [News(claim.pk, _sentence(entry), entry.at) for entry in reversed(timeline(claim)) if entry.at > since]


def _sentence(entry: Entry) -> str:
    if entry.kind == "note":
        return f"{entry.says} wrote a note"
    if entry.document:
        return f"“{entry.document.name}” was {entry.says}"
    return f"{entry.says} {entry.strong}".strip().rstrip(",")
