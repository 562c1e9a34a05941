"""The fields of forms are drawn without templates, and are what Django's templates draw."""

import datetime
from decimal import Decimal
from typing import Any

import pytest
from django import forms
from django.forms.renderers import DjangoTemplates
from django.template import Context
from django.template.base import Template
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy

from vanguard.workbench.widgets import DRAWN, WidgetRenderer

STOCK, OURS = DjangoTemplates(), WidgetRenderer()
INPUTS = [
    forms.TextInput, forms.NumberInput, forms.EmailInput, forms.URLInput, forms.ColorInput, forms.SearchInput, forms.TelInput,
    forms.PasswordInput, forms.HiddenInput, forms.DateInput, forms.DateTimeInput, forms.TimeInput, forms.CheckboxInput, forms.FileInput,
    forms.Textarea,
]  # fmt: skip
VALUES = [
    None, "", "plain", "<b> & \"two\" 'one'", mark_safe("<i>&amp;</i>"), 0, 1234567, Decimal("1234567.50"), True, False, ("a", "b"),
    datetime.date(2026, 1, 2), datetime.datetime(2026, 1, 2, 3, 4, tzinfo=datetime.UTC), gettext_lazy("Yes"), "Zoë\n\n 山田",
]  # fmt: skip
ATTRIBUTES: list[dict[str, Any]] = [
    {},
    {"id": "id_x", "required": True, "disabled": False, "maxlength": 12345, "step": Decimal("0.01"), "title": '"<&>"', "data-of": None},
    {"class": mark_safe("a&amp;b"), "placeholder": gettext_lazy("No"), "aria-label": ""},
]
CHOICES: list[Any] = [
    [],
    [("", "---"), ("a", "A & B"), (3, 1234567), (None, "None"), (True, mark_safe("<b>x</b>")), ('"', gettext_lazy("Yes"))],
    [("A <group>", [("1", "One"), ("2", "Two")]), ("x", "Outside"), (gettext_lazy("Last"), [])],
]


@pytest.mark.parametrize("attributes", ATTRIBUTES, ids=["bare", "many", "marked"])
@pytest.mark.parametrize("widget", INPUTS)
def test_an_input_is_what_djangos_template_draws(widget: type[forms.Widget], attributes: dict[str, Any]) -> None:
    for value in VALUES:
        drawn = [widget(attrs=attributes).render('a"<name>', value, renderer=renderer) for renderer in (STOCK, OURS)]
        assert drawn[0] == drawn[1], value


@pytest.mark.parametrize("choices", CHOICES, ids=["empty", "flat", "grouped"])
def test_a_select_is_what_djangos_template_draws(choices: list[Any]) -> None:
    for widget in (forms.Select, forms.SelectMultiple, forms.RadioSelect, forms.CheckboxSelectMultiple):
        for value in (None, "a", "2", ["1", "x"], 3):
            made = widget(attrs=ATTRIBUTES[1], choices=choices)
            assert made.render("of", value, renderer=OURS) == made.render("of", value, renderer=STOCK), (widget, value)


def test_an_option_with_a_template_of_its_own_keeps_it() -> None:
    class Own(forms.Select):
        option_template_name = "django/forms/widgets/radio_option.html"

    made = Own(choices=[("1", "One")])
    assert made.render("of", "1", renderer=OURS) == made.render("of", "1", renderer=STOCK)


def test_forms_are_drawn_so_and_no_template_is_read_for_what_nearly_every_form_has(monkeypatch: pytest.MonkeyPatch) -> None:
    class Notice(forms.Form):
        what = forms.CharField(widget=forms.Textarea)
        on = forms.DateField()
        sort = forms.ChoiceField(choices=[("a", "A")])
        key = forms.CharField(widget=forms.HiddenInput)

    form = Notice()
    form.full_clean()
    read: list[str] = []

    def noted(template: Template, _context: Context) -> str:
        read.append(str(template.name))
        return ""

    monkeypatch.setattr(Template, "render", noted)
    drawn = [str(form[name]) for name in form.fields]
    assert read == []
    assert [each.split()[0] for each in drawn] == ["<textarea", "<input", "<select", "<input"]
    assert isinstance(form.renderer, WidgetRenderer)


def test_all_that_is_drawn_here_is_a_template_of_django() -> None:
    for name in DRAWN:
        assert STOCK.get_template(name).template.name == name
