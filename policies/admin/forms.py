"""What the policy pages ask for."""

import datetime
from collections.abc import Mapping
from decimal import Decimal
from typing import ClassVar

from django import forms
from django.urls import reverse
from django.utils import timezone

from customers.models import Customer
from policies.models import Policy, PolicyVersion
from policies.services.cancelling import REASONS
from policies.terms import OwnCover, OwnCovers
from vanguard.errors import DomainError
from vanguard.workbench.forms import MoneyInput, PreviewedForm, RecordForm, TextInput, WorkbenchForm, moment_input, story

POLICY_TYPES = ("homeowners", "personal_auto", "renters", "umbrella")
TYPES = forms.TextInput(attrs={"list": "policy-types", "autocomplete": "off"})


# The figures that a coverage can have of its own.
FIGURES = ("limit", "deductible")


def name_of(code: str, figure: str) -> str:
    """The field of the form, as callers of the service know it."""
    return f"covers.{code}.{figure}_amount"


def suggestions() -> list[tuple[str, str]]:
    """The types of policy to offer in a form."""
    return [(name, name.replace("_", " ").capitalize()) for name in POLICY_TYPES]


def as_type(words: str) -> str:
    """Personal auto and personal_auto are the same type."""
    return words.strip().lower().replace(" ", "_")


class StatementForm(PreviewedForm):
    """Asks for the insured's statement only where it is needed."""

    no_known_loss = TextInput(label="Statement of no known loss", required=False, max_length=500, widget=forms.HiddenInput)

    def clean(self) -> None:
        super().clean()
        if self.cleaned_data.get("no_known_loss"):
            self._ask_statement()

    def refuse(self, refused: DomainError) -> None:
        """A known loss, or a start in the past, asks for the statement."""
        if refused.code not in ("known_loss", "backdated"):
            super().refuse(refused)
            return
        self._ask_statement()
        self.add_error("no_known_loss", forms.ValidationError(refused.message, code=refused.code))

    def _ask_statement(self) -> None:
        self.fields["no_known_loss"].widget = forms.Textarea(attrs={"rows": 2})
        self.fields["no_known_loss"].help_text = "What the insured stated: that no other loss is known. Another underwriter then approves."


class CancelForm(PreviewedForm):
    lines: ClassVar = (("method", "penalty"),)

    reason = forms.ChoiceField(label="Reason", choices=[("", "Choose a reason"), *((each.value, each.label) for each in REASONS)])
    effective_date = moment_input("Takes effect", required=False, help_text="Empty: now. A flat cancellation takes effect at inception.")
    method = forms.ChoiceField(
        label="Refund", required=False, choices=[("", "As the reason has it: by the day, or flat"), *PolicyVersion.Method.choices]
    )
    penalty = forms.DecimalField(
        label="Penalty, %",
        required=False,
        min_value=0,
        max_value=100,
        decimal_places=2,
        help_text="Of the unearned premium, for a short rate. Empty: 10.",
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )


class ReinstateForm(StatementForm):
    field_order = ("version", "seen", "confirmed", "effective_date", "reason", "no_known_loss")

    effective_date = moment_input("Covers again from", required=False, help_text="Empty: without a gap.")
    reason = story("Reason", rows=2, required=False, max_length=500)


class DeclineForm(RecordForm):
    reason = story("Reason", rows=2, max_length=500)


class EndorseForm(StatementForm):
    """The terms as they stand; what is changed is endorsed."""

    lines: ClassVar[tuple[tuple[str, ...], ...]] = (
        ("coverage_amount", "deductible_amount"),
        ("policy_type", "premium_amount"),
        ("factor_name", "factor"),
    )
    field_order = (
        *("version", "seen", "confirmed", "proposed", "effective_date", "coverage_amount", "deductible_amount", "policy_type"),
        *("premium_amount", "factor_name", "factor", "reason", "no_known_loss", "carry_to_renewal"),
    )

    effective_date = moment_input("Takes effect", required=False, help_text="Empty: now. It may lie before what was booked already.")
    coverage_amount = MoneyInput(label="Limit")
    deductible_amount = MoneyInput(label="Deductible")
    policy_type = TextInput(label="Type", max_length=50)
    premium_amount = MoneyInput(label="Premium of a whole term", max_digits=10)
    # What stands in the premium because the rates come to it, and nobody typed it.
    proposed = forms.DecimalField(required=False, widget=forms.HiddenInput)
    factor_name = TextInput(label="Rating factor", required=False, max_length=40, help_text="Such as roof or new-driver.")
    factor = forms.DecimalField(
        label="Times",
        required=False,
        decimal_places=4,
        help_text="On the premium; 1 takes it away.",
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )
    reason = story("Reason", rows=2, required=False, max_length=500)
    carry_to_renewal = forms.BooleanField(label="Carry to the renewal", required=False, widget=forms.HiddenInput)

    @property
    def premium_is_ours(self) -> bool:
        """Whether nobody typed a premium: it is the policy's, or what was proposed before."""
        proposed = self.cleaned_data["proposed"]
        return "premium_amount" not in self.changed_data if proposed is None else proposed == self.cleaned_data["premium_amount"]

    def propose(self, premium: Decimal) -> None:
        """Puts a premium into the field that nobody typed one into."""
        self.data = {**dict(self.data.items()), "premium_amount": f"{premium:,.2f}", "proposed": str(premium)}
        self.cleaned_data |= {"premium_amount": premium, "proposed": premium}

    def ask_to_carry(self, renewal: Policy | None) -> None:
        """Asks whether the renewal is to begin on the new terms too."""
        self.fields["carry_to_renewal"].widget = forms.CheckboxInput()
        # The field was bound with its first label by now.
        self["carry_to_renewal"].label = self.fields["carry_to_renewal"].label = f"Carry to the renewal {renewal}"

    def ask_covers(self, covers: OwnCovers, names: Mapping[str, str], others: Mapping[str, str]) -> None:
        """A field for each figure of the coverages that have their own, after the policy's limit and deductible; and of the `others`
        that may have, which go by the policy's, a choice."""
        first, *more = self.lines
        pairs: list[tuple[str, ...]] = []
        for code, own in covers.items():
            pair = {name_of(code, figure): getattr(own, figure) for figure in FIGURES}
            for (name, amount), figure in zip(pair.items(), FIGURES, strict=True):
                self.fields[name] = MoneyInput(label=f"{names.get(code, code)}: {figure}", required=False, initial=amount)
            pairs.append(tuple(pair))
        if others:
            pairs += self._offer(others)
        self.lines = (first, *pairs, *more)  # type: ignore[misc]  # the same for every form, but this one's depend on the policy
        place = self.field_order.index("policy_type")
        self.order_fields([*self.field_order[:place], *(name for pair in pairs for name in pair), *self.field_order[place:]])

    def _offer(self, others: Mapping[str, str]) -> list[tuple[str, ...]]:
        self.fields["cover"] = forms.ChoiceField(
            label="Another coverage",
            required=False,
            choices=[("", "None"), *others.items()],
            help_text="It goes by the policy’s limit and deductible, until it gets its own.",
        )
        self.fields["cover_limit"] = MoneyInput(label="Its limit", required=False)
        self.fields["cover_deductible"] = MoneyInput(label="Its deductible", required=False)
        return [("cover",), ("cover_limit", "cover_deductible")]

    def covers(self) -> dict[str, OwnCover]:
        """The figures of coverages that were changed, by code."""
        changed = [tuple(name.split(".")[1:]) for name in self.changed_data if name.startswith("covers.")]
        sent = {(code, figure.removesuffix("_amount")): self.cleaned_data[f"covers.{code}.{figure}"] for code, figure in changed}
        if chosen := self.cleaned_data.get("cover"):
            sent |= {(chosen, figure): self.cleaned_data[f"cover_{figure}"] for figure in FIGURES}
        return {code: OwnCover(*(sent.get((code, figure)) for figure in FIGURES)) for code, _ in sent}

    def clean_policy_type(self) -> str:
        return as_type(str(self.cleaned_data["policy_type"]))

    def clean(self) -> None:
        super().clean()
        name, factor = self.cleaned_data.get("factor_name"), self.cleaned_data.get("factor")
        if name and factor is None and "factor" not in self.errors:
            self.add_error("factor", "Say by how much the premium is multiplied.")
        if factor is not None and not name:
            self.add_error("factor_name", "Say which factor it is.")
        figures = [self.cleaned_data.get(f"cover_{figure}") for figure in FIGURES]
        if self.cleaned_data.get("cover") and figures == [None, None] and not {"cover_limit", "cover_deductible"} & self.errors.keys():
            self.add_error("cover_limit", "Say what its limit or its deductible is.")
        if figures != [None, None] and not self.cleaned_data.get("cover"):
            self.add_error("cover", "Say which coverage it is.")

    def refuse(self, refused: DomainError) -> None:
        """Errors of factors stand at the factor, those of a coverage that was chosen at its figures."""
        if refused.code == "known_loss":
            super().refuse(refused)
            return
        at_factor = {"factors": "factor_name", f"factors.{self.cleaned_data.get('factor_name')}": "factor"}
        chosen = self.cleaned_data.get("cover")
        at_cover = {name_of(chosen, figure): f"cover_{figure}" for figure in FIGURES} | {f"covers.{chosen}": "cover"} if chosen else {}
        for error in refused.errors:
            name = (at_factor | at_cover).get(error.field, error.field)
            self.add_error(name if name in self.fields else None, forms.ValidationError(error.message, code=error.code))


class RenewForm(PreviewedForm):
    lines: ClassVar = (("coverage_amount", "deductible_amount"), ("policy_type", "premium_amount"))

    coverage_amount = MoneyInput(label="Limit")
    deductible_amount = MoneyInput(label="Deductible")
    policy_type = TextInput(label="Type", max_length=50)
    premium_amount = MoneyInput(label="Premium", max_digits=10)
    end_date = moment_input("Covers until", help_text="This instant is not covered any more.")

    def clean_policy_type(self) -> str:
        return as_type(str(self.cleaned_data["policy_type"]))


class TermsForm(StatementForm):
    """What may be corrected on a policy that is not cancelled."""

    lines: ClassVar = (("policy_type", "premium_amount"), ("coverage_amount", "deductible_amount"), ("start_date", "end_date"))

    field_order = (
        *("version", "seen", "confirmed", "policy_type", "premium_amount", "coverage_amount", "deductible_amount"),
        *("start_date", "end_date", "premium_stays", "reason", "no_known_loss"),
    )

    policy_type = TextInput(label="Type", max_length=50, widget=TYPES)
    premium_amount = MoneyInput(label="Premium", max_digits=10)
    premium_stays = forms.BooleanField(
        label="Keep this premium",
        required=False,
        help_text="Else what was sold at rates is rated again for the right dates and figures, unless another premium is typed.",
    )
    coverage_amount = MoneyInput(label="Limit")
    deductible_amount = MoneyInput(label="Deductible")
    start_date = moment_input("Covers from", help_text="This instant is covered.")
    end_date = moment_input("Covers until", help_text="This instant is not covered any more.")
    reason = story("Reason", rows=2, max_length=500)

    def clean_policy_type(self) -> str:
        return as_type(str(self.cleaned_data["policy_type"]))


class BookForm(WorkbenchForm):
    """New business."""

    lines: ClassVar = (("policy_type", "premium_amount"), ("coverage_amount", "deductible_amount"), ("start_date", "end_date"))

    customer = TextInput(
        label="Customer",
        max_length=255,
        help_text="The e-mail. Type a name or an e-mail to be offered customers.",
        widget=forms.TextInput(attrs={"list": "customers", "autocomplete": "off", "data-suggest": "customers"}),
    )
    policy_type = TextInput(label="Type", max_length=50, widget=TYPES)
    premium_amount = MoneyInput(label="Premium", max_digits=10)
    coverage_amount = MoneyInput(label="Limit")
    deductible_amount = MoneyInput(label="Deductible", initial="0.00")
    start_date = moment_input("Covers from", help_text="This instant is covered.")
    end_date = moment_input("Covers until", required=False, help_text="Empty: one year later. This instant is not covered any more.")
    policy_number = TextInput(label="Policy number", required=False, max_length=50, help_text="Empty: the next number of the year.")
    again = forms.BooleanField(label="It is another policy: book it all the same", required=False, widget=forms.HiddenInput)

    def clean_policy_type(self) -> str:
        return as_type(str(self.cleaned_data["policy_type"]))

    def clean_customer(self) -> Customer:
        """The customer that the e-mail names."""
        email = str(self.cleaned_data["customer"])
        found = Customer.objects.filter(email__iexact=email).first()
        if found is None:
            raise forms.ValidationError(f"There is no customer {email}. Choose one that is offered, or create the customer first.")
        return found.surviving()

    def clean(self) -> None:
        """A year's term where no end is given; and the same policy booked twice is shown before it is booked."""
        super().clean()
        start = self.cleaned_data.get("start_date")
        if start and not self.cleaned_data.get("end_date"):
            self.cleaned_data["end_date"] = a_year_after(start)
        owner, kind = self.cleaned_data.get("customer"), self.cleaned_data.get("policy_type")
        if not (start and owner and kind) or self.cleaned_data.get("again"):
            return
        twin = Policy.objects.filter(customer=owner, policy_type=kind, start_date=start).first()
        if twin:
            self.alike = [(str(twin), reverse("admin:policies_policy_change", args=[twin.pk]), f"{twin.coverage_amount:,.2f} limit")]
            self.fields["again"].widget = forms.CheckboxInput()
            self.add_error(
                "again", f"{owner.full_name} has {twin} of the same type from the same moment. Tick this if it is another policy."
            )


def a_year_after(start: datetime.datetime) -> datetime.datetime:
    """The same wall-clock time a year later; 29 February becomes 1 March."""
    local = timezone.localtime(start)
    try:
        return local.replace(year=local.year + 1)
    except ValueError:
        return local.replace(year=local.year + 1, month=3, day=1)
