"""What the customer pages ask for. Personal data goes in here and is never shown back: an empty field keeps what is stored."""

import datetime
from typing import Any, ClassVar

from django import forms
from django.urls import reverse

from customers import services
from customers.models import ContactEntry, Customer
from vanguard.accounts.models import User
from vanguard.workbench.forms import RecordForm, TextInput, WorkbenchForm, moment_input, story

REASONS = {"ssn": "same SSN", "name_and_birth_date": "same name and birth date"}
PERSONAL = ("phone", "date_of_birth", "ssn", "address")
LINES = (("first_name", "last_name"), ("email", "phone"), ("date_of_birth", "ssn"))


def _email() -> forms.EmailField:
    return forms.EmailField(label="E-mail", max_length=255, widget=forms.EmailInput(attrs={"autocomplete": "off"}))


def _phone() -> TextInput:
    return TextInput(
        label="Phone", required=False, max_length=20, widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "tel"})
    )


def _birth() -> forms.DateField:
    return forms.DateField(label="Date of birth", required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))


def _ssn() -> TextInput:
    return TextInput(
        label="SSN", required=False, max_length=20, widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "numeric"})
    )


def _address() -> TextInput:
    return TextInput(label="Address", multiline=True, required=False, max_length=1000, widget=forms.Textarea(attrs={"rows": 2}))


class CreateForm(WorkbenchForm):
    lines: ClassVar = LINES

    first_name = TextInput(label="First name", max_length=100)
    last_name = TextInput(label="Last name", max_length=100)
    email = _email()
    phone = _phone()
    date_of_birth = _birth()
    ssn = _ssn()
    address = _address()
    again = forms.BooleanField(label="It is somebody else: create all the same", required=False, widget=forms.HiddenInput)

    actor: User | None = None

    def clean(self) -> None:
        """Whoever is recorded already is shown before a second record of the person is made."""
        super().clean()
        sent = self.cleaned_data
        if self.errors or sent.get("again"):
            return
        names = {name: sent[name] for name in ("first_name", "last_name", "date_of_birth", "ssn")}
        found = services.find_duplicates(self.actor, **names)
        if any(each.customer.email.casefold() == sent["email"].casefold() for each in found):
            return  # a second click, or a slip: the service refuses the address, whoever it is
        self.alike = [
            (f"It is this one: {each.customer}", _page_of(each.customer), f"{each.customer.email}, {in_words(each.reasons)}")
            for each in found
        ]
        if found:
            self.fields["again"].widget = forms.CheckboxInput()
            self.add_error("again", "This person seems to be a customer already. Look first; tick this if it is somebody else.")


def in_words(reasons: tuple[str, ...]) -> str:
    """Why two records are likely one person."""
    return ", ".join(REASONS[each] for each in reasons)


def _page_of(customer: Customer) -> str:
    return reverse("admin:customers_customer_change", args=[customer.pk])


class ContactForm(RecordForm):
    """A contact with the customer, as the person writes it down who had it."""

    lines: ClassVar = (("channel", "direction"),)

    channel = forms.ChoiceField(label="What", choices=[("", "Choose"), *ContactEntry.Channel.choices])
    direction = forms.ChoiceField(label="Who began", choices=[("", "Choose"), *ContactEntry.Direction.choices])
    happened_at = moment_input("When", required=False, help_text="Empty: now.")
    text = story("What it was about", 5, max_length=10_000, help_text="It cannot be changed later.")


class EditForm(RecordForm):
    lines: ClassVar = LINES

    first_name = TextInput(label="First name", max_length=100)
    last_name = TextInput(label="Last name", max_length=100)
    email = _email()
    phone = _phone()
    date_of_birth = _birth()
    ssn = _ssn()
    address = _address()
    clear = forms.MultipleChoiceField(
        label="Remove what is stored",
        required=False,
        choices=[("phone", "Phone"), ("date_of_birth", "Date of birth"), ("ssn", "SSN"), ("address", "Address")],
        widget=forms.CheckboxSelectMultiple,
        help_text="An empty field above keeps what is stored; tick here what is to go.",
    )

    def changes(self) -> dict[str, Any]:
        """What was typed, and what is to go; nothing else."""
        sent = self.cleaned_data
        empty: dict[str, str | datetime.date | None] = {"phone": "", "date_of_birth": None, "ssn": "", "address": ""}
        cleared = {name: empty[name] for name in sent["clear"]}
        typed = {name: sent[name] for name in PERSONAL if sent[name]}
        names = {name: sent[name] for name in ("email", "first_name", "last_name") if name in self.changed_data}
        return names | cleared | typed
