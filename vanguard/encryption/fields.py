"""Model fields that are ciphertext in the database and plain in Python.

They are django-cryptography's EncryptedMixin with two changes, because that package pickles values (code execution for
whoever can write to the table) and knows one key only: the value is stored as text, under `vanguard.encryption.keys`.
"""

import datetime
from typing import Any, ClassVar

from django.db import models
from django_cryptography.fields import EncryptedMixin

from vanguard.encryption import keys


class EncryptedColumn(EncryptedMixin):
    """What every encrypted field is."""

    wasinstance = True
    # What begins with this is not under one of the platform's keys.
    foreign_head: ClassVar[bytes] = b"d1:"

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
