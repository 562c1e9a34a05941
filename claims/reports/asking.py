"""What a report's page asks, as one form: each report shows the fields that it looks at, filled with what it starts from."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.http import QueryDict

from claims.reports.development import NAMES
from claims.reports.periods import Period
from claims.reports.question import Question, check_known_on, today
from claims.reports.triangle import Value
from policies.models import Policy

PERIODS = [(period.value, period.value.capitalize()) for period in Period]
YEARS = {"min_value": 1900, "max_value": 2200}


class QuestionForm(forms.Form):
    """From the address. A field that is not there has what the report starts from."""

    value = forms.ChoiceField(label="Value", choices=[(value.value, NAMES[value]) for value in Value])
    origin = forms.ChoiceField(label="Loss by", choices=PERIODS)
    development = forms.ChoiceField(label="Age in", choices=PERIODS)
    year = forms.IntegerField(label="Year", **YEARS)  # type: ignore[arg-type]  # two whole numbers
    month = forms.RegexField(
        regex=r"^(19|20|21)\d\d-(0[1-9]|1[0-2])$",
        label="Month",
        widget=forms.TextInput(attrs={"type": "month"}),
        error_messages={"invalid": "Enter a month such as 2017-03."},
    )
    book = forms.ChoiceField(label="Book", required=False)
    known_on = forms.DateField(label="As known on", widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))

    def __init__(self, asks: Sequence[str], query: QueryDict) -> None:
        filled = starting() | {name: value for name, value in query.items() if value}
        super().__init__(filled, auto_id="ask_%s")
        self.fields = {name: field for name, field in self.fields.items() if name in asks}
        if "book" in self.fields:
            self.fields["book"].choices = books()  # type: ignore[attr-defined]  # it is a ChoiceField

    def clean_known_on(self) -> Any:
        if refused := check_known_on(self.cleaned_data["known_on"]):
            raise forms.ValidationError(refused)
        return self.cleaned_data["known_on"]

    def question(self) -> Question:
        """What was asked. The form must be valid."""
        asked: dict[str, Any] = {"known_on": today()} | self.cleaned_data
        kinds = {"value": Value, "origin": Period, "development": Period}
        asked |= {name: kind(asked[name]) for name, kind in kinds.items() if name in asked}
        return Question(**asked)


def starting() -> dict[str, str]:
    """What a report starts from: all that is known today."""
    day = today()
    first = {"value": Value.PAID.value, "origin": Period.YEAR.value, "development": Period.YEAR.value}
    return first | {"known_on": day.isoformat(), "year": str(day.year), "month": f"{day:%Y-%m}", "book": ""}


def books() -> list[tuple[str, str]]:
    """Every type of policy that there is, and all of them together."""
    types = Policy.objects.order_by("policy_type").values_list("policy_type", flat=True).distinct()
    return [("", "All products"), *((name, name.replace("_", " ").capitalize()) for name in types)]
