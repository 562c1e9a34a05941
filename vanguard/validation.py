"""A model's own field rules, asked outside of forms: what the services and the bulk import check before they write."""

from collections.abc import Collection, Mapping
from functools import cache
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, models, transaction

from vanguard.errors import Conflict, FieldError, Invalid
from vanguard.text import clean


def field_errors(instance: models.Model) -> list[FieldError]:
    """Brings text into its stored form (see vanguard.text) and lists what the fields refuse. No query is made."""
    unreadable, refused = [], []
    for field, is_text, is_multiline in _checked_fields(type(instance)):
        value = getattr(instance, field.attname)
        if is_text and isinstance(value, str):
            try:
                value = clean(value, multiline=is_multiline)
            except ValueError as error:
                unreadable.append(FieldError(field.name, "control_characters", f"{field.verbose_name.capitalize()}: {error}."))
                continue
        try:
            # As Model.clean_fields does, in one pass with the text.
            setattr(instance, field.attname, value if field.blank and value in field.empty_values else field.clean(value, instance))
        except ValidationError as error:
            refused += [FieldError(field.name, each.code or "invalid", " ".join(each.messages)) for each in error.error_list]
    return [*unreadable, *refused]


@cache
def _checked_fields(model: type[models.Model]) -> tuple[tuple[Any, bool, bool], ...]:
    """What callers have a say in, and whether it is text, and of several lines.

    Not relations, which the services look up, nor what nobody edits (keys, times, versions).
    """
    fields = [field for field in model._meta.concrete_fields if field.editable and not field.is_relation]
    return tuple((each, isinstance(each, models.CharField | models.TextField), isinstance(each, models.TextField)) for each in fields)


def check(instance: models.Model, *more: FieldError) -> None:
    """Raises Invalid with every field to correct: the model's own rules, then `more`."""
    if errors := [*field_errors(instance), *more]:
        raise Invalid.of(errors)


def insert(instance: models.Model, *, unique: str, message: str) -> None:
    """Insert the row. Raises Conflict ("duplicate" on `unique`) when another has its value, also one that came at the same instant."""
    try:
        with transaction.atomic():
            instance.save(force_insert=True)
    except IntegrityError:
        if type(instance)._base_manager.filter(**{f"{unique}__iexact": getattr(instance, unique)}).exists():
            raise Conflict(message, code="duplicate", field=unique) from None
        raise


def refuse_fixed_fields(instance: models.Model, changes: Mapping[str, Any], fixed: Collection[str]) -> None:
    """Raises Conflict ("use_command") when `changes` would alter one of `fixed`; sending back what is stored is no change."""
    for name in fixed:
        if name in changes and changes[name] != getattr(instance, name):
            raise Conflict(
                f"{name.replace('_', ' ').capitalize()} is changed by a command, not by an edit.", code="use_command", field=name
            )
