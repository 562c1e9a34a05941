"""What the product pages ask for. A factor's table is typed as people write one: a line a rate."""

import re
from collections.abc import Iterable
from decimal import Decimal
from typing import ClassVar

from django import forms

from policies.products.models import Coverage, FactorValue, ProductClause, RatingFactor
from policies.products.services import Rate
from vanguard.workbench.forms import MoneyInput, RecordForm, TextInput, WorkbenchForm, moment_input, story

LINE = re.compile(r"(?P<key>[^\s=]+)\s*=\s*(?P<multiplier>-?[0-9]{1,9}(?:\.[0-9]{1,9})?)(?:\s+(?P<label>.{1,100}))?")
AMOUNT = re.compile(r"[0-9][0-9,]{0,15}(?:\.[0-9]{1,2})?")


class VersionForm(RecordForm):
    lines: ClassVar = (("base_rate", "short_rate_share"), ("quote_days", "valid_from"))

    base_rate = MoneyInput(label="Base rate a year", max_digits=10)
    short_rate_share = forms.DecimalField(
        label="Short-rate penalty",
        max_digits=5,
        decimal_places=4,
        min_value=0,
        max_value=1,
        help_text="The share of the unearned premium that is kept: 0.1 is a tenth.",
    )
    quote_days = forms.IntegerField(label="Days a quote is valid", min_value=1, max_value=365)
    valid_from = moment_input("Valid from", required=False, help_text="What begins from then on is rated by this version.")


class ProductForm(WorkbenchForm):
    lines: ClassVar = (("name", "code"), ("policy_type", "base_rate"))

    name = TextInput(label="Name", max_length=100, help_text="As customers know it: Renters.")
    code = TextInput(label="Code", max_length=10, help_text="Short, in capitals: RE.")
    policy_type = TextInput(label="Type of its policies", max_length=50, help_text="Policies of this type belong to it: renters.")
    base_rate = MoneyInput(label="Base rate a year", max_digits=10, help_text="Before any factor.")

    def clean_policy_type(self) -> str:
        return as_type(str(self.cleaned_data["policy_type"]))


class CoverageForm(RecordForm):
    lines: ClassVar[tuple[tuple[str, ...], ...]] = (
        ("least_limit", "most_limit"),
        ("usual_limit", "aggregate"),
        ("least_deductible", "most_deductible"),
        ("usual_deductible", "settlement_rule"),
        ("valuation", "claim_types"),
    )

    name = TextInput(label="Name", max_length=100)
    least_limit = MoneyInput(label="Least limit")
    most_limit = MoneyInput(label="Most limit")
    usual_limit = MoneyInput(label="Usual limit")
    aggregate = MoneyInput(label="Aggregate", required=False, help_text="The most for all losses of a term.")
    least_deductible = MoneyInput(label="Least deductible")
    most_deductible = MoneyInput(label="Most deductible")
    usual_deductible = MoneyInput(label="Usual deductible")
    settlement_rule = forms.ChoiceField(label="Settlement", choices=Coverage.SettlementRule.choices)
    valuation = forms.ChoiceField(label="Valuation", choices=Coverage.Valuation.choices, required=False)
    claim_types = TextInput(label="Types of claim", max_length=500, help_text="Separated by commas.")

    def clean_valuation(self) -> str:
        """Replacement cost, unless said otherwise."""
        return self.cleaned_data["valuation"] or Coverage.Valuation.REPLACEMENT_COST

    def clean_claim_types(self) -> list[str]:
        return [as_type(each) for each in str(self.cleaned_data["claim_types"]).split(",") if each.strip()]


class NewCoverageForm(CoverageForm):
    lines: ClassVar = (("code", "name"), *CoverageForm.lines)
    field_order = ("code", "name")

    code = TextInput(label="Code", max_length=40, help_text="One word, as programs name it: personalProperty.")


class ClauseForm(RecordForm):
    """A clause; the one with this reference is written anew where the draft has it."""

    lines: ClassVar = (("reference", "heading"), ("topic", "coverage"))

    reference = TextInput(label="Reference", max_length=20, help_text="By it letters and proofs name the clause: E.5.")
    heading = TextInput(label="Heading", max_length=100)
    topic = forms.ChoiceField(label="About", choices=ProductClause.Topic.choices)
    coverage = forms.ChoiceField(label="Coverage", required=False)
    text = story("Wording", 6, max_length=4000)

    def offer(self, coverages: Iterable[Coverage]) -> None:
        """The coverages that it can belong to."""
        field = self.fields["coverage"]
        if isinstance(field, forms.ChoiceField):
            field.choices = [("", "All of them"), *((each.code, each.name) for each in coverages)]


class ClauseToRemoveForm(RecordForm):
    reference = forms.ChoiceField(label="Clause")

    def offer(self, clauses: Iterable[ProductClause]) -> None:
        """The clauses of the draft."""
        field = self.fields["reference"]
        if isinstance(field, forms.ChoiceField):
            field.choices = [(each.reference, str(each)) for each in clauses]


class FactorForm(RecordForm):
    name = TextInput(label="Name", max_length=100)
    question = TextInput(label="Question", max_length=200, required=False, help_text="As the applicant is asked.")
    most = MoneyInput(label="Largest number", required=False, help_text="Nothing above it is taken.", widget=forms.TextInput())
    whole = forms.NullBooleanField(
        label="Whole numbers only",
        required=False,
        widget=forms.Select(choices=[("unknown", "Where the rates are one apart"), ("true", "Yes"), ("false", "No")]),
        help_text="Of a number that is asked for: yes for a count, or an age in full years.",
    )
    rates = story("Rates", 8, max_length=5000)

    def clean_rates(self) -> list[Rate]:
        """A line a rate: `masonry = 0.91 Masonry`, or from a number on: `25,000 = 1.08`."""
        return [_rate(line) for line in str(self.cleaned_data["rates"]).splitlines() if line.strip()]


class NewFactorForm(FactorForm):
    lines: ClassVar = (("code", "name"), ("looks_at", "coverage_code"), ("question", "most"))
    field_order = ("version", "seen", "code", "name", "looks_at", "coverage_code", "question", "most", "whole", "rates")

    code = TextInput(label="Code", max_length=40, help_text="One word, as programs name it: roofAge.")
    looks_at = forms.ChoiceField(label="Looks at", choices=RatingFactor.LooksAt.choices)
    coverage_code = forms.ChoiceField(label="Of which coverage", required=False, help_text="Where it looks at a limit or a deductible.")

    def offer(self, coverages: Iterable[Coverage]) -> None:
        """The coverages that it can look at."""
        field = self.fields["coverage_code"]
        if isinstance(field, forms.ChoiceField):
            field.choices = [("", "None"), *((each.code, each.name) for each in coverages)]
        self.fields["rates"].help_text = "A line a rate: masonry = 0.91 Masonry, or from a number on: 25,000 = 1.08."


def _rate(line: str) -> Rate:
    found = LINE.fullmatch(line.strip())
    if found is None:
        raise forms.ValidationError(f"“{line.strip()[:60]}” is not of the form: value = factor.", code="invalid")
    multiplier = Decimal(found["multiplier"])
    if AMOUNT.fullmatch(found["key"]):
        return Rate(multiplier, at_least=Decimal(found["key"].replace(",", "")))
    return Rate(multiplier, value=found["key"][:40], label=found["label"] or "")


def as_lines(factor: RatingFactor) -> str:
    """The table, as FactorForm reads it."""
    return "\n".join(_line(row) for row in factor.values.all())


def _line(row: FactorValue) -> str:
    if row.at_least is not None:
        return f"{row.at_least.normalize():,f} = {row.multiplier}"
    return f"{row.value} = {row.multiplier} {row.label}".strip()


def as_type(words: str) -> str:
    """Water damage and water_damage are the same type of claim."""
    return words.strip().lower().replace(" ", "_")


def joined(types: Iterable[str]) -> str:
    return ", ".join(types)
