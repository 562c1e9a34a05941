"""What the customer pages ask for. Personal data goes in here and is never shown back: an empty field keeps what is stored."""

import datetime
from typing import Any, ClassVar

from django import forms

from vanguard.workbench.forms import RecordForm, TextInput, WorkbenchForm

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
