"""Who claims, on the claim page: the panel and the commands. Whether one may be given is the service's to say."""

import datetime
from typing import Any, ClassVar
from uuid import UUID

from django.conf import settings

from claims import services
from claims.admin.claimant_forms import ChosenClaimantForm, ClaimantForm, EndClaimantForm, RevealClaimantForm, offer_customers, told_of
from claims.admin.commands import ClaimCommand, party
from claims.models import Claim
from claims.parties.models import Claimant
from customers.services import glass_of, revealed_today
from vanguard.accounts.models import User
from vanguard.encryption.owned import keyring
from vanguard.workbench.commands import Command
from vanguard.workbench.forms import RecordForm

LABELS = {"name": "Name", "email": "E-mail", "phone": "Phone", "address": "Address"}
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


class RevealClaimant(Command[Claim]):
    """Shows what was asked for on the answer itself: it is in no message, session or address."""

    name, permission, lead = "reveal-claimant", "parties.view_claimant", False
    form_class = RevealClaimantForm
    template = "customers/reveal_fields.html"
    step_up: ClassVar[bool] = True

    def offered(self, actor: User, record: Claim) -> bool:
        named = any(each.customer_id is None and each.redacted_at is None for each in record.claimants.all())
        return named and not self._lacks(actor)

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
            form.offer(each for each in claimants_of(record) if each.customer_id is None and each.redacted_at is None)

    def preview(self, actor: User, record: Claim, form: RecordForm) -> dict[str, Any]:
        sent = form.cleaned_data
        shown = services.reveal_claimant(actor, record.pk, UUID(sent["claimant"]), reason=sent["reason"])
        return {"revealed": [(LABELS[name], value or "–") for name, value in shown.items()]}

    def run(self, actor: User, record: Claim, form: RecordForm) -> Claim:
        return record

    def done(self, actor: User, record: Claim, fresh: Claim | None) -> str:
        return "Nothing was asked for."


COMMANDS = (AddClaimant(), EndClaimant(), RevealClaimant())


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
    return {"claimants": claimants_of(claim)} if user.has_perm("parties.view_claimant") else {}
