"""What the claim pages ask for. Rules are the services'; here are only the words, the shapes, and what is surely a slip of the hand."""

import datetime
from typing import ClassVar

from django import forms
from django.urls import reverse
from django.utils import timezone

from claims.admin.owners import Load
from claims.models import Claim, DocumentKind
from claims.worklist import CLAIM_TYPES
from policies.models import Policy
from vanguard.documents.kinds import ENDINGS
from vanguard.workbench.forms import MoneyInput, RecordForm, TextInput, WorkbenchForm, moment_input, story

TYPES = forms.TextInput(attrs={"list": "claim-types", "autocomplete": "off"})


class ApprovalForm(RecordForm):
    amount = MoneyInput(label="Amount")
    reason = story("Reason", 2, required=False, max_length=2000)


class ReasonForm(RecordForm):
    """Denying and reopening: why, in words that the letter can give."""

    reason = story("Reason", max_length=2000)


class OptionalReasonForm(RecordForm):
    reason = story("Reason", 2, required=False, max_length=2000)


class AssignForm(RecordForm):
    assignee = forms.ChoiceField(label="New owner")

    def offer(self, loads: list[Load], present: object) -> None:
        """Everybody but the present owner, where one is named."""
        field = self.fields["assignee"]
        if isinstance(field, forms.ChoiceField):
            field.choices = [("", "Choose a person")] + [(str(load.user.pk), load.words) for load in loads if load.user.pk != present]


class NoteForm(RecordForm):
    text = TextInput(label="Note", multiline=True, max_length=10_000, widget=forms.Textarea(attrs={"rows": 1, "data-key": "n"}))


class DocumentForm(RecordForm):
    kind = forms.ChoiceField(label="Kind", choices=DocumentKind.choices, initial=DocumentKind.OTHER, required=False)
    file = forms.FileField(
        label="File",
        help_text=f"At most 10 MiB: {', '.join(ENDINGS)}.",
        widget=forms.FileInput(attrs={"accept": ",".join(f".{ending}" for ending in ENDINGS)}),
        error_messages={"empty": "The file is empty. Choose another one."},
    )


class FactsForm(RecordForm):
    """What may be corrected until the decision."""

    lines: ClassVar = (("claim_type", "incident_date"), ("claim_amount", "depreciation"))

    claim_type = TextInput(label="Type of loss", max_length=50, widget=TYPES)
    claim_amount = MoneyInput(label="Claimed")
    depreciation = MoneyInput(
        label="Depreciation", required=False, help_text="What age and wear take off it, to be paid later or not at all."
    )
    incident_date = moment_input("Loss")
    description = story("What happened", 6, required=False, max_length=10_000)

    def clean_claim_type(self) -> str:
        """Water damage and water_damage are the same type."""
        return str(self.cleaned_data["claim_type"]).strip().lower().replace(" ", "_")


class FirstNoticeForm(WorkbenchForm):
    """A first notice of loss."""

    lines: ClassVar = (("claim_type", "claim_amount"), ("incident_date", "reported_date"))

    policy = TextInput(
        label="Policy",
        max_length=50,
        help_text="Its number. Type a number or a name to be offered policies.",
        widget=forms.TextInput(attrs={"list": "policies", "autocomplete": "off", "data-suggest": "policies"}),
    )
    claim_type = TextInput(label="Type of loss", max_length=50, widget=TYPES)
    claim_amount = MoneyInput(label="Claimed")
    incident_date = moment_input("Loss", help_text="Day and hour: it decides which cover was in force.")
    reported_date = moment_input("Reported", required=False, help_text="Empty: now.")
    description = story("What happened", 5, required=False, max_length=10_000)
    again = forms.BooleanField(label="It is another loss: file it all the same", required=False, widget=forms.HiddenInput)

    clean_claim_type = FactsForm.clean_claim_type

    def clean_policy(self) -> Policy:
        """The policy that the number names."""
        number = str(self.cleaned_data["policy"])
        found = Policy.objects.select_related("customer").filter(policy_number__iexact=number).first()
        if found is None:
            raise forms.ValidationError(f"There is no policy {number}. Choose one that is offered when you type a number or a name.")
        return found

    def clean(self) -> None:
        """The same loss, reported twice, is the commonest slip: it is shown before it is filed."""
        super().clean()
        policy, kind, at = (self.cleaned_data.get(name) for name in ("policy", "claim_type", "incident_date"))
        if not (policy and kind and at) or self.cleaned_data.get("again"):
            return
        day = timezone.localtime(at).replace(hour=0, minute=0, second=0, microsecond=0)
        days = {"incident_date__gte": day, "incident_date__lt": day + datetime.timedelta(days=1)}
        twins = Claim.objects.filter(policy=policy, claim_type=kind, **days)[:5]
        self.alike = [
            (str(twin), reverse("admin:claims_claim_change", args=[twin.pk]), f"{twin.claim_amount:,.2f} claimed") for twin in twins
        ]
        if self.alike:
            self.fields["again"].widget = forms.CheckboxInput()
            self.add_error("again", "This loss seems to be filed already. Look at it first; tick this if it is another one.")


def suggestions() -> list[tuple[str, str]]:
    """The types of loss to offer in a form."""
    return [(name, name.replace("_", " ").capitalize()) for name in CLAIM_TYPES]
