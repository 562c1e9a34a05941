"""A file and its row: stored together, and what is left where only the file came to be."""

import datetime
from collections.abc import Iterator

from django.apps import apps
from django.core.files.base import File
from django.core.files.storage import Storage, storages
from django.db.models import FileField, Model
from django.utils import timezone

# Longer than any request or job that may still be about to commit the row.
UNNAMED_FOR = datetime.timedelta(days=1)
# More at once do not come from processes that were killed.
MOST_AT_ONCE = 100


class TooManyLeftOver(Exception):
    """So many files without a row that the database is rather older than the files, as after a restore. None was removed."""


def store(document: Model, content: "File[bytes]") -> None:
    """Write `content` as the `file` of `document`, which is new, and insert its row, in the open transaction.

    Where the row is refused the file goes too. Where the transaction is undone later, or the process ends before its commit, the file
    stays without a row, and `clear_left_over` takes it away: a commit whose answer is lost may have been done, so nothing is removed then.
    """
    file = document.file  # type: ignore[attr-defined]  # models with a document have one
    try:
        file.save(f"{document.pk}", content, save=False)  # the name on disk tells nothing and cannot be chosen from outside
        document.save(force_insert=True)
    except Exception:
        if file.name:
            file.storage.delete(file.name)
        raise


def clear_left_over(most: int = MOST_AT_ONCE) -> int:
    """Remove the files that no row has named for a day; how many. May run twice, or on two machines. Raises TooManyLeftOver."""
    found = list(left_over(timezone.now() - UNNAMED_FOR))
    if len(found) > most:
        message = f"{len(found):,} files are named by no record. Is the database older than the files? None was removed."
        raise TooManyLeftOver(message)
    for name in found:
        storages["default"].delete(name)
    return len(found)


def left_over(before: datetime.datetime) -> Iterator[str]:
    """The names of the files, written before then, that no row names."""
    storage = storages["default"]
    for root, fields in _roots().items():
        for folder, files in _folders(storage, root):
            old = {name for name in files if storage.get_modified_time(name) < before}
            for field in fields:
                if old:
                    rows = field.model._base_manager.filter(**{f"{field.name}__startswith": f"{folder}/"})
                    old -= set(rows.values_list(field.name, flat=True))
            yield from sorted(old)


def _roots() -> dict[str, list[FileField]]:
    """Where documents lie, and the columns that name them."""
    found: dict[str, list[FileField]] = {}
    for model in apps.get_models():
        for field in model._meta.local_concrete_fields:
            if isinstance(field, FileField) and isinstance(field.upload_to, str):
                found.setdefault(field.upload_to.split("/")[0], []).append(field)
    return found


def _folders(storage: Storage, folder: str) -> Iterator[tuple[str, list[str]]]:
    try:
        folders, files = storage.listdir(folder)
    except FileNotFoundError:  # no document has been put there yet
        return
    if files:
        yield folder, [f"{folder}/{name}" for name in files]
    for each in sorted(folders):
        yield from _folders(storage, f"{folder}/{each}")
