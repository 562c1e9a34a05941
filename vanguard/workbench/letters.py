"""Letters in the workbench, for administrators: what waits to be sent, what was not delivered and why. What they say is shown to nobody."""

import datetime

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone

from vanguard.mail.figures import LATELY
from vanguard.mail.models import Letter, LetterQuerySet
from vanguard.mail.services import hurry
from vanguard.workbench.contributions import Board, NavItem, Page, Panel, Tool
from vanguard.workbench.site import workbench

# No role has it: who asked for a new password, and who was told of what, is the administrators' to see.
VIEW = "mail.view_letter"
SHOWN = 100
# A letter that waits for longer has failed more than once, or nobody runs the command.
TROUBLED_AFTER = datetime.timedelta(minutes=15)
VIEWS = [("", "All"), ("waiting", "Waiting"), ("not_delivered", "Not delivered"), ("sent", "Sent")]
TONES = {
    Letter.State.WAITING: "pending",
    Letter.State.SENT: "approved",
    Letter.State.REFUSED: "denied",
    Letter.State.TOO_OLD: "denied",
    Letter.State.WITHDRAWN: "withdrawn",
}


def letters(request: HttpRequest) -> HttpResponse:
    """The newest letters, and a button that has what waits tried again."""
    if not request.user.has_perm(VIEW):
        raise PermissionDenied
    here = reverse("admin:letters")
    if request.method == "POST":
        number = hurry()
        messages.success(request, f"{number} letter{'' if number == 1 else 's'} will be tried the next time that deliver_mail runs.")
        return HttpResponseRedirect(here)
    view = request.GET.get("view", "")
    shown = list(_of(view).select_related("user").defer("address", "body")[:SHOWN])
    waiting = Letter.objects.waiting().to_somebody().exists()
    context = workbench().each_context(request) | {
        "title": "Letters",
        "rows": [(letter, TONES[Letter.State(letter.state)]) for letter in shown],
        "view": view,
        "views": VIEWS,
        "full": len(shown) == SHOWN,
        "tools": [Tool("Try what waits", here, post=True)] if waiting else [],
        "nowhere": settings.EMAIL_URL.startswith("dummymail:"),
        "stuck": _stuck(),
    }
    return TemplateResponse(request, "workbench/letters.html", context)


def on_home(request: HttpRequest) -> Board | None:
    """For administrators: letters that do not get out."""
    if not request.user.has_perm(VIEW):
        return None
    stuck = _stuck()
    lost = Letter.objects.not_delivered().filter(settled_at__gt=timezone.now() - LATELY).count()
    if not stuck and not lost:
        return None
    return Board(panels=[Panel("workbench/letters_home.html", {"stuck": stuck, "lost": lost}, order=6)])


def _of(view: str) -> LetterQuerySet:
    rows = Letter.objects.to_somebody()
    return {"waiting": rows.waiting(), "not_delivered": rows.not_delivered(), "sent": rows.filter(state=Letter.State.SENT)}.get(view, rows)


def _stuck() -> int:
    return Letter.objects.waiting().to_somebody().filter(made_at__lt=timezone.now() - TROUBLED_AFTER).count()


workbench().add_navigation(NavItem("Letters", "admin:letters", "mail", order=81, permission=VIEW))
workbench().add_board(on_home)
workbench().add_pages(Page("letters/", "letters", letters))
