"""What is asked about a customer's data, on the customer page: hold, erase, hand out, look at."""

from typing import TYPE_CHECKING, Any, ClassVar, cast
from uuid import UUID

from django import forms
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from customers import services
from customers.models import BreakGlass, Customer, Erasure, LegalHold
from customers.privacy_api import handed_out
from vanguard.accounts.models import User
from vanguard.errors import DomainError
from vanguard.workbench.commands import Command
from vanguard.workbench.forms import RecordForm, TextInput, WorkbenchForm, story
from vanguard.workbench.model_admin import actor_of
from vanguard.workbench.rates import costly
from vanguard.workbench.step_up import in_the_way

if TYPE_CHECKING:
    from customers.admin.customer import CustomerAdmin

LABELS = {"phone": "Phone", "date_of_birth": "Date of birth", "ssn": "SSN", "address": "Address"}
GOES = "Names, address, phone, SSN, papers and documents go, and cannot be brought back; money, dates and decisions stay."
LOOKS = "Each look is recorded with your reason."
GLASS = (
    "For what cannot wait. Personal data is open to you for one hour, each look is recorded, and Compliance is told by mail at once. "
    "The reason is shown to them: write nothing personal about the customer in it."
)


class ReasonForm(RecordForm):
    reason = story("Reason", 3, max_length=2000, help_text="It is kept with the record.")


class EraseForm(ReasonForm):
    confirm_email = TextInput(
        label="The customer's e-mail address", max_length=255, help_text="Type it again, to confirm whom it is about.", required=True
    )


class RevealForm(ReasonForm):
    fields_wanted = forms.MultipleChoiceField(label="What", choices=list(LABELS.items()), widget=forms.CheckboxSelectMultiple)


class PrivacyCommand(Command[Customer]):
    """Asks for a second factor of late, where that is demanded."""

    step_up: ClassVar[bool] = True
    lead = False
    form_class = ReasonForm

    def offered(self, actor: User, record: Customer) -> bool:
        return record.erased_at is None and record.merged_into_id is None


class Erase(PrivacyCommand):
    name, permission, tone = "erase", "customers.erase_customer", "danger"
    form_class = EraseForm

    def offered(self, actor: User, record: Customer) -> bool:
        return super().offered(actor, record) and not _waiting(record)

    def why_not(self, actor: User, record: Customer) -> str:
        return "A legal hold is on: nothing about this customer is erased until it is lifted." if _hold(record) else ""

    def label(self, actor: User, record: Customer) -> str:
        return "Erase the personal data…"

    def page(self, actor: User, record: Customer) -> dict[str, str]:
        standing = services.standing_of(record)
        when = "It is done at once." if standing.is_due else f"It is noted, and done later: {standing.waits_for}."
        if standing.due_at and not standing.is_due:
            when += f" That is on {standing.due_at:%Y-%m-%d}."
        return {"intro": f"{GOES} {when}"}

    def run(self, actor: User, record: Customer, form: RecordForm) -> Customer:
        sent = form.cleaned_data
        services.request_erasure(actor, record.pk, reason=sent["reason"], confirm_email=sent["confirm_email"], version=sent["version"])
        return Customer.objects.get(pk=record.pk)

    def done(self, actor: User, record: Customer, fresh: Customer | None) -> str:
        return "The personal data is erased." if fresh and fresh.erased_at else "The erasure is noted, and is done when it is due."


class SetHold(PrivacyCommand):
    name, permission = "hold", "customers.add_legalhold"

    def offered(self, actor: User, record: Customer) -> bool:
        return super().offered(actor, record) and _hold(record) is None

    def label(self, actor: User, record: Customer) -> str:
        return "Set a legal hold…"

    def run(self, actor: User, record: Customer, form: RecordForm) -> Customer:
        services.set_hold(actor, record.pk, reason=form.cleaned_data["reason"])
        return record

    def done(self, actor: User, record: Customer, fresh: Customer | None) -> str:
        return "The hold is on: nothing about this customer is erased."


class LiftHold(PrivacyCommand):
    name, permission = "lift-hold", "customers.change_legalhold"

    def offered(self, actor: User, record: Customer) -> bool:
        return super().offered(actor, record) and _hold(record) is not None

    def label(self, actor: User, record: Customer) -> str:
        return "Lift the legal hold…"

    def run(self, actor: User, record: Customer, form: RecordForm) -> Customer:
        services.lift_hold(actor, record.pk, reason=form.cleaned_data["reason"])
        return record

    def done(self, actor: User, record: Customer, fresh: Customer | None) -> str:
        return "The hold is lifted."


class Reveal(PrivacyCommand):
    """Shows what was asked for on the answer itself: it is in no message, session or address."""

    name, permission, instead = "reveal", "customers.view_customer", "break-glass"
    form_class = RevealForm
    template = "customers/reveal_fields.html"

    def offered(self, actor: User, record: Customer) -> bool:
        may = actor.has_perm("customers.reveal_customer") or _glass(actor) is not None
        return may and super().offered(actor, record)

    def why_not(self, actor: User, record: Customer) -> str:
        return "" if self.offered(actor, record) else "Your role does not show personal data. Where it cannot wait, break the glass."

    def label(self, actor: User, record: Customer) -> str:
        return "Show personal data…"

    def page(self, actor: User, record: Customer) -> dict[str, str]:
        seen = services.revealed_today(actor)
        return {"intro": f"{LOOKS} Today you have looked {seen} times; after {settings.REVEALS_A_DAY} Compliance is told."}

    def preview(self, actor: User, record: Customer, form: RecordForm) -> dict[str, Any]:
        sent = form.cleaned_data
        shown = services.reveal(actor, record.pk, fields=sent["fields_wanted"], reason=sent["reason"])
        return {"revealed": [(LABELS[name], value or "–") for name, value in shown.items()]}

    def run(self, actor: User, record: Customer, form: RecordForm) -> Customer:
        return record

    def done(self, actor: User, record: Customer, fresh: Customer | None) -> str:
        return "Nothing was asked for."


class BreakTheGlass(PrivacyCommand):
    name, permission, tone = "break-glass", "customers.break_glass", "danger"

    def offered(self, actor: User, record: Customer) -> bool:
        may = actor.has_perm("customers.reveal_customer") or _glass(actor) is not None
        return not may and super().offered(actor, record)

    def label(self, actor: User, record: Customer) -> str:
        return "Break the glass…"

    def page(self, actor: User, record: Customer) -> dict[str, str]:
        return {"intro": GLASS}

    def run(self, actor: User, record: Customer, form: RecordForm) -> Customer:
        services.break_glass(actor, reason=form.cleaned_data["reason"])
        return record

    def done(self, actor: User, record: Customer, fresh: Customer | None) -> str:
        return "Personal data is open to you for an hour. Compliance is told."


COMMANDS = (Reveal(), BreakTheGlass(), SetHold(), LiftHold(), Erase())


def _waiting(record: Customer) -> Erasure | None:
    """The erasure that was asked for and is not done. What a page asks several times is asked of the database once."""
    if "_waiting" not in record.__dict__:
        record.__dict__["_waiting"] = (
            Erasure.objects.filter(customer=record, done_at=None).defer("reason").select_related("asked_by").first()
        )
    return cast("Erasure | None", record.__dict__["_waiting"])


def _hold(record: Customer) -> LegalHold | None:
    if "_hold" not in record.__dict__:
        record.__dict__["_hold"] = services.hold_on(record)
    return cast("LegalHold | None", record.__dict__["_hold"])


def _glass(actor: User) -> BreakGlass | None:
    if "_glass" not in actor.__dict__:
        actor.__dict__["_glass"] = services.glass_of(actor)
    return cast("BreakGlass | None", actor.__dict__["_glass"])


def shown(request: HttpRequest, record: Customer) -> dict[str, Any]:
    """What stands on the customer page: an erasure that waits, a hold that is on, and the ways to hand everything out."""
    actor = actor_of(request)
    if not actor.has_perm("customers.view_erasure") and not actor.has_perm("customers.export_customer"):
        return {}
    return {
        "shows_privacy": True,
        "erasure": _waiting(record),
        "hold": _hold(record),
        "may_export": actor.has_perm("customers.export_customer") and record.erased_at is None,
    }


class ExportForm(WorkbenchForm):
    reason = story("Reason", 3, max_length=2000, help_text="Who asks for it, and how you made sure of that. It is kept with the record.")


def export(admin: "CustomerAdmin", request: HttpRequest, object_id: UUID) -> HttpResponse:
    """Asks why and in which form, and hands out all that is held, as a file: by a post only, because handing it out is recorded.

    A fresh code is asked for when the page opens: after the file the browser stays where it was, and that should be this page.
    """
    actor = actor_of(request)
    if not actor.has_perm("customers.export_customer"):
        raise PermissionDenied
    record = admin.record_or_404(request, object_id)
    page = admin.page(request, record, "All that is held")
    if asked := in_the_way(request, actor, page, admin.record_url(record)):
        return asked
    wanted, status = request.POST.get("form", ""), 200
    form = ExportForm(request.POST if wanted else None)
    if wanted and form.is_valid():
        costly(request)
        try:
            content = services.export_customer(actor, record.pk, form=wanted, reason=form.cleaned_data["reason"])[1]
            return handed_out(content, record.pk, wanted)
        except DomainError as refused:
            form.refuse(refused)
            status = refused.status
    elif wanted:
        status = 422
    seen = services.revealed_today(actor)
    counted = f"Today you have looked {seen} times; after {settings.REVEALS_A_DAY} Compliance is told."
    return TemplateResponse(request, "customers/export.html", page | {"form": form, "counted": counted}, status=status)
