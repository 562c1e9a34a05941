"""What the billing pages ask for."""

from typing import ClassVar

from django import forms

from policies.billing.models import Method, Plan
from vanguard.errors import DomainError
from vanguard.workbench.forms import MoneyInput, RecordForm, TextInput, moment_input, story


class PaymentForm(RecordForm):
    lines: ClassVar = (("amount", "method"), ("reference", "received_at"))

    amount = MoneyInput(label="Amount received", max_digits=12)
    method = forms.ChoiceField(label="How it came", choices=[("", "Choose a way"), *Method.choices])
    reference = TextInput(label="Reference", required=False, max_length=100, help_text="The check’s number, or the bank’s line.")
    received_at = moment_input("Received", required=False, help_text="Empty: now.")
    again = forms.BooleanField(label="It is another payment: book it as well", required=False, widget=forms.HiddenInput)

    def refuse(self, refused: DomainError) -> None:
        """What was booked under the same reference before is asked about by a box to tick."""
        super().refuse(refused)
        if any(error.field == "again" for error in refused.errors):
            self.fields["again"].widget = forms.CheckboxInput()


class RefundForm(RecordForm):
    payment = forms.ChoiceField(label="Of which payment")
    amount = MoneyInput(label="Amount to give back", max_digits=12)
    reason = story("Reason", max_length=1000)


class ReverseForm(RecordForm):
    entry = forms.ChoiceField(label="Which entry")
    reason = story("Reason", max_length=1000, help_text="What went wrong: the check bounced, the fee was waived.")


class AmountForm(RecordForm):
    amount = MoneyInput(label="Amount", max_digits=12)
    reason = story("Reason", max_length=1000)


class PlanForm(RecordForm):
    plan = forms.ChoiceField(label="Paid", choices=Plan.choices)


class AllocateForm(RecordForm):
    policy_number = TextInput(label="Policy number", max_length=50)
