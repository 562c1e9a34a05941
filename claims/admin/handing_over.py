"""All claims of somebody who is away go to the team, in one step."""

from typing import TYPE_CHECKING
from uuid import UUID

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from claims import services
from claims.admin.owners import loads
from vanguard.errors import DomainError
from vanguard.plans import unit
from vanguard.workbench import clicks
from vanguard.workbench.forms import TextInput, WorkbenchForm
from vanguard.workbench.model_admin import actor_of
from vanguard.workbench.views import one_change

if TYPE_CHECKING:
    from claims.admin.claim import ClaimAdmin


class AwayForm(WorkbenchForm):
    """Who is away, and why."""

    owner = forms.ChoiceField(label="Who is away")
    reason = TextInput(label="Reason", max_length=300, help_text="It stands in the history of each claim: “On leave until 4 January”.")

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        if isinstance(owner := self.fields["owner"], forms.ChoiceField):
            owner.choices = [("", "Choose a person"), *((str(load.user.pk), load.words) for load in loads() if load.open)]


def hand_over_page(model_admin: "ClaimAdmin", request: HttpRequest) -> HttpResponse:
    """GET asks who; POST gives each open claim to the member of its queue with the least to do, or lets it wait there."""
    if not model_admin.has_reassign_permission(request):
        raise PermissionDenied
    form = AwayForm(request.POST if request.method == "POST" else None, initial={"owner": request.GET.get("owner")}, auto_id="away_%s")
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                with one_change(), unit():
                    sent = form.cleaned_data
                    given, waiting = services.hand_over(actor_of(request), UUID(sent["owner"]), reason=sent["reason"])
                    words = f"{_claims(given)} given to the team, {_claims(waiting)} waiting in the queues."
                    done = clicks.Done(words, f"{model_admin.url('changelist')}?view=team")
                    done.keep(clicks.opened(request))
            except DomainError as refused:
                form.refuse(refused)
                status = refused.status
            else:
                return done.answer(request)
    page = model_admin.page(request, None, "Give somebody’s claims to the team") | {
        "form": form,
        "submit": "Give all of them to the team",
        "intro": "Each open claim goes to the member of its queue with the least to do. Where there is nobody else, it waits there.",
        "back_url": model_admin.url("changelist"),
    }
    return TemplateResponse(request, "workbench/edit.html", page, status=status)


def _claims(number: int) -> str:
    return f"{number or 'no'} claim{'' if number == 1 else 's'}"
