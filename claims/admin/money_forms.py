"""What the commands on a claim's money ask for."""

from typing import ClassVar

from django import forms

from claims.models import CostType, RecoverySource
from vanguard.workbench.forms import MoneyInput, PreviewedForm, RecordForm, TextInput, story


def _digits(label: str) -> TextInput:
    """A number that is no figure; a browser shall not offer somebody else's."""
    widget = forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"})
    return TextInput(label=label, required=False, max_length=40, widget=widget)


class ReserveForm(PreviewedForm):
    lines: ClassVar = (("amount", "cost_type"),)

    amount = MoneyInput(label="Outstanding from now on")
    cost_type = forms.ChoiceField(label="For", choices=CostType.choices, initial=CostType.INDEMNITY)
    coverage = forms.ChoiceField(label="Under the coverage", required=False)
    reason = story("Reason", 2, max_length=1000)


class PayForm(RecordForm):
    lines: ClassVar = (("amount", "cost_type"), ("routing_number", "account_number"))

    amount = MoneyInput(label="Amount")
    cost_type = forms.ChoiceField(label="For", choices=CostType.choices)
    coverage = forms.ChoiceField(label="Under the coverage", required=False)
    payee = TextInput(label="Payee", max_length=200)
    routing_number = _digits("Routing number of the payee’s bank")
    account_number = _digits("Account number, if it goes to an account")


class ChosenPaymentForm(RecordForm):
    payment = forms.ChoiceField(label="Which payment")


class TakeBackForm(ChosenPaymentForm):
    reason = story("Reason", 2, max_length=1000)


class RecoveryForm(RecordForm):
    lines: ClassVar = (("amount", "source"),)

    amount = MoneyInput(label="Amount that came in")
    source = forms.ChoiceField(label="From", choices=[("", "Choose"), *RecoverySource.choices])
    cost_type = forms.ChoiceField(label="Of what was paid for", choices=CostType.choices, initial=CostType.INDEMNITY, required=False)
    coverage = forms.ChoiceField(label="Under the coverage", required=False)
    reason = story("Note", 2, required=False, max_length=1000)


class ReverseRecoveryForm(RecordForm):
    entry = forms.ChoiceField(label="Which recovery")
    reason = story("Reason", 2, max_length=1000)
