"""Whether stored files are still what was put in."""

import hashlib
from collections.abc import Iterator
from typing import Any

from django.db.models import QuerySet

from vanguard.documents.downloads import StoredDocument
from vanguard.encryption.keys import DecryptionError

NEWEST, OTHERS = 100, 100


def fault_of(document: StoredDocument) -> str:
    """What is wrong with the stored file, in a sentence; empty when its checksum is the one that was kept."""
    if not document.file:
        return "The file was erased with the customer's personal data."
    try:
        with document.file.open("rb") as stored:
            digest = hashlib.sha256(stored.read()).hexdigest()
    except FileNotFoundError:
        return "The file is not in the store."
    except DecryptionError:
        return "The file does not open under any key of ours."
    return "" if digest == document.sha256 else "The file is not the one that was put in: its checksum differs."


def to_check(rows: QuerySet[Any], newest: str, *, every: bool) -> Iterator[Any]:
    """Every row whose file was not erased, or the newest by the column `newest` and others by chance."""
    rows = rows.exclude(file="")
    if every:
        yield from rows.order_by("pk").iterator(500)
        return
    found = {row.pk: row for row in rows.order_by(f"-{newest}")[:NEWEST]}
    found |= {row.pk: row for row in rows.order_by("?")[:OTHERS]}
    yield from found.values()
