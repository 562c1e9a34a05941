"""A model's own field rules, asked outside of forms: what the services and the bulk import check before they write."""

import datetime
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, models, transaction

from vanguard.errors import Conflict, FieldError, Invalid
from vanguard.text import clean

# What no field takes for empty. Asked of a Decimal, whether it is "", [], () or {} takes longer than all else that there is to check.
NEVER_EMPTY = frozenset({Decimal, datetime.datetime, datetime.date, bool, int})


def field_errors(instance: models.Model) -> list[FieldError]:
    """Brings text into its stored form (see vanguard.text) and lists what the fields refuse. No query is made."""
    unreadable, refused = [], []
    values = instance.__dict__
    for each in _checked_fields(type(instance)):
        field = each.field
        value = values[field.attname] if field.attname in values else getattr(instance, field.attname)
        if each.is_text and isinstance(value, str):
            try:
                value = clean(value, multiline=each.is_multiline)
            except ValueError as error:
                unreadable.append(FieldError(field.name, "control_characters", f"{field.verbose_name.capitalize()}: {error}."))
                continue
        try:
            # As Model.clean_fields does, in one pass with the text.
            setattr(instance, field.attname, _cleaned(each, value, instance))
        except ValidationError as error:
            refused += [FieldError(field.name, one.code or "invalid", " ".join(one.messages)) for one in error.error_list]
    return [*unreadable, *refused]


@dataclass(frozen=True, slots=True)
class _Checked:
    """A field in which callers have a say: whether it is text, and of several lines, and whether only validators have to be asked."""

    field: Any
    is_text: bool
    is_multiline: bool
    is_plain: bool


def _cleaned(each: _Checked, value: Any, instance: models.Model) -> Any:
    """What Field.clean makes of the value. Raises ValidationError."""
    field = each.field
    if each.is_plain and (type(value) in NEVER_EMPTY or (value and type(value) is str)):
        try:
            ready = field.to_python(value)
            for validate in field.validators:
                validate(ready)
        except ValidationError:
            pass  # Django's own way says it, and whatever else there is to say.
        else:
            return ready
    return value if field.blank and value in field.empty_values else field.clean(value, instance)


@cache
def _checked_fields(model: type[models.Model]) -> tuple[_Checked, ...]:
    """What callers have a say in.

    Not relations, which the services look up, nor what nobody edits (keys, times, versions).
    """
    fields = [field for field in model._meta.concrete_fields if field.editable and not field.is_relation]
    return tuple(
        _Checked(each, isinstance(each, models.CharField | models.TextField), isinstance(each, models.TextField), _is_plain(each))
        for each in fields
    )


def _is_plain(field: models.Field) -> bool:
    """Whether it cleans as every field does, and lets any value of its type be."""
    own = type(field)
    inherited = (own.clean, own.validate, own.run_validators)
    return inherited == (models.Field.clean, models.Field.validate, models.Field.run_validators) and not field.choices


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
