"""New records, as the services make a dozen of them at once.

Django works out anew for each of them what is the same for all of its model: which fields there are, which of them have a default, and
which descriptor stands in the way. Here that is worked out once a model; the record is the same.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.db import models
from django.db.models.base import ModelState
from django.db.models.fields.related_descriptors import ForeignKeyDeferredAttribute
from django.db.models.query_utils import DeferredAttribute
from django.db.models.signals import post_init, pre_init


@dataclass(frozen=True, slots=True)
class _Recipe:
    """Of a model: the values that all new records share, what makes the others, which names may be given, and the references."""

    shared: dict[str, Any]
    made: tuple[tuple[str, Callable[[], Any]], ...]
    plain: frozenset[str]
    references: dict[str, tuple[str, str]]  # by name, its own attribute and the one that it refers to


def new[Record: models.Model](model: type[Record], **given: Any) -> Record:
    """The record that `model(**given)` is, not stored yet. Raises TypeError for a name that it does not have."""
    recipe = _recipe(model)
    if recipe is None:
        return model(**given)
    record = model.__new__(model)
    values = record.__dict__
    state = values["_state"] = ModelState()
    values.update(recipe.shared)
    for name, make in recipe.made:
        if name not in given:
            values[name] = make()
    for name, value in given.items():
        if name in recipe.plain:
            values[name] = value
        elif name in recipe.references:
            attribute, target = recipe.references[name]
            values[attribute] = None if value is None else getattr(value, target)
            state.fields_cache[name] = value
        elif hasattr(model, name):
            setattr(record, name, value)
        else:
            raise TypeError(f"{model.__name__} has no {name}.")
    return record


@cache
def _recipe(model: type[models.Model]) -> _Recipe | None:
    """None where somebody wants to know of each new record, or makes it otherwise."""
    if model.__init__ is not models.Model.__init__ or pre_init.has_listeners(model) or post_init.has_listeners(model):
        return None
    fields = [field for field in model._meta.concrete_fields if not field.generated]
    fixed = [field for field in fields if not (field.has_default() and callable(field.default)) and not field.has_db_default()]
    plain = {field.attname for field in fields if type(getattr(model, field.attname)) in (DeferredAttribute, ForeignKeyDeferredAttribute)}
    references = {field.name: (field.attname, field.target_field.attname) for field in fields if type(field) is models.ForeignKey}
    return _Recipe(
        shared={field.attname: field.get_default() for field in fixed},
        made=tuple((field.attname, _maker(field)) for field in fields if field not in fixed),
        plain=frozenset(plain),
        references=references,
    )


def _maker(field: models.Field) -> Callable[[], Any]:
    """What gives its default; of a reference the field itself, because it may be a record that is given."""
    default: Callable[[], Any] = field.default if callable(field.default) and not field.is_relation else field.get_default
    return default
