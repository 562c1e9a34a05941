"""Model fields that are ciphertext in the database and plain in Python.

They are django-cryptography's EncryptedMixin with two changes, because that package pickles values (code execution for
whoever can write to the table) and knows one key only: the value is stored as text, under `vanguard.encryption.keys`.
"""

import datetime
from collections.abc import Mapping
from typing import Any, ClassVar, Protocol

from django.db import models
from django.db.models.query_utils import DeferredAttribute
from django_cryptography.fields import EncryptedMixin

from vanguard.encryption import keys, owned
from vanguard.encryption.owned import OwnKey, Sealed


class EncryptedColumn(EncryptedMixin):
    """What every encrypted field is."""

    wasinstance = True
    # What begins with this is not under one of the platform's keys.
    foreign_head: ClassVar[bytes] = owned.HEAD

    def _dump(self, value: Any) -> bytes:
        return keys.encrypt(str(value).encode())

    def _load(self, value: bytes) -> Any:
        return self.to_python(keys.decrypt(value).decode())


class EncryptedTextField(EncryptedColumn, models.TextField):
    """Text of any length. Only `isnull` can be asked of it in a query."""


class EncryptedDateField(EncryptedColumn, models.DateField):
    """A date, kept as ISO 8601 text inside the ciphertext."""

    def get_db_prep_value(self, value: datetime.date | None, connection: Any, prepared: bool = False) -> Any:
        # DateField would have SQLite's adapter turn the date into text of its own before it is encrypted.
        return None if value is None else connection.Database.Binary(self._dump(value.isoformat()))


class Owner(Protocol):
    """A record whose data, or whose owner's, is under a key of its own."""

    def own_key(self) -> OwnKey:
        """The key to write under. Raises KeyIsGone where the owner's data was erased."""


class _OpenedWhenLookedAt(DeferredAttribute):
    """A list that shows names only opens nothing, and a record that is saved again writes back what nobody looked at."""

    field: Any

    def __get__(self, instance: Any, cls: Any = None) -> Any:
        value = super().__get__(instance, cls)
        if isinstance(value, Sealed):
            value = instance.__dict__[self.field.attname] = self.field.opened(value)
        return value

    def __set__(self, instance: Any, value: Any) -> None:
        instance.__dict__[self.field.attname] = value


class OwnedColumn(EncryptedColumn):
    """A field of an `Owner`. `QuerySet.update` knows no record, so what it is given must be sealed already (`sealed_values`)."""

    descriptor_class = _OpenedWhenLookedAt

    def opened(self, value: Sealed) -> Any:
        """The value itself. Raises KeyIsGone, DecryptionError."""
        return self.to_python(owned.decrypt(value.token).decode())

    def sealed(self, instance: Any, value: Any) -> Sealed | None:
        """`value` under the key of the record's owner."""
        if value is None or isinstance(value, Sealed):
            return value
        return Sealed(instance.own_key().encrypt(self._as_text(value).encode()))

    def pre_save(self, model_instance: Any, add: bool) -> Sealed | None:
        return self.sealed(model_instance, model_instance.__dict__.get(self.attname))

    def from_db_value(self, value: Any, *_args: Any, **_kwargs: Any) -> Sealed | None:
        return None if value is None else Sealed(bytes(value))

    def get_db_prep_value(self, value: Sealed | None, connection: Any, prepared: bool = False) -> Any:
        if value is None:
            return None
        if not isinstance(value, Sealed):
            raise TypeError(f"{self.name} is written under its owner's key: save the record, or seal the value first.")
        return connection.Database.Binary(value.token)

    def _as_text(self, value: Any) -> str:
        return str(value)


class OwnedTextField(OwnedColumn, models.TextField):
    """Text of any length, under the owner's key."""


class OwnedDateField(OwnedColumn, models.DateField):
    """A date, kept as ISO 8601 text under the owner's key."""

    def _as_text(self, value: datetime.date) -> str:
        return value.isoformat()


def sealed_values(instance: models.Model, values: Mapping[str, Any]) -> dict[str, Any]:
    """`values` as `QuerySet.update` takes them: those of owned fields are sealed for `instance`."""
    given = ((instance._meta.get_field(name), name, value) for name, value in values.items())
    return {name: field.sealed(instance, value) if isinstance(field, OwnedColumn) else value for field, name, value in given}
