"""Which values go to the database as they are, and what the others need first.

Django asks every field of every row three times over for that; for rows that are complete, and for fields whose values the driver takes
anyway, the answer is always the same.
"""

from collections.abc import Callable
from typing import Any

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

# What the drivers take as it is; a field derived from one of them (an encrypted one) is not the same.
PLAIN = frozenset({models.CharField, models.TextField, models.EmailField, models.BooleanField, models.PositiveIntegerField})
# PostgreSQL's driver takes these too.
RECURRING = frozenset({models.DateTimeField, models.DecimalField})
AS_THEY_ARE = {"postgresql": PLAIN | RECURRING | {models.UUIDField}, "sqlite": PLAIN}

# Makes of a record the value to store; None where the attribute is it.
type Preparation = Callable[[Any, BaseDatabaseWrapper], Any] | None


def kind_of(field: models.Field) -> type[Any]:
    """What is stored; of a reference, what it refers to."""
    return type(getattr(field, "target_field", field))


def preparation(field: models.Field, vendor: str) -> Preparation:
    """Of a new record's value. Whole numbers keep Django's own types, by which PostgreSQL knows a prepared statement again."""
    is_plain = kind_of(field) in AS_THEY_ARE[vendor] - {models.PositiveIntegerField}
    if is_plain and not (getattr(field, "auto_now", False) or getattr(field, "auto_now_add", False)):
        return None
    return lambda record, connection: field.get_db_prep_save(field.pre_save(record, add=True), connection)
