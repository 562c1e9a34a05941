"""Which values go to the database as they are, and what the others need first.

Django asks every field of every row three times over for that; for rows that are complete, and for fields whose values the driver takes
anyway, the answer is always the same.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections, models
from psycopg.types.numeric import Int2, Int4, Int8

# What the drivers take as it is; a field derived from one of them (an encrypted one) is not the same.
PLAIN = frozenset({models.CharField, models.TextField, models.EmailField, models.BooleanField, models.PositiveIntegerField})
# PostgreSQL's driver takes these too.
RECURRING = frozenset({models.DateTimeField, models.DecimalField})
KEYS = frozenset({models.UUIDField, models.SmallAutoField, models.AutoField, models.BigAutoField})
AS_THEY_ARE = {"postgresql": PLAIN | RECURRING | KEYS, "sqlite": PLAIN}

# Whole numbers as Django has the driver send them, by which PostgreSQL knows a prepared statement again.
NUMBERS = {
    models.PositiveIntegerField: Int4,
    models.IntegerField: Int4,
    models.PositiveSmallIntegerField: Int2,
    models.SmallIntegerField: Int2,
    models.PositiveBigIntegerField: Int8,
    models.BigIntegerField: Int8,
}

# Makes of a record the value to store; None where the attribute is it.
type Preparation = Callable[[Any], Any] | None


def kind_of(field: models.Field) -> type[Any]:
    """What is stored; of a reference, what it refers to."""
    return type(getattr(field, "target_field", field))


def preparation(field: models.Field, vendor: str) -> Preparation:
    """Of a new record's value."""
    kind, name = kind_of(field), field.attname
    if getattr(field, "auto_now", False) or getattr(field, "auto_now_add", False):
        return partial(_as_django_does, field)
    if vendor == "postgresql" and (number := NUMBERS.get(kind)) is not None:
        return lambda record: None if (value := record.__dict__[name]) is None else number(value)
    return None if kind in AS_THEY_ARE[vendor] - NUMBERS.keys() else partial(_as_django_does, field)


def _as_django_does(field: models.Field, record: models.Model) -> Any:
    return field.get_db_prep_save(field.pre_save(record, add=True), connections[DEFAULT_DB_ALIAS])
