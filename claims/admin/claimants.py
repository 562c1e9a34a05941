"""Who claims, on the claim page: the panel and the commands. Whether one may be given is the service's to say."""

import datetime
from typing import TYPE_CHECKING, Any, ClassVar
from uuid import UUID

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from claims import services
from claims.admin.claimant_forms import (
    ChosenClaimantForm,
    ClaimantForm,
    EndClaimantForm,
    EraseClaimantForm,
    ExportClaimantForm,
    RevealClaimantForm,
    offer_customers,
    told_of,
)
from claims.admin.commands import ClaimCommand, party
from claims.models import Claim
from claims.parties.models import Claimant, ClaimantErasure
from claims.parties.privacy import is_held, standing_of
from customers.privacy_api import handed_out
from customers.services import glass_of, revealed_today
from customers.services.erasing import Standing
from vanguard.accounts.models import User
from vanguard.encryption.owned import keyring
from vanguard.errors import DomainError
from vanguard.workbench.commands import Command
from vanguard.workbench.dates import long_day
from vanguard.workbench.forms import RecordForm
from vanguard.workbench.model_admin import actor_of
from vanguard.workbench.rates import costly
from vanguard.workbench.step_up import in_the_way

if TYPE_CHECKING:
    from claims.admin.claim import ClaimAdmin

LABELS = {"name": "Name", "email": "E-mail", "phone": "Phone", "address": "Address"}
GOES = (
    "Name, e-mail address, phone and address go, on each claim on which the same person is named, and cannot be brought back; "
    "that somebody claimed, for what and when stays."
)
LOOKS = "Each look is recorded with your reason."


def claimants_of(claim: Claim) -> list[Claimant]:
    """Those of the claim as the page has read them, with the keys that their names are under; the open ones first."""
    found = list(claim.claimants.all())
    keyring.load_for(found)
    return sorted(found, key=lambda each: (not each.is_open, each.added_at, each.pk))


class AddClaimant(ClaimCommand):
    name, permission, lead = "add-claimant", "parties.add_claimant", False
    form_class = ClaimantForm

    def offered(self, actor: User, record: Claim) -> bool:
        return record.is_open

    def label(self, actor: User, record: Claim) -> str:
        return "Name a claimant…"

    def page(self, actor: User, record: Claim) -> dict[str, Any]:
        return {"intro": "Who claims decides nothing on the claim, and is never edited: end a claimant, and name them anew."}

    def prepare(self, actor: User, record: Claim, form: RecordForm) -> None:
        offer_customers(form, "customer")

    def run(self, actor: User, record: Claim, form: RecordForm) -> Claim:
        return services.add_claimant(actor, record.pk, told_of(form.cleaned_data), version=form.cleaned_data["version"]).claim

    def done(self, actor: User, record: Claim, fresh: Claim | None) -> str:
        return "The claimant is named."


class EndClaimant(ClaimCommand):
    name, permission, lead = "end-claimant", "parties.change_claimant", False
    form_class = EndClaimantForm

    def offered(self, actor: User, record: Claim) -> bool:
        return record.is_open and any(each.is_open for each in record.claimants.all())

    def label(self, actor: User, record: Claim) -> str:
        return "End a claimant…"

    def page(self, actor: User, record: Claim) -> dict[str, Any]:
        return {"intro": "The row stays, with your reason."}

    def prepare(self, actor: User, record: Claim, form: RecordForm) -> None:
        if isinstance(form, ChosenClaimantForm):
            form.offer(each for each in claimants_of(record) if each.is_open)

    def run(self, actor: User, record: Claim, form: RecordForm) -> Claim:
        sent = form.cleaned_data
        return services.end_claimant(actor, record.pk, UUID(sent["claimant"]), reason=sent["reason"], version=sent["version"]).claim

    def done(self, actor: User, record: Claim, fresh: Claim | None) -> str:
        return "The claimant has ended."


def is_named(claimant: Claimant) -> bool:
    """Whether personal data of who is no customer is on the row."""
    return claimant.customer_id is None and claimant.redacted_at is None


class RevealClaimant(Command[Claim]):
    """Shows what was asked for on the answer itself: it is in no message, session or address."""

    name, permission, lead = "reveal-claimant", "parties.view_claimant", False
    form_class = RevealClaimantForm
    template = "customers/reveal_fields.html"
    step_up: ClassVar[bool] = True

    def offered(self, actor: User, record: Claim) -> bool:
        return any(map(is_named, record.claimants.all())) and not self._lacks(actor)

    def why_not(self, actor: User, record: Claim) -> str:
        return party(actor, record) or self._lacks(actor)

    def _lacks(self, actor: User) -> str:
        if actor.has_perm("customers.reveal_customer") or glass_of(actor) is not None:
            return ""
        return "Your role does not show personal data. Where it cannot wait, break the glass on the page of the insured."

    def label(self, actor: User, record: Claim) -> str:
        return "Show a claimant’s personal data…"

    def page(self, actor: User, record: Claim) -> dict[str, str]:
        seen = revealed_today(actor)
        return {"intro": f"{LOOKS} Today you have looked {seen} times; after {settings.REVEALS_A_DAY} Compliance is told."}

    def prepare(self, actor: User, record: Claim, form: RecordForm) -> None:
        if isinstance(form, ChosenClaimantForm):
            form.offer(filter(is_named, claimants_of(record)))

    def preview(self, actor: User, record: Claim, form: RecordForm) -> dict[str, Any]:
        sent = form.cleaned_data
        shown = services.reveal_claimant(actor, record.pk, UUID(sent["claimant"]), reason=sent["reason"])
        return {"revealed": [(LABELS[name], value or "–") for name, value in shown.items()]}

    def run(self, actor: User, record: Claim, form: RecordForm) -> Claim:
        return record

    def done(self, actor: User, record: Claim, fresh: Claim | None) -> str:
        return "Nothing was asked for."


class EraseClaimant(Command[Claim]):
    """On the claimant's own request. Who is a customer asks for it on the customer's record."""

    name, permission, tone, lead = "erase-claimant", "customers.erase_customer", "danger", False
    form_class, template = EraseClaimantForm, "claims/erase_claimant_fields.html"
    step_up: ClassVar[bool] = True

    def offered(self, actor: User, record: Claim) -> bool:
        return actor.has_perm("parties.view_claimant") and any(map(is_named, record.claimants.all()))

    def why_not(self, actor: User, record: Claim) -> str:
        return party(actor, record)

    def label(self, actor: User, record: Claim) -> str:
        return "Erase a claimant’s personal data…"

    def page(self, actor: User, record: Claim) -> dict[str, Any]:
        named = [each for each in claimants_of(record) if is_named(each)]
        when = _when(standing_of(record, held=is_held(record))) if named else ""
        return {"intro": GOES, "standings": [(each, when) for each in named]}

    def prepare(self, actor: User, record: Claim, form: RecordForm) -> None:
        if isinstance(form, ChosenClaimantForm):
            form.offer(filter(is_named, claimants_of(record)))

    def run(self, actor: User, record: Claim, form: RecordForm) -> Claim:
        sent = form.cleaned_data
        services.request_claimant_erasure(actor, record.pk, UUID(sent["claimant"]), reason=sent["reason"], confirm=sent["confirm"])
        return Claim.objects.get(pk=record.pk)

    def done(self, actor: User, record: Claim, fresh: Claim | None) -> str:
        return "The erasure is noted. What is due is erased; the rest is when its time is over."


def _when(standing: Standing) -> str:
    if standing.is_due:
        return "at once"
    return f"on {long_day(standing.due_at)}, {standing.waits_for}" if standing.due_at else standing.waits_for


def export(admin: "ClaimAdmin", request: HttpRequest, object_id: UUID, claimant_id: UUID) -> HttpResponse:
    """Asks why and in which form, and hands out all that is held on a claimant who is no customer, as the customer's page does."""
    actor = actor_of(request)
    if not actor.has_perms(("parties.view_claimant", "customers.export_customer")):
        raise PermissionDenied
    record = admin.record_or_404(request, object_id)
    if why_not := party(actor, record):
        raise PermissionDenied(why_not)
    page = admin.page(request, record, "All that is held on a claimant")
    if asked := in_the_way(request, actor, page, admin.record_url(record)):
        return asked
    wanted, status = request.POST.get("form", ""), 200
    form = ExportClaimantForm(request.POST if wanted else None)
    if wanted and form.is_valid():
        costly(request)
        try:
            content = services.export_claimant(actor, record.pk, claimant_id, form=wanted, reason=form.cleaned_data["reason"])
            return handed_out(content, claimant_id, wanted, "claimant")
        except DomainError as refused:
            form.refuse(refused)
            status = refused.status
    elif wanted:
        status = 422
    seen = revealed_today(actor)
    claimant = next((each for each in claimants_of(record) if each.pk == claimant_id and is_named(each)), None)
    if claimant is None:
        raise Http404("There is no such claimant.")
    counted = f"Today you have looked {seen} times; after {settings.REVEALS_A_DAY} Compliance is told."
    page |= {"form": form, "counted": counted, "claimant": claimant}
    return TemplateResponse(request, "claims/claimant_export.html", page, status=status)


COMMANDS = (AddClaimant(), EndClaimant(), RevealClaimant(), EraseClaimant())


def claimants_then(user: User, claim: Claim, moment: datetime.datetime) -> dict[str, Any]:
    """Of the page of an earlier day: who was named by then. Who has ended since claimed still."""
    if not user.has_perm("parties.view_claimant"):
        return {}
    there = [each for each in claimants_of(claim) if each.added_at <= moment]
    for each in there:
        if each.ended_at is not None and each.ended_at > moment:
            each.ended_at, each.ended_because = None, ""
    return {"claimants": sorted(there, key=lambda each: not each.is_open)}


def claimants_page(user: User, claim: Claim) -> dict[str, Any]:
    """What the panel shows to this person; nothing at all to who may not see claimants."""
    if not user.has_perm("parties.view_claimant"):
        return {}
    found = claimants_of(claim)
    may_export = user.has_perm("customers.export_customer") and not party(user, claim)
    page: dict[str, Any] = {"claimants": found, "may_export_claimant": may_export}
    return page | ({"erasures": waiting_on(claim, found)} if user.has_perm("customers.view_erasure") else {})


def waiting_on(claim: Claim, claimants: list[Claimant]) -> list[tuple[Claimant, Standing]]:
    """Whose erasure was asked for and waits, and what for. One query, and where one waits those of a hold; none where nobody is named."""
    named = {each.pk: each for each in claimants if is_named(each)}
    asked = list(ClaimantErasure.objects.filter(claimant__in=named, done_at=None).order_by("asked_at")) if named else []
    standing = standing_of(claim, held=is_held(claim)) if asked else None
    return [(named[erasure.claimant_id], standing) for erasure in asked if standing]
