"""Files that hold personal data: encrypted before they are stored, wherever files are stored."""

from typing import Any

from django.core.files.base import ContentFile, File
from django.core.files.storage import Storage, storages
from django.utils.deconstruct import deconstructible

from vanguard.encryption import keys


@deconstructible
class SealedStorage(Storage):
    """The default storage, with the content under the platform's key. Opening raises DecryptionError where no key fits."""

    def _open(self, name: str, mode: str = "rb") -> "File[bytes]":
        with storages["default"].open(name, "rb") as stored:
            return ContentFile(keys.decrypt(stored.read()), name)

    def _save(self, name: str, content: Any) -> str:
        content.seek(0)
        return storages["default"].save(name, ContentFile(keys.encrypt(content.read())))

    def delete(self, name: str) -> None:
        storages["default"].delete(name)

    def exists(self, name: str) -> bool:
        return storages["default"].exists(name)

    def size(self, name: str) -> int:
        """Of what is stored, which is more than the content."""
        return storages["default"].size(name)


def sealed() -> Storage:
    """For a FileField's `storage`, so that migrations name no storage."""
    return storages["sealed"]
