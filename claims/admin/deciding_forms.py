"""What denials, appeals, questions and letters ask for."""

import datetime
from collections.abc import Iterable
from typing import ClassVar

from django import forms

from claims.letters.models import LetterKind
from claims.services.asking import usual_day
from vanguard.workbench.forms import PreviewedForm, RecordForm, TextInput, story

THE_USUAL = ""


class DenialForm(PreviewedForm):
    """Why, by which clause, and in words that stand in the letter."""

    lines: ClassVar = (("reason_code", "clause"),)

    reason = story("Reason", max_length=2000, help_text="In this case: the facts that it rests on. It stands in the letter.")
    reason_code = forms.ChoiceField(label="Ground")
    clause = forms.ChoiceField(label="Clause", required=False)

    def offer(self, reasons: Iterable[tuple[str, str]], clauses: Iterable[tuple[str, str]]) -> None:
        """What can be chosen: the active reasons, and the clauses of the policy."""
        for name, choices in (("reason_code", [("", "Choose"), *reasons]), ("clause", [(THE_USUAL, "The ground’s own"), *clauses])):
            field = self.fields[name]
            if isinstance(field, forms.ChoiceField):
                field.choices = choices


class AppealForm(RecordForm):
    reason = story(
        "What the insured says", 5, max_length=4000, help_text="As they said it; it stands in the letter that confirms the appeal."
    )


class QuestionForm(PreviewedForm):
    """What is asked, of whom, until when."""

    lines: ClassVar = (("asked_of", "until"),)

    asked_of = TextInput(label="Of whom", max_length=200)
    until = forms.DateField(
        label="Until", initial=usual_day, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"invalid": "Enter a day."},
    )  # fmt: skip
    question = story("What you need", 5, max_length=4000, help_text="Only what the decision depends on. It stands in the letter.")

    def clean_until(self) -> datetime.date:
        day: datetime.date = self.cleaned_data["until"]
        return day


class ReceivedForm(RecordForm):
    note = story("What came", 2, required=False, max_length=2000)


class LetterForm(PreviewedForm):
    kind = forms.ChoiceField(label="Letter")

    def offer(self, kinds: Iterable[LetterKind]) -> None:
        """The letters that there is something to say in."""
        field = self.fields["kind"]
        if isinstance(field, forms.ChoiceField):
            field.choices = [(str(kind.value), str(kind.label)) for kind in kinds]
