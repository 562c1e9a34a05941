"""Webhooks in the workbench, for administrators: who is told of what, how it goes, and what can be done about it."""

import datetime
from collections.abc import Callable
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone

from vanguard.accounts.models import User
from vanguard.errors import DomainError
from vanguard.http.idempotency import KeyTaken
from vanguard.plans import unit
from vanguard.webhooks import services
from vanguard.webhooks.guard import LONGEST
from vanguard.webhooks.models import PING, Cursor, Delivery, Endpoint
from vanguard.webhooks.sources import event_types
from vanguard.workbench import clicks
from vanguard.workbench.contributions import Board, NavItem, Page, Panel, Tool
from vanguard.workbench.forms import TextInput, WorkbenchForm
from vanguard.workbench.model_admin import actor_of
from vanguard.workbench.site import workbench
from vanguard.workbench.step_up import in_the_way
from vanguard.workbench.views import INVALID

# No role has them: a webhook takes data out of the house, so it is the administrators' (superusers).
VIEW, ADD = "webhooks.view_endpoint", "webhooks.add_endpoint"
SHOWN = 50
# Later than this the sender does not run, or cannot.
SILENT_FOR = datetime.timedelta(minutes=5)
TROUBLED_AFTER = datetime.timedelta(hours=1)
STATES = [("", "All"), *Delivery.State.choices]


class EndpointForm(WorkbenchForm):
    """Who, where and what."""

    version = forms.IntegerField(required=False, widget=forms.HiddenInput)
    name = TextInput(label="Name", max_length=100, help_text="The partner, as people here call them.")
    url = TextInput(label="Address", max_length=LONGEST, help_text="Begins with https://. It is checked now, and again at each delivery.")
    event_types = forms.MultipleChoiceField(label="What is told", widget=forms.CheckboxSelectMultiple)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["event_types"].choices = [(each, words_of(each)) for each in event_types()]  # type: ignore[attr-defined]  # the field's own

    def groups(self) -> list[tuple[str, list[Any]]]:
        """The boxes by what the events are about."""
        found: dict[str, list[Any]] = {}
        for box in self["event_types"]:
            found.setdefault(str(box.data["value"]).partition(".")[0].capitalize(), []).append(box)
        return list(found.items())

    def asked(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in ("name", "url", "event_types")}


def words_of(kind: str) -> str:
    return kind.partition(".")[2].replace("_", " ").capitalize()


def listed(request: HttpRequest) -> HttpResponse:
    """All endpoints, with their health."""
    actor = _allowed(request, VIEW)
    waits, lost = Q(deliveries__state=Delivery.State.WAITING), Q(deliveries__state=Delivery.State.GIVEN_UP)
    counted = Endpoint.objects.select_related("health").annotate(
        waiting=Count("deliveries", filter=waits), given_up=Count("deliveries", filter=lost)
    )
    tools = [Tool("Add a webhook", reverse("admin:webhook_new"), primary=True)] if actor.has_perm(ADD) else []
    return _page(request, "webhooks/list.html", title="Webhooks", endpoints=list(counted), tools=tools, silent=_sender_is_silent())


@clicks.once
def new(request: HttpRequest) -> HttpResponse:
    """The form, and the secret of what it made: here and never again."""
    actor = _allowed(request, ADD)
    form = EndpointForm(request.POST or None)
    back = reverse("admin:webhooks")
    page = {"title": "Add a webhook", "form": form, "back": back, "submit": "Add it"}
    if request.method == "POST" and form.is_valid():
        if asked := in_the_way(request, actor, _around(request, **page), back):
            return asked
        try:
            with unit():
                endpoint, secret = services.subscribe(actor, **form.asked())
                words = f"{endpoint} is added. Its secret is shown once: where it was not kept, make a new one."
                clicks.Done(words, reverse("admin:webhook", args=[endpoint.pk])).keep(clicks.opened(request))
        except DomainError as refused:
            form.refuse(refused)
        else:
            return _secret(request, endpoint, secret)
    return _page(request, "webhooks/form.html", INVALID if form.errors else 200, **page)


def edit(request: HttpRequest, endpoint_id: UUID) -> HttpResponse:
    """Another name, address or choice of events."""
    actor = _allowed(request, services.CHANGE)
    endpoint = _endpoint(endpoint_id)
    now = {"name": endpoint.name, "url": endpoint.url, "event_types": endpoint.event_types, "version": endpoint.version}
    form = EndpointForm(request.POST or None, initial=now)
    back = reverse("admin:webhook", args=[endpoint.pk])
    page = {"title": f"Change {endpoint}", "form": form, "back": back, "submit": "Save"}
    if request.method == "POST" and form.is_valid():
        if asked := in_the_way(request, actor, _around(request, **page), back):
            return asked
        try:
            services.change_endpoint(actor, endpoint.pk, form.cleaned_data["version"], **form.asked())
        except DomainError as refused:
            form.refuse(refused)
        else:
            messages.success(request, f"{form.cleaned_data['name']} is changed.")
            return HttpResponseRedirect(back)
    return _page(request, "webhooks/form.html", INVALID if form.errors else 200, **page, endpoint=endpoint)


# What the page's buttons do: the service, and what was done in words.
DEEDS: dict[str, tuple[Callable[[User, UUID], Any], str]] = {
    "ping": (services.ping, "A ping is on its way. Look again in a moment: what came of it stands on top of the deliveries."),
    "off": (services.switch_off, "It is off. What happens from now on is not kept for it."),
    "on": (services.switch_on, "It is on, and hears of what happens from now on."),
}


@clicks.once
def one(request: HttpRequest, endpoint_id: UUID) -> HttpResponse:
    """An endpoint with its newest deliveries, and its buttons; that for a new secret makes one with each opening of the page."""
    actor = _allowed(request, VIEW)
    endpoint = _endpoint(endpoint_id)
    if request.method == "POST":
        return _done(request, actor, endpoint)
    state = request.GET.get("state", "")
    rows = endpoint.deliveries.select_related("event").order_by("-id")
    rows = rows.filter(state=state) if state in Delivery.State.values else rows
    shown = list(rows[:SHOWN])
    tools = [Tool("Change", reverse("admin:webhook_edit", args=[endpoint.pk]))]
    return _page(
        request, "webhooks/endpoint.html", title=endpoint.name, endpoint=endpoint, health=endpoint.health, deliveries=shown, state=state,
        states=STATES, tools=tools, full=len(shown) == SHOWN, silent=_sender_is_silent(), ping=PING,
        earlier_until=endpoint.earlier_until if len(endpoint.secrets) > 1 else None,
    )  # fmt: skip


def _done(request: HttpRequest, actor: User, endpoint: Endpoint) -> HttpResponse:
    here, deed = reverse("admin:webhook", args=[endpoint.pk]), request.POST.get("deed", "")
    if asked := in_the_way(request, actor, _around(request, title=endpoint.name), here):
        return asked
    try:
        if deed == "rotate":
            return _secret(request, *_rotated(request, actor, endpoint))
        if deed == "remove":
            services.remove_endpoint(actor, endpoint.pk)
            messages.success(request, f"{endpoint} is removed.")
            return HttpResponseRedirect(reverse("admin:webhooks"))
        if deed == "redeliver":
            services.redeliver(actor, _number(request.POST.get("delivery", "")), endpoint.pk)
            messages.success(request, "It is delivered once more, under the same id.")
        elif deed in DEEDS:
            service, words = DEEDS[deed]
            service(actor, endpoint.pk)
            messages.success(request, words)
        else:
            raise Http404
    except KeyTaken:
        raise  # a second click, at the same instant as the first
    except DomainError as refused:
        messages.error(request, refused.message)
    return HttpResponseRedirect(here)


def _rotated(request: HttpRequest, actor: User, endpoint: Endpoint) -> tuple[Endpoint, str]:
    """The endpoint with its new secret, once for each opening. Raises DomainError; KeyTaken for a second click."""
    with unit():
        rotated, secret = services.rotate_secret(actor, endpoint.pk)
        words = (
            f"{rotated} has a new secret. It is shown once: where it was not kept, make another, and give that to the receiver at once. "
            "The one before this one stops signing then."
        )
        clicks.Done(words, reverse("admin:webhook", args=[rotated.pk])).keep(clicks.opened(request))
    return rotated, secret


def on_home(request: HttpRequest) -> Board | None:
    """For administrators: endpoints that were switched off, or at which nothing arrives."""
    if not request.user.has_perm(VIEW):
        return None
    off = Q(off__in=(Endpoint.Off.FAILING, Endpoint.Off.GONE))
    failing = Q(off="", health__failing_since__lt=timezone.now() - TROUBLED_AFTER)
    troubled = list(Endpoint.objects.filter(off | failing).select_related("health")[:5])
    return Board(panels=[Panel("webhooks/home.html", {"endpoints": troubled}, order=6)]) if troubled else None


def _secret(request: HttpRequest, endpoint: Endpoint, secret: str) -> HttpResponse:
    until = endpoint.earlier_until if len(endpoint.secrets) > 1 else None
    return _page(request, "webhooks/secret.html", title="The signing secret", endpoint=endpoint, secret=secret, until=until)


def _allowed(request: HttpRequest, permission: str) -> User:
    actor = actor_of(request)
    if not actor.has_perm(permission):
        raise PermissionDenied
    return actor


def _endpoint(endpoint_id: UUID) -> Endpoint:
    found = Endpoint.objects.select_related("health").filter(pk=endpoint_id).first()
    if found is None:
        raise Http404("There is no such webhook.")
    return found


def _number(told: str) -> int:
    if not (told.isascii() and told.isdigit() and len(told) < 19):
        raise Http404
    return int(told)


def _sender_is_silent() -> bool:
    """Whether nobody has looked for something to deliver lately, although somebody is subscribed."""
    latest = Cursor.objects.values_list("looked_at", flat=True).first()
    return Endpoint.objects.on().exists() and (latest is None or latest < timezone.now() - SILENT_FOR)


def _around(request: HttpRequest, **context: object) -> dict[str, Any]:
    return workbench().each_context(request) | context


def _page(request: HttpRequest, template: str, status: int = 200, **context: object) -> HttpResponse:
    return TemplateResponse(request, template, _around(request, **context), status=status)


workbench().add_navigation(NavItem("Webhooks", "admin:webhooks", "flag", order=80, permission=VIEW))
workbench().add_board(on_home)
workbench().add_pages(
    Page("webhooks/", "webhooks", listed),
    Page("webhooks/new/", "webhook_new", new),
    Page("webhooks/<uuid:endpoint_id>/", "webhook", one),
    Page("webhooks/<uuid:endpoint_id>/edit/", "webhook_edit", edit),
)
