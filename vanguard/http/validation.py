"""What pydantic found wrong with a request, in our words: the field as the caller wrote it, a stable code, no value repeated."""

from collections.abc import Mapping, Sequence
from typing import Any

from vanguard.errors import FieldError

LONGEST_NAME = 100

# pydantic's type → our code and words. Our own field types bring their own codes and words (vanguard.http.fields).
_WORDS = {
    "missing": ("required", "This field is required."),
    "extra_forbidden": ("unknown_field", "There is no such field."),
    "string_type": ("wrong_type", "This must be text."),
    "string_unicode": ("malformed_text", "This is not text."),
    "int_type": ("wrong_type", "This must be a whole number."),
    "int_parsing": ("wrong_type", "This must be a whole number."),
    "int_parsing_size": ("out_of_range", "This number is too large."),
    "bool_type": ("wrong_type", "This must be true or false."),
    "bool_parsing": ("wrong_type", "This must be true or false."),
    "uuid_type": ("malformed_id", "This must be an id (a UUID)."),
    "uuid_parsing": ("malformed_id", "This must be an id (a UUID)."),
    "model_type": ("wrong_type", "This must be a JSON object."),
    "model_attributes_type": ("wrong_type", "This must be a JSON object."),
    "dict_type": ("wrong_type", "This must be a JSON object."),
    "list_type": ("wrong_type", "This must be a JSON list."),
}
_RANGES = {
    "greater_than_equal": "This must be {ge} or more.",
    "less_than_equal": "This must be {le} or less.",
}


def field_errors(found: Sequence[Mapping[str, Any]]) -> list[FieldError]:
    """One FieldError for each of ninja's error dictionaries."""
    return [_field_error(each) for each in found]


def _field_error(found: Mapping[str, Any]) -> FieldError:
    kind, context = str(found["type"]), found.get("ctx", {})
    field = _name(found["loc"])
    if kind == "extra_forbidden" and found["loc"][0] == "query":
        return FieldError(field, "unknown_parameter", "There is no such parameter.")
    if kind in _WORDS:
        return FieldError(field, *_WORDS[kind])
    if kind in _RANGES:
        return FieldError(field, "out_of_range", _RANGES[kind].format_map(context))
    if kind in ("literal_error", "enum"):
        return FieldError(field, "not_a_choice", f"This must be {context['expected']}.")
    return FieldError(field, kind, str(found["msg"]))


def _name(location: Sequence[str | int]) -> str:
    """("body", "body", "endDate") → endDate; ("query", "page_size") → page_size. The body as a whole is "body".

    A name can be the caller's own invention, so it is cut, and made fit to be written.
    """
    parts = location[2:] if location[0] == "body" else location[-1:]
    name = ".".join(str(part) for part in parts) or str(location[0])
    return name[:LONGEST_NAME].encode("utf-8", "replace").decode()
