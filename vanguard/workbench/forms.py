"""Forms of the workbench: what every command and every edit carries, and how a refusal gets to its field."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS
from django.utils import timezone

from vanguard.errors import DomainError
from vanguard.text import clean
from vanguard.workbench.conflicts import Clash, shown
from vanguard.workbench.dates import FIRST_YEAR, LAST_YEAR, is_usual

MOMENT = "%Y-%m-%dT%H:%M"
MOMENTS = ("%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d")


class TextInput(forms.CharField):
    """Text in its stored form; a control character is an error at the field, not at the database."""

    def __init__(self, *, multiline: bool = False, **kwargs: Any) -> None:
        self.multiline = multiline
        if multiline:
            kwargs.setdefault("widget", forms.Textarea(attrs={"rows": 3}))
        super().__init__(strip=True, **kwargs)

    def to_python(self, value: Any) -> str:
        text = str(super().to_python(value) or "")
        try:
            return clean(text, multiline=self.multiline)
        except ValueError:
            raise forms.ValidationError("Remove the characters that cannot be printed.", code="control_characters") from None


class MoneyInput(forms.DecimalField):
    """An amount to the cent, typed as people write it: 9,190.00 or $9190."""

    WORDS: ClassVar[dict[str, str]] = {
        "invalid": "Enter an amount, such as 9,190.00.",
        "min_value": "Enter 0.00 or more.",
        "max_decimal_places": "Enter at most two decimals.",
        "max_digits": "The amount is too large.",
        "max_whole_digits": "The amount is too large.",
    }

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("widget", forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off", "data-money": ""}))
        limits: dict[str, Any] = {"max_digits": 15, "decimal_places": 2, "min_value": Decimal("0.00"), "error_messages": self.WORDS}
        super().__init__(**(limits | kwargs))

    def to_python(self, value: Any) -> Any:
        return super().to_python(str(value).replace(",", "").replace("$", "").strip() if value is not None else value)

    def prepare_value(self, value: Any) -> Any:
        return f"{value:,.2f}" if isinstance(value, Decimal) else value


class MomentInput(forms.DateTimeField):
    """A day and an hour, in the person's own time zone, in years that people mean."""

    def to_python(self, value: Any) -> datetime | None:
        moment = super().to_python(value)
        if moment is not None and not is_usual(moment):
            raise forms.ValidationError(f"Enter a year from {FIRST_YEAR} to {LAST_YEAR}.", code="out_of_range")
        return moment


def moment_input(label: str, **kwargs: Any) -> MomentInput:
    """The field as every form has it."""
    ends = {"min": f"{FIRST_YEAR}-01-01T00:00", "max": f"{LAST_YEAR}-12-31T23:59"}
    widget = forms.DateTimeInput(attrs={"type": "datetime-local"} | ends, format=MOMENT)
    wrong = {"invalid": "Enter a day and an hour."}
    return MomentInput(label=label, widget=widget, input_formats=[MOMENT, *MOMENTS], error_messages=wrong, **kwargs)


def story(label: str, rows: int = 3, **kwargs: Any) -> TextInput:
    """Text of several lines."""
    return TextInput(label=label, multiline=True, widget=forms.Textarea(attrs={"rows": rows}), **kwargs)


def same_minute(one: datetime, other: datetime) -> bool:
    """Whether a moment comes back as the form showed it, without its seconds: then it was not touched."""
    return timezone.localtime(one).strftime(MOMENT) == timezone.localtime(other).strftime(MOMENT)


class WorkbenchForm(forms.Form):
    """A form whose refusals say what was not done. `title` and `submit` are the words on it."""

    required_css_class = "required"
    # Fields that stand side by side, each tuple one line; a field that is named nowhere gets a line of its own.
    lines: ClassVar[tuple[tuple[str, ...], ...]] = ()

    clash: Clash | None = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.error_messages["required"] = f"{field.label} is missing."

    # Suggestions for text fields, by the id of their list.
    lists: Mapping[str, Sequence[tuple[str, str]]] = {}  # replaced, never filled

    # Records that look like the one being made: title, address, detail.
    alike: Sequence[tuple[str, str, str]] = ()

    # A template that sets the record being made beside those that it may be, and the button's words then.
    comparison: ClassVar[str] = ""
    submit_instead: str = ""

    def refuse(self, refused: DomainError) -> None:
        """Puts each of the service's errors at its field, or on top where the form has no such field."""
        for error in refused.errors:
            name = error.field if error.field in self.fields else error.field.removesuffix("_id")
            self.add_error(name if name in self.fields else None, forms.ValidationError(error.message, code=error.code))

    def rows(self) -> list[list[forms.BoundField]]:
        """The visible fields, line by line, in the order of declaration."""
        paired = {name: line for line in self.lines for name in line}
        rows: list[list[forms.BoundField]] = []
        for field in self.visible_fields():
            line = paired.get(field.name, (field.name,))
            if field.name == line[0]:
                rows.append([self[name] for name in line])
        return rows

    @property
    def to_correct(self) -> int:
        """How many fields are to correct."""
        return len([name for name in self.errors if name != NON_FIELD_ERRORS])


class RecordForm(WorkbenchForm):
    """A form on one record: it carries the version that was read, and what was shown then."""

    version = forms.IntegerField(required=False, widget=forms.HiddenInput)
    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    @property
    def has_all(self) -> bool:
        """Whether what it is about was chosen already: without, there is nothing to send."""
        return True

    def typed(self, name: str) -> str:
        """What was typed into a field, as the record's page shows such a value."""
        return shown(self.cleaned_data.get(name))

    def renew(self, version: int, seen: str) -> None:
        """After a clash: what was typed stays, and the next send is about the record as it is now."""
        data = dict(self.data.items())
        data[self.add_prefix("version")], data[self.add_prefix("seen")] = str(version), seen
        self.data = data


class PreviewedForm(RecordForm):
    """Carries what was shown of its consequences, so that nothing else is done than what was seen."""

    confirmed = forms.CharField(required=False, widget=forms.HiddenInput)

    def show_again(self, seen: str) -> None:
        """What was typed stays; sent again as it is, it is done."""
        self.data = {**dict(self.data.items()), self.add_prefix("confirmed"): seen}
