"""Indicators and special investigation on the claim page. The notes are put on it for investigators only."""

from typing import Any

from django import forms

from claims.admin.commands import ClaimCommand, party
from claims.fraud import services
from claims.fraud.facts import assessment_of
from claims.fraud.models import Referral
from claims.models import Claim
from vanguard.accounts.models import User
from vanguard.workbench.commands import Command
from vanguard.workbench.forms import RecordForm, story


class ReferForm(RecordForm):
    reason = story("What is suspected", max_length=services.LONGEST)


class InvestigationNoteForm(RecordForm):
    text = story("Note", 2, max_length=services.LONGEST)


class OutcomeForm(RecordForm):
    outcome = forms.ChoiceField(label="Outcome", choices=[("", "Choose an outcome"), *Referral.Outcome.choices])
    reason = story("What it rests on", max_length=services.LONGEST)


class Refer(ClaimCommand):
    name, permission, lead = "refer", "fraud.refer_claim", False
    form_class = ReferForm

    def offered(self, actor: User, record: Claim) -> bool:
        return record.is_open and open_referral(record) is None

    def label(self, actor: User, record: Claim) -> str:
        return "Refer to special investigation…"

    def page(self, actor: User, record: Claim) -> dict[str, Any]:
        return {"intro": "Until it has an outcome, approving and paying take a second person. Only investigators read what you write here."}

    def submit(self, actor: User, record: Claim) -> str:
        return "Refer the claim"

    def run(self, actor: User, record: Claim, form: RecordForm) -> Claim:
        return services.refer_claim(actor, record.pk, reason=form.cleaned_data["reason"], version=form.cleaned_data["version"])

    def done(self, actor: User, record: Claim, fresh: Claim | None) -> str:
        return f"{record} is with special investigation."


class Investigating(Command[Claim]):
    """While the claim is referred, for investigators, whoever owns it."""

    permission = "fraud.investigate_claim"

    def offered(self, actor: User, record: Claim) -> bool:
        return open_referral(record) is not None

    def why_not(self, actor: User, record: Claim) -> str:
        return party(actor, record)


class WriteNote(Investigating):
    name, placed, form_class = "investigate", True, InvestigationNoteForm

    def label(self, actor: User, record: Claim) -> str:
        return "Add investigation note"

    def page(self, actor: User, record: Claim) -> dict[str, Any]:
        return {"intro": "A note cannot be changed later. Only investigators read it."}

    def run(self, actor: User, record: Claim, form: RecordForm) -> Claim:
        services.note_investigation(actor, record.pk, text=form.cleaned_data["text"])
        return record

    def done(self, actor: User, record: Claim, fresh: Claim | None) -> str:
        return "Your note is in the investigation."


class EndReferral(Investigating):
    name, lead, form_class = "end-referral", False, OutcomeForm

    def label(self, actor: User, record: Claim) -> str:
        return "End the investigation…"

    def submit(self, actor: User, record: Claim) -> str:
        return "Record the outcome"

    def page(self, actor: User, record: Claim) -> dict[str, Any]:
        return {"intro": "The claim is then decided as any other. The outcome itself is seen by its handlers; what it rests on is not."}

    def run(self, actor: User, record: Claim, form: RecordForm) -> Claim:
        sent = form.cleaned_data
        return services.close_referral(actor, record.pk, outcome=sent["outcome"], reason=sent["reason"], version=sent["version"])

    def done(self, actor: User, record: Claim, fresh: Claim | None) -> str:
        return f"The investigation of {record} has ended."


COMMANDS = (Refer(), WriteNote(), EndReferral())


def open_referral(claim: Claim) -> Referral | None:
    """The referral that has no outcome yet. No query where the page has read them along."""
    return next((each for each in claim.referrals.all() if each.is_open), None)


def indicators_page(user: User, claim: Claim) -> dict[str, Any]:
    """What the panel shows to this person; nothing at all to who may not see indicators."""
    if not user.has_perm("fraud.view_indicators"):
        return {}
    referral = max(claim.referrals.all(), key=lambda each: (each.referred_at, each.pk), default=None)
    page: dict[str, Any] = {"assessment": assessment_of(claim), "referral": referral}
    if referral is not None and user.has_perm("fraud.investigate_claim"):
        page |= {"investigation": referral, "investigation_notes": list(referral.notes.select_related("author"))}
    return page
