"""What is asked for: a pack, and a candidate for a rule."""

import datetime
from decimal import Decimal
from typing import Any, ClassVar

from django import forms
from django.contrib.auth.models import Group
from django.db.models import Q
from django.utils import timezone

from claims.clocks.models import ClockRule, Kind
from claims.fraud.indicators import valid_rules
from claims.fraud.models import PARAMETERS, Code, FraudRule
from claims.models import CostType, Status
from claims.oversight.models.packs import MOST_CLAIMS
from claims.oversight.pack.sampling import Chance
from claims.oversight.rehearsal import ClockRehearsal, Limit
from claims.reports.asking import books
from claims.worklist import CLAIM_TYPES
from vanguard.workbench.dates import end_of
from vanguard.workbench.forms import MoneyInput, TextInput, WorkbenchForm, story

NAMED, CHANCE = "named", "chance"
TYPES = [("", "Any type"), *((name, name.replace("_", " ").capitalize()) for name in CLAIM_TYPES)]


def day_field(label: str, **kwargs: Any) -> forms.DateField:
    """A day in years that people mean."""
    widget = forms.DateInput(attrs={"type": "date", "min": "1900-01-01", "max": "2200-12-31"}, format="%Y-%m-%d")
    return forms.DateField(label=label, widget=widget, error_messages={"invalid": "Enter a day."}, **kwargs)


class PackForm(WorkbenchForm):
    """Either the claims that are named, or some by chance."""

    lines: ClassVar = (("size", "seed"), ("since", "until"), ("status", "claim_type"))

    reason = story("Who asks, and why", max_length=2000, help_text="Stands in the manifest, and in the record of this pack.")
    how = forms.ChoiceField(label="Which claims", choices=[(NAMED, "The claims named below"), (CHANCE, "Some by chance")])
    numbers = story(
        "Claim numbers", required=False, max_length=50 * MOST_CLAIMS, help_text=f"A line, or a comma, between them. At most {MOST_CLAIMS}."
    )  # fmt: skip
    size = forms.IntegerField(label="By chance: so many", required=False)
    seed = TextInput(label="Seed", required=False, max_length=50, help_text="With the same seed anybody draws the same claims again.")
    since = day_field("Reported from", required=False)
    until = day_field("Reported until", required=False)
    status = forms.ChoiceField(label="Status", required=False, choices=[("", "Any status"), *Status.choices])
    claim_type = forms.ChoiceField(label="Type of loss", required=False, choices=TYPES)
    policy_type = forms.ChoiceField(label="Policy type", required=False)
    known_on = day_field("As known on", required=False, help_text="Empty: as it is known now.")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["policy_type"].choices = books()  # type: ignore[attr-defined]  # it is a ChoiceField

    def clean(self) -> dict[str, Any]:
        found = super().clean() or self.cleaned_data
        needed = ("numbers",) if found.get("how") == NAMED else ("size", "seed", "since", "until")
        for name in needed:
            if not found.get(name) and name not in self.errors:
                self.add_error(name, f"{self.fields[name].label} is missing.")
        return found

    def asked(self) -> dict[str, Any]:
        """As the service takes it."""
        data = self.cleaned_data
        chance = None
        if data["how"] == CHANCE:
            chance = Chance(**{name: data[name] for name in ("seed", "size", "since", "until", "status", "claim_type", "policy_type")})
        return {"reason": data["reason"], "numbers": data["numbers"], "chance": chance, "as_of": _end_of(data["known_on"])}

    def refuse(self, refused: Any) -> None:
        """The service calls the day an instant."""
        for error in refused.errors:
            name = "known_on" if error.field == "as_of" else error.field
            self.add_error(name if name in self.fields else None, forms.ValidationError(error.message, code=error.code))


def _end_of(day: datetime.date | None) -> datetime.datetime | None:
    """The end of the day where the person is. Today, and nothing, is now."""
    if day is None or day == timezone.localdate():
        return None
    return end_of(day)


class LimitForm(WorkbenchForm):
    """A candidate for one limit of authority; without an amount the limit is taken away."""

    role = forms.ModelChoiceField(Group.objects.filter(authority_limits__isnull=False).distinct().order_by("name"), label="Role")
    claim_type = forms.ChoiceField(label="Type of loss", required=False, choices=TYPES)
    cost_type = forms.ChoiceField(label="Type of cost", choices=CostType.choices)
    amount = MoneyInput(label="New limit")

    def candidate(self) -> Limit:
        data = self.cleaned_data
        amount: Decimal = data["amount"]
        return Limit(data["role"].name, data["claim_type"], data["cost_type"], amount)


class ClockForm(WorkbenchForm):
    """Other days for a clock."""

    clock = forms.ChoiceField(label="Deadline")
    days = forms.IntegerField(label="New days", min_value=1, max_value=366)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        today = timezone.now().date()
        rules = ClockRule.objects.filter(Q(valid_to=None) | Q(valid_to__gt=today), valid_from__lte=today)
        self.fields["clock"].choices = [  # type: ignore[attr-defined]  # it is a ChoiceField
            *((kind, f"{label}, wherever") for kind, label in Kind.choices),
            *{f"{rule.kind}:{rule.jurisdiction}": f"{rule}, now" for rule in rules}.items(),
        ]

    def rehearsal(self) -> ClockRehearsal:
        """What was asked for."""
        kind, named, jurisdiction = self.cleaned_data["clock"].partition(":")
        return ClockRehearsal(kind, self.cleaned_data["days"], jurisdiction if named else None)


class FraudForm(WorkbenchForm):
    """Another weight, or other figures, for one fraud rule. What is left empty stays as the rule that counts now has it."""

    code = forms.ChoiceField(label="Indicator", choices=Code.choices)
    weight = forms.IntegerField(label="New weight", min_value=0, max_value=100)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in dict.fromkeys(name for figures in PARAMETERS.values() for name in figures):
            self.fields[name] = forms.IntegerField(label=f"New {name}", required=False, min_value=0)

    def clean(self) -> dict[str, Any]:
        found = super().clean() or self.cleaned_data
        if not self.errors:
            row = self.candidate()
            try:
                row.clean()
            except forms.ValidationError as refused:
                for message in refused.messages:
                    self.add_error("code", message)
        return found

    def candidate(self) -> FraudRule:
        """A row that is not stored. Raises KeyError before the form is valid."""
        code: str = self.cleaned_data["code"]
        present = valid_rules(FraudRule.objects.filter(code=code), timezone.now()).get(code)
        figures: dict[str, int | None] = dict(present.parameters) if present else {}
        figures |= {name: self.cleaned_data[name] for name in PARAMETERS[code] if self.cleaned_data.get(name) is not None}
        return FraudRule(code=code, parameters=figures, weight=self.cleaned_data["weight"], valid_from=timezone.now())
