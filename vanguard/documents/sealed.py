"""Files that hold personal data: encrypted before they are stored, wherever files are stored."""

from typing import Any

from django.core.files.base import ContentFile, File
from django.core.files.storage import Storage, storages
from django.utils.deconstruct import deconstructible

from vanguard.encryption import keys, owned
from vanguard.encryption.owned import OwnKey


class OwnedContent(ContentFile):
    """Content that is to be sealed under the key of the person whom it is about."""

    def __init__(self, content: bytes, key: OwnKey) -> None:
        super().__init__(content)
        self.key = key


@deconstructible
class SealedStorage(Storage):
    """The default storage, with the content under its owner's key (OwnedContent) or the platform's.

    Opening raises DecryptionError where no key fits.
    """

    def _open(self, name: str, mode: str = "rb") -> "File[bytes]":
        with storages["default"].open(name, "rb") as stored:
            return ContentFile(owned.decrypt(stored.read()), name)

    def _save(self, name: str, content: Any) -> str:
        content.seek(0)
        seal = content.key.encrypt if isinstance(content, OwnedContent) else keys.encrypt
        return storages["default"].save(name, ContentFile(seal(content.read())))

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
