"""What the diary's forms ask for."""

from django import forms

from claims.admin.owners import handlers
from claims.diary.models import WORDS
from vanguard.workbench.forms import RecordForm, TextInput, story

DAY = {"invalid": "Enter a day."}


def day_input(label: str, **kwargs: object) -> forms.DateField:
    """A day, chosen or typed."""
    return forms.DateField(label=label, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), error_messages=DAY, **kwargs)  # type: ignore[arg-type]


class DiaryForm(RecordForm):
    due_on = day_input("Day")
    what = TextInput(label="What to do", max_length=WORDS)
    owner = forms.ChoiceField(label="For", required=False)

    lines = (("due_on", "owner"),)

    def offer(self, owner: object) -> None:
        """Whoever owns the claim first, then everybody who handles claims."""
        field = self.fields["owner"]
        if isinstance(field, forms.ChoiceField):
            field.choices = [("", f"{owner}, who owns the claim" if owner else "Whoever owns the claim")]
            field.choices += [(str(each.pk), str(each)) for each in handlers() if each != owner]


class ReturningForm(RecordForm):
    """Goes back to the page from which it was opened."""

    next = forms.CharField(required=False, widget=forms.HiddenInput)


class DoneForm(ReturningForm):
    outcome = story("What came of it", 2, required=False, max_length=2000)
    next_what = TextInput(label="What comes next", max_length=WORDS, required=False)
    next_on = day_input("On which day", required=False)

    lines = (("next_what", "next_on"),)


class MoveForm(ReturningForm):
    to_day = day_input("To")
    reason = TextInput(label="Why", max_length=500)
