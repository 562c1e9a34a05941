"""How somebody gets in, for administrators: what there is, without its secrets, and what can be done when it is lost."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse

from vanguard.accounts import invitations, second_factor
from vanguard.accounts.models import Invitation, TokenFamily, User
from vanguard.accounts.roles import role_table
from vanguard.accounts.services import end_log_ins
from vanguard.audit import unit_of_work
from vanguard.errors import DomainError
from vanguard.plans import unit
from vanguard.workbench import clicks
from vanguard.workbench.contributions import Page
from vanguard.workbench.forms import TextInput, WorkbenchForm
from vanguard.workbench.model_admin import actor_of
from vanguard.workbench.site import workbench
from vanguard.workbench.step_up import in_the_way
from vanguard.workbench.views import INVALID


def _end(actor: User, user: User) -> None:
    with unit_of_work(actor):
        end_log_ins(user, "ended by administrator")


# What the page's buttons do: the service, and what was done in words.
DEEDS: dict[str, tuple[Callable[[User, User], Any], str]] = {
    "reset": (second_factor.reset, "The second factor is reset, and all log-ins have ended."),
    "resend": (invitations.resend, "Another letter is on its way; the link of the one before is void."),
    "withdraw": (invitations.withdraw, "The link is void, and the log-in switched off."),
    "end": (_end, "All log-ins have ended."),
}


def access(request: HttpRequest, user_id: UUID) -> HttpResponse:
    """The page, and its buttons."""
    actor = actor_of(request)
    if not actor.is_superuser:
        raise PermissionDenied
    user = User.objects.filter(pk=user_id).first()
    if user is None:
        raise Http404("There is no such log-in.")
    here = reverse("admin:accounts_user_access", args=[user.pk])
    around = workbench().each_context(request) | {"title": f"How {user} gets in", "person": user}
    if request.method == "POST":
        if asked := in_the_way(request, actor, around, here):
            return asked
        return _done(request, actor, user, here)
    open_now = TokenFamily.objects.filter(user=user, ended_at=None).count()
    invitation = Invitation.objects.filter(user=user, accepted_at=None).first()
    shown = {
        "invitation": invitation,
        "codes_left": second_factor.recovery_codes_left(user),
        "open": open_now,
        "is_required": second_factor.is_required(user),
    }
    return TemplateResponse(request, "workbench/access.html", around | shown)


def _done(request: HttpRequest, actor: User, user: User, here: str) -> HttpResponse:
    deed = DEEDS.get(request.POST.get("deed", ""))
    if deed is None:
        raise Http404
    try:
        deed[0](actor, user)
    except DomainError as refused:
        messages.error(request, refused.message)
    else:
        messages.success(request, deed[1])
    return HttpResponseRedirect(here)


class InviteForm(WorkbenchForm):
    """Whom, and as what."""

    lines = (("first_name", "last_name"),)
    first_name = TextInput(label="First name", max_length=150)
    last_name = TextInput(label="Last name", max_length=150)
    email = forms.EmailField(label="E-mail", max_length=255)
    role = forms.ChoiceField(label="Role")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["role"]
        if isinstance(field, forms.ChoiceField):
            field.choices = [(role, role) for role in (*role_table(), invitations.ADMINISTRATOR)]


@clicks.once
def invite(request: HttpRequest) -> HttpResponse:
    """The form for a new log-in, and the letter to its owner."""
    actor = actor_of(request)
    if not actor.is_superuser:
        raise PermissionDenied
    around = workbench().each_context(request) | {"title": "Invite somebody"}
    form, status = InviteForm(request.POST if request.method == "POST" else None), 200
    if form.is_bound and form.is_valid():
        if asked := in_the_way(request, actor, around, reverse("admin:accounts_user_changelist")):
            return asked
        try:
            with unit():
                invitation = invitations.invite(actor, **form.cleaned_data)
                words = f"A letter to {invitation.user.email} is on its way. Its link works for three days."
                done = clicks.Done(words, reverse("admin:accounts_user_access", args=[invitation.user_id]))
                done.keep(clicks.opened(request))
        except DomainError as refused:
            form.refuse(refused)
            status = refused.status
        else:
            return done.answer(request)
    elif form.is_bound:
        status = INVALID
    return TemplateResponse(request, "workbench/invite.html", around | {"form": form}, status=status)


workbench().add_pages(
    Page("accounts/user/<uuid:user_id>/access/", "accounts_user_access", access),
    Page("accounts/user/invite/", "accounts_user_invite", invite),
)
