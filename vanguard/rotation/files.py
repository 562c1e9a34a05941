"""Sealed files: each is written anew beside the old one, and takes its place in one step. Who reads it meanwhile reads one or the other."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, Any

from django.core.files.storage import storages
from django.db import models

from vanguard.encryption.keys import HEAD_LENGTH, current_key, decrypt, encrypt

BATCH = 100
FOREIGN = b"d1:"


@dataclass(frozen=True, slots=True)
class Files:
    """The files that a model's rows name. One that is not in the store any more is passed over: verify_books tells of it."""

    model: type[models.Model]
    field: str

    def outdated(self) -> int:
        """How many files are not under the current key."""
        return sum(1 for _ in self._outdated())

    def rotate(self) -> Iterator[int]:
        """Yields how many it did, batch by batch. Raises DecryptionError for a file that no key opens."""
        done = 0
        for path in self._outdated():
            resealed(path)
            done += 1
            if done % BATCH == 0:
                yield BATCH
        yield done % BATCH

    def _outdated(self) -> Iterator[str]:
        for name in self.model._base_manager.order_by("pk").values_list(self.field, flat=True).iterator(500):
            if name and (path := _path(name)) and not _head(path).startswith((current_key().head, FOREIGN)):
                yield path


def resealed(path: str) -> None:
    """Put one file under the current key: a token, or a token a line."""
    beside = f"{path}.rotating"
    with open(path, "rb") as source, open(beside, "wb") as target:
        _reseal(source, target)
        target.flush()
        os.fsync(target.fileno())
    os.replace(beside, path)


def _reseal(source: IO[bytes], target: IO[bytes]) -> None:
    for line in source:
        token = line.rstrip(b"\n")
        target.write(encrypt(decrypt(token)) + line[len(token) :])


def _path(name: str) -> str:
    """Where the file is; empty where it is not."""
    path: Any = storages["default"].path(name)
    return str(path) if os.path.exists(path) else ""


def _head(path: str) -> bytes:
    with open(path, "rb") as stored:
        return stored.read(HEAD_LENGTH)
