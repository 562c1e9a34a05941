"""What the claim pages ask for. Rules are the services'; here are only the words, the shapes, and what is surely a slip of the hand."""

import re
from collections.abc import Sequence
from typing import ClassVar
from uuid import UUID

from django import forms
from django.db.models import QuerySet

from claims.admin.claimant_forms import NamesClaimant
from claims.admin.owners import Load
from claims.clocks.jurisdiction import STATES
from claims.models import Claim, DocumentKind
from claims.services import PossibleDuplicate
from claims.worklist import CLAIM_TYPES
from policies.models import Policy
from vanguard.documents.kinds import ENDINGS
from vanguard.encryption.owned import keyring
from vanguard.errors import DomainError
from vanguard.workbench.forms import MoneyInput, RecordForm, TextInput, WorkbenchForm, moment_input, story

KEY = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
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


class ComparedForm(WorkbenchForm):
    """A notice that may be held as a look-alike: then both stand side by side, and the person says which it is."""

    comparison = "claims/look_alikes.html"

    # What the person compared it with, and why it is another loss; the second is asked for once the notice was held.
    not_duplicate_of = forms.CharField(required=False, widget=forms.HiddenInput)
    not_duplicate_reason = TextInput(label="Why it is another loss", required=False, max_length=500, widget=forms.HiddenInput)

    twins: Sequence[Claim] = ()

    def clean_not_duplicate_of(self) -> list[UUID]:
        """The keys of the claims that were compared. What is none is left out: then its claim is held again."""
        return [UUID(key) for key in self.cleaned_data["not_duplicate_of"].split() if KEY.fullmatch(key)]

    def refuse(self, refused: DomainError) -> None:
        """What is said of look-alikes is no mistake at a field."""
        compared = self.cleaned_data.get("not_duplicate_of") or []
        found = [each.id for each in refused.alike] if isinstance(refused, PossibleDuplicate) else []
        if found or compared:
            self._show(Claim.objects.filter(pk__in=[*found, *compared]))
        if isinstance(refused, PossibleDuplicate):
            self.add_error(None, "This loss seems to be filed already. Compare the two, and say which it is.")
        else:
            super().refuse(refused)

    def _show(self, twins: QuerySet[Claim]) -> None:
        self.twins = list(twins.select_related("assignee").prefetch_related("claimants__customer").order_by("incident_date", "id"))
        keyring.load_for([claimant for twin in self.twins for claimant in twin.claimants.all()])
        self.submit_instead = "It is another loss: file it"
        self.fields["not_duplicate_reason"].widget = forms.TextInput(attrs={"maxlength": 500})
        self.fields["not_duplicate_reason"].required = True
        data = dict(self.data.items())
        data["not_duplicate_of"] = " ".join(str(twin.pk) for twin in self.twins)
        self.data = data


class FirstNoticeForm(ComparedForm, NamesClaimant):
    """A first notice of loss."""

    lines: ClassVar = (
        ("claim_type", "claim_amount"),
        ("incident_date", "reported_date"),
        *NamesClaimant.claimant_lines,
    )
    field_order = ("policy", "claim_type", "claim_amount", "incident_date", "reported_date", "jurisdiction", "description")
    BY_ADDRESS, STANDARD = "", "standard"

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
    jurisdiction = forms.ChoiceField(
        label="Deadlines of",
        required=False,
        choices=[(BY_ADDRESS, "The state where the insured lives"), *STATES.items(), (STANDARD, "No state: the company’s standard")],
    )
    description = story("What happened", 5, required=False, max_length=10_000)
    clean_claim_type = FactsForm.clean_claim_type

    def clean_jurisdiction(self) -> str | None:
        """None where the address is to say it."""
        chosen = str(self.cleaned_data["jurisdiction"])
        return {self.BY_ADDRESS: None, self.STANDARD: ""}.get(chosen, chosen)

    def clean_policy(self) -> Policy:
        """The policy that the number names."""
        number = str(self.cleaned_data["policy"])
        found = Policy.objects.select_related("customer").filter(policy_number__iexact=number).first()
        if found is None:
            raise forms.ValidationError(f"There is no policy {number}. Choose one that is offered when you type a number or a name.")
        return found


class NoticeForm(WorkbenchForm):
    """What a caller says before anything is verified."""

    lines: ClassVar = (("policy_told", "caller_name"), ("caller_phone", "claim_type"), ("incident_date", "reported_date"))

    policy_told = TextInput(label="Policy as told", required=False, max_length=100)
    caller_name = TextInput(label="Who called", required=False, max_length=200)
    caller_phone = TextInput(label="Phone", required=False, max_length=30)
    claim_type = TextInput(label="Type of loss", required=False, max_length=50, widget=TYPES)
    incident_date = moment_input("Loss", required=False)
    reported_date = moment_input("Reported", required=False, help_text="Empty: now.")
    description = story("What happened", 5, required=False, max_length=10_000)

    clean_claim_type = FactsForm.clean_claim_type


class FileNoticeForm(ComparedForm, NamesClaimant, RecordForm):
    """The notice as it is filed, on a policy that was found."""

    lines: ClassVar = (("claim_type", "claim_amount"), *NamesClaimant.claimant_lines)
    field_order = ("policy", "claim_type", "claim_amount", "incident_date", "description")

    policy = FirstNoticeForm.base_fields["policy"]
    claim_type = TextInput(label="Type of loss", max_length=50, widget=TYPES)
    claim_amount = MoneyInput(label="Claimed")
    incident_date = moment_input("Loss", help_text="Day and hour: it decides which cover was in force.")
    description = story("What happened", 4, required=False, max_length=10_000)

    clean_claim_type = FactsForm.clean_claim_type
    clean_policy = FirstNoticeForm.clean_policy


def suggestions() -> list[tuple[str, str]]:
    """The types of loss to offer in a form."""
    return [(name, name.replace("_", " ").capitalize()) for name in CLAIM_TYPES]
