"""What the commands on claimants ask for."""

from collections.abc import Iterable
from typing import Any, ClassVar

from django import forms
from django.urls import reverse

from claims.parties.models import Claimant
from claims.services import ToldClaimant
from customers.models import Customer
from vanguard.errors import DomainError
from vanguard.workbench.forms import RecordForm, TextInput, WorkbenchForm, story

FOR = [("", "Choose"), *Claimant.ClaimsFor.choices]
# Customers are offered while a name or an address is typed; where from, `offer_customers` says.
CUSTOMERS = {"list": "customers", "autocomplete": "off", "data-suggest": "customers"}
TOLD_OF_CLAIMANT = ("claimant_customer", "claimant_name", "claimant_email", "claimant_phone")


def offer_customers(form: WorkbenchForm, name: str) -> None:
    """The field with this name offers customers."""
    form.lists = {**form.lists, "customers": []}
    form.fields[name].widget.attrs["data-url"] = reverse("admin:claims_claim_customers")


def customer_of(address: str) -> Customer:
    """The customer with this e-mail address. Raises ValidationError."""
    found = Customer.objects.current().filter(email__iexact=address).first()
    if found is None:
        raise forms.ValidationError(f"There is no customer with the address {address}. For who is none, give a name.")
    return found


def told_of(sent: dict[str, Any], before: str = "") -> ToldClaimant:
    """As the service takes it; `before` stands before the names of the fields."""
    customer = sent.get(f"{before}customer")
    given = {name: sent.get(f"{before}{name}", "") for name in Claimant.PERSONAL}
    kind = sent.get(f"{before}kind") or Claimant.Kind.PERSON
    return ToldClaimant(sent[f"{before}claims_for"], kind=kind, customer_id=customer.pk if customer else None, **given)


class NamesClaimant(WorkbenchForm):
    """A notice that may name who claims: a customer, or somebody who is none. Without one nobody but the insured is known to."""

    claimant_lines: ClassVar = (
        ("claimant_claims_for", "claimant_customer"),
        ("claimant_kind", "claimant_name"),
        ("claimant_email", "claimant_phone"),
    )

    claimant_claims_for = forms.ChoiceField(
        label="Somebody else claims for", choices=[("", "Nobody else claims"), *Claimant.ClaimsFor.choices], required=False
    )
    claimant_customer = TextInput(
        label="They are a customer",
        required=False,
        max_length=255,
        help_text="The e-mail. Type a name or an e-mail to be offered customers. Then the rest stays empty.",
        widget=forms.TextInput(attrs=CUSTOMERS),
    )
    claimant_kind = forms.ChoiceField(label="If no customer", choices=Claimant.Kind.choices, initial=Claimant.Kind.PERSON, required=False)
    claimant_name = TextInput(label="Their name", required=False, max_length=200, widget=forms.TextInput(attrs={"autocomplete": "off"}))
    claimant_email = TextInput(label="Their e-mail", required=False, max_length=255, widget=forms.TextInput(attrs={"autocomplete": "off"}))
    claimant_phone = TextInput(
        label="Their phone", required=False, max_length=20, widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "tel"})
    )

    def clean_claimant_customer(self) -> Customer | None:
        """The customer whom the address names."""
        address = self.cleaned_data["claimant_customer"]
        return customer_of(address) if address else None

    def clean(self) -> None:
        """What is said of a claimant needs what they claim for, and the other way round a customer or a name."""
        super().clean()
        sent = self.cleaned_data
        if any(sent.get(name) for name in TOLD_OF_CLAIMANT) and not sent.get("claimant_claims_for"):
            self.add_error("claimant_claims_for", "Say what they claim for.")
        named = sent.get("claimant_customer") or sent.get("claimant_name") or "claimant_customer" in self.errors
        if sent.get("claimant_claims_for") and not named:
            self.add_error("claimant_name", "Their name is missing.")

    def refuse(self, refused: DomainError) -> None:
        """What the service says of the claimant stands at the claimant's fields."""
        for error in refused.errors:
            if (name := f"claimant_{error.field.removesuffix('_id')}") in self.fields:
                self.add_error(name, forms.ValidationError(error.message, code=error.code))
        if not self.errors:
            super().refuse(refused)

    def claimant(self) -> ToldClaimant | None:
        """Who claims, where the notice names somebody. The form must be valid."""
        return told_of(self.cleaned_data, "claimant_") if self.cleaned_data.get("claimant_claims_for") else None


class ClaimantForm(RecordForm):
    """A customer, or somebody who is none."""

    lines: ClassVar = (("claims_for", "kind"), ("name", "email"))

    claims_for = forms.ChoiceField(label="Claims for", choices=FOR)
    kind = forms.ChoiceField(label="Who", choices=Claimant.Kind.choices, initial=Claimant.Kind.PERSON, required=False)
    customer = TextInput(
        label="A customer",
        required=False,
        max_length=255,
        help_text="The e-mail. Type a name or an e-mail to be offered customers. Then the rest stays empty.",
        widget=forms.TextInput(attrs=CUSTOMERS),
    )
    name = TextInput(label="Name, if no customer", required=False, max_length=200, widget=forms.TextInput(attrs={"autocomplete": "off"}))
    email = TextInput(label="E-mail", required=False, max_length=255, widget=forms.TextInput(attrs={"autocomplete": "off"}))
    phone = TextInput(
        label="Phone", required=False, max_length=20, widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "tel"})
    )
    address = TextInput(label="Address", multiline=True, required=False, max_length=1000, widget=forms.Textarea(attrs={"rows": 2}))

    def clean_customer(self) -> Customer | None:
        """The customer whom the address names."""
        address = self.cleaned_data["customer"]
        return customer_of(address) if address else None


class ChosenClaimantForm(RecordForm):
    claimant = forms.ChoiceField(label="Which claimant")

    def offer(self, claimants: Iterable[Claimant]) -> None:
        """Those who can be chosen; where it is one, that one is."""
        field = self.fields["claimant"]
        found = [(str(each.pk), f"{each.shown_name}, {each.get_claims_for_display().lower()}") for each in claimants]
        if isinstance(field, forms.ChoiceField):
            field.choices = found if len(found) == 1 else [("", "Choose"), *found]


class EndClaimantForm(ChosenClaimantForm):
    reason = story("Reason", 2, max_length=500)


class RevealClaimantForm(ChosenClaimantForm):
    reason = story("Reason", 3, max_length=2000, help_text="It is kept with the record.")


class EraseClaimantForm(ChosenClaimantForm):
    confirm = TextInput(
        label="Their e-mail address", max_length=255, help_text="Type it again, to confirm whom it is about; the name, where none is known."
    )
    reason = story("Reason", 3, max_length=2000, help_text="How you made sure who asks. It is kept with the record until the data is gone.")


class ExportClaimantForm(WorkbenchForm):
    reason = story("Reason", 3, max_length=2000, help_text="Who asks for it, and how you made sure of that. It is kept with the record.")
