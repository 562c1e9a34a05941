"""What the quote pages ask for. The questions come from the product's version, so the form that prices is made from it."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, ClassVar

from django import forms
from django.urls import reverse
from django.utils import timezone

from customers.models import Customer
from policies.products.models import Coverage, Product, ProductVersion, RatingFactor, shown_number
from policies.products.rules import Cover
from vanguard.money import ZERO
from vanguard.workbench.forms import MoneyInput, RecordForm, TextInput, WorkbenchForm, moment_input, story

INPUT, LIMIT, DEDUCTIBLE = "inputs.{}", "covers.{}.limit_amount", "covers.{}.deductible_amount"


class CustomerInput(TextInput):
    """A customer by the e-mail, offered while it is typed."""

    def __init__(self, **kwargs: Any) -> None:
        attrs = {"list": "customers", "autocomplete": "off", "data-suggest": "customers"}
        super().__init__(max_length=255, widget=forms.TextInput(attrs=attrs), **kwargs)

    def clean(self, value: Any) -> Any:
        email = super().clean(value)
        found = Customer.objects.filter(email__iexact=email).first()
        if found is None:
            raise forms.ValidationError(f"There is no customer {email}. Choose one that is offered, or create the customer first.")
        return found


class RequestForm(WorkbenchForm):
    """Who, what, and for how long; what rating asks comes on the next page."""

    lines: ClassVar = (("start_date", "end_date"),)

    customer = CustomerInput(label="Customer", help_text="The e-mail. Type a name or an e-mail to be offered customers.")
    product = forms.ModelChoiceField(
        Product.objects.none(),
        label="Product",
        empty_label="Choose a product",
        error_messages={"invalid_choice": "Choose one of the products."},
    )
    start_date = moment_input("Covers from", help_text="This instant is covered.")
    end_date = moment_input("Covers until", required=False, help_text="Empty: one year later, which is the most.")

    def offer(self) -> None:
        """The products on sale, and customers while they are typed."""
        self.lists = {"customers": []}
        self.fields["customer"].widget.attrs["data-url"] = reverse("admin:policies_policy_customers")
        choice = self.fields["product"]
        if isinstance(choice, forms.ModelChoiceField):
            choice.queryset = Product.objects.on_sale_at(timezone.now())


class PriceForm(RecordForm):
    """The term, the cover, and the answers that the product version asks for."""

    start_date = moment_input("Covers from", help_text="This instant is covered.")
    end_date = moment_input("Covers until", help_text="A year later at most.")

    factors: Mapping[str, RatingFactor] = {}

    def ask(self, version: ProductVersion) -> None:
        """A field for each choice of cover and each question. `version` is read whole."""
        pairs: list[tuple[str, ...]] = [("start_date", "end_date")]
        for coverage in version.coverages.all():
            self._ask_cover(coverage)
            pairs.append(tuple(name for each in (LIMIT, DEDUCTIBLE) if (name := each.format(coverage.code)) in self.fields))
        asked = [factor for factor in version.factors.all() if factor.is_asked]
        self.factors = {INPUT.format(factor.code): factor for factor in asked}
        for factor in asked:
            self.fields[INPUT.format(factor.code)] = _question(factor)
        names = [INPUT.format(factor.code) for factor in asked]
        pairs += [tuple(names[place : place + 2]) for place in range(0, len(names), 2)]
        self.lines = tuple(pairs)  # type: ignore[misc]  # the same for every form, but this one's depend on the product
        for field in self.fields.values():
            field.error_messages["required"] = f"{field.label} is missing."

    def _ask_cover(self, coverage: Coverage) -> None:
        limits = MoneyInput(label=f"{coverage.name}: limit", help_text=_span(coverage.least_limit, coverage.most_limit))
        self.fields[LIMIT.format(coverage.code)] = limits
        if coverage.most_deductible:
            words = _span(coverage.least_deductible, coverage.most_deductible)
            self.fields[DEDUCTIBLE.format(coverage.code)] = MoneyInput(label=f"{coverage.name}: deductible", help_text=words)

    def typed(self, name: str) -> str:
        """An answer as the quote's page has it."""
        factor, value = self.factors.get(name), self.cleaned_data.get(name)
        if factor is None:
            return super().typed(name)
        return answer_in_words(factor, f"{value.normalize():f}" if isinstance(value, Decimal) else str(value or ""))

    def _is_theirs(self, name: str) -> bool:
        """Whether somebody else's value was chosen over the own one."""
        return self.data.get(f"keep_{name}") == "theirs"

    def inputs(self) -> dict[str, Any]:
        """The answers, by their codes, without those that stay as somebody else has stored them."""
        own = {name: value for name, value in self.cleaned_data.items() if name.startswith("inputs.") and not self._is_theirs(name)}
        return {name.partition(".")[2]: value for name, value in own.items()}

    def covers(self, stored: Mapping[str, Cover]) -> dict[str, Cover]:
        """The cover that was chosen, by the coverages' codes; of `stored`, what stays as somebody else has stored it."""
        codes = {name.split(".")[1] for name in self.fields if name.startswith("covers.")}
        return {code: self._cover(code, stored.get(code)) for code in codes}

    def _cover(self, code: str, stored: Cover | None) -> Cover:
        limit, deductible = LIMIT.format(code), DEDUCTIBLE.format(code)
        own = Cover(self.cleaned_data[limit], self.cleaned_data.get(deductible, ZERO))
        if stored is None:
            return own
        theirs = (self._is_theirs(limit), self._is_theirs(deductible))
        return Cover(stored.limit if theirs[0] else own.limit, stored.deductible if theirs[1] else own.deductible)


def answer_in_words(factor: RatingFactor, answer: str) -> str:
    """As a page shows an answer: the word chosen, or the number; a dash where it is still open."""
    return next((row.words for row in factor.values.all() if not factor.is_banded and row.value == answer), answer) or "–"


def _span(least: Decimal, most: Decimal) -> str:
    return f"{shown_number(least)} to {shown_number(most)}."


def _question(factor: RatingFactor) -> forms.Field:
    if not factor.is_banded:
        choices = [("", "Choose an answer"), *((row.value, row.words) for row in factor.values.all())]
        return forms.ChoiceField(label=factor.name, choices=choices, help_text=factor.question)
    attrs = {"inputmode": "numeric", "autocomplete": "off"}
    return forms.DecimalField(
        label=factor.name,
        max_digits=15,
        decimal_places=2,
        min_value=Decimal(0),
        help_text=factor.question,
        widget=forms.TextInput(attrs=attrs),
        error_messages={"invalid": "Enter a number."},
    )


class ApproveForm(RecordForm):
    reason = story("What speaks for it", 2, required=False, max_length=1000)


class DeclineForm(RecordForm):
    reason = story("Reason", max_length=1000, help_text="In words that the applicant can be told.")
