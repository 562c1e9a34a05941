"""What there is to rotate: every encrypted column, every sealed file, and what a room adds because only it knows how (digests)."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from django.apps import apps
from django.db.models import FileField

from vanguard.documents.sealed import SealedStorage
from vanguard.encryption.fields import EncryptedColumn
from vanguard.rotation import columns, files


@dataclass(frozen=True, slots=True)
class Part:
    """`outdated` counts what is not under the current key; `rotate` brings it there, and yields how many it did, batch by batch."""

    name: str
    outdated: Callable[[], int]
    rotate: Callable[[], Iterator[int]]


_added: dict[str, Part] = {}
_guards: dict[str, tuple[str, ...]] = {}


def add_part(part: Part) -> None:
    """A room's own part, done before the columns: what it works out may need what is still under the earlier key."""
    _added[part.name] = part


def written_once(table: str, *triggers: str) -> None:
    """These triggers of `table` refuse every change of a row; a rotation lifts them around its own, in one transaction each batch."""
    _guards[table] = triggers


def parts() -> list[Part]:
    """All of them, in the order in which they are done."""
    return [*_added.values(), *_columns(), *_files()]


def _columns() -> Iterator[Part]:
    for model in apps.get_models():
        for field in model._meta.local_concrete_fields:
            if isinstance(field, EncryptedColumn) and model._meta.managed:
                column = columns.Column.of(model, field, _guards.get(model._meta.db_table, ()))
                yield Part(f"{model._meta.label}.{field.name}", column.outdated, column.rotate)


def _files() -> Iterator[Part]:
    for model in apps.get_models():
        for field in model._meta.local_concrete_fields:
            if isinstance(field, FileField) and (isinstance(field.storage, SealedStorage) or getattr(model, "is_sealed_in_pieces", False)):
                kept = files.Files(model, field.name)
                yield Part(f"files of {model._meta.label}", kept.outdated, kept.rotate)
