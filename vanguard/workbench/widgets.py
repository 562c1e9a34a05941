"""The fields of forms, drawn without templates.

A claim's page holds a dialog for each command, with eighty fields; Django draws each by two to twenty templates, which took two fifths of
the page. What is drawn is the same to the byte (tests/workbench/test_widgets.py); what is not drawn here is left to Django.
"""

from collections.abc import Callable, Mapping
from html import escape
from typing import Any

from django.forms.renderers import DjangoTemplates
from django.http import HttpRequest
from django.template import Context
from django.template.base import render_value_in_context
from django.utils.safestring import SafeData

FOLDER = "django/forms/widgets/"
OPTION = f"{FOLDER}select_option.html"
# Each of these is a single <input>.
INPUTS = ("checkbox", "color", "date", "datetime", "email", "file", "hidden", "number", "password", "search", "tel", "text", "time", "url")

type Told = Mapping[str, Any]


class WidgetRenderer(DjangoTemplates):
    """Django's own, but for the widgets that nearly every form has (settings.FORM_RENDERER)."""

    def render(self, template_name: str, context: dict[str, Any], request: HttpRequest | None = None) -> str:
        draw = DRAWN.get(template_name)
        drawn = draw(context["widget"]) if draw else None
        return super().render(template_name, context, request) if drawn is None else drawn


def _shown(value: Any) -> str:
    """As `{{ value }}`."""
    return escape(value) if type(value) is str else render_value_in_context(value, Context())


def _spelt(value: Any) -> str:
    """As `{{ value|stringformat:"s" }}`: a number without the thousands' separators of a language."""
    return str(value) if isinstance(value, SafeData) else escape(str(value))


def _attributes(of: Told) -> str:
    return "".join(
        f" {_shown(name)}" if value is True else f' {_shown(name)}="{_spelt(value)}"'
        for name, value in of["attrs"].items()
        if value is not False
    )


def _input(widget: Told) -> str:
    value = "" if widget["value"] is None else f' value="{_spelt(widget["value"])}"'
    return f'<input type="{_shown(widget["type"])}" name="{_shown(widget["name"])}"{value}{_attributes(widget)}>'


def _textarea(widget: Told) -> str:
    value = widget["value"]
    return f'<textarea name="{_shown(widget["name"])}"{_attributes(widget)}>\n{_shown(value) if value else ""}</textarea>'


def _select(widget: Told) -> str | None:
    """None where an option is drawn by a template of its own."""
    parts = [f'<select name="{_shown(widget["name"])}"{_attributes(widget)}>']
    for name, options, _ in widget["optgroups"]:
        if name:
            parts.append(f'\n  <optgroup label="{_shown(name)}">')
        for option in options:
            if option["template_name"] != OPTION:
                return None
            parts.append(f'\n  <option value="{_spelt(option["value"])}"{_attributes(option)}>{_shown(option["label"])}</option>\n')
        if name:
            parts.append("\n  </optgroup>")
    return "".join([*parts, "\n</select>"])


DRAWN: dict[str, Callable[[Told], str | None]] = {
    **{f"{FOLDER}{name}.html": _input for name in INPUTS},
    f"{FOLDER}textarea.html": _textarea,
    f"{FOLDER}select.html": _select,
}
