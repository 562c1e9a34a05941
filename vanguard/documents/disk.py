"""Files on a disk, which can be full."""

import logging
from typing import Any

from django.core.files.storage import FileSystemStorage
from django.utils.deconstruct import deconstructible

from vanguard.errors import DISK_FULL, NoRoom

logger = logging.getLogger(__name__)


@deconstructible
class DiskStorage(FileSystemStorage):
    """Django's; where no room is left, saving raises NoRoom, and nothing of the file stays. Names must be ones that nobody else has."""

    def _save(self, name: str, content: Any) -> str:
        try:
            return str(super()._save(name, content))  # type: ignore[misc]  # the stubs leave it out
        except OSError as error:
            if error.errno not in DISK_FULL:
                raise
            self.delete(name)
            logger.error("No room is left where documents are kept.")
            raise NoRoom from None
