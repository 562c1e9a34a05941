"""Who was erased, kept outside of the database: after an older backup is put back, `manage.py replay_erasures` erases them again.

A line an erasure, `{"customer": <id>, "at": <time>}`: no personal data. The file is to be backed up by itself, and never rolled back.
"""

import datetime
import json
import os
from collections.abc import Iterable, Iterator
from functools import partial
from itertools import batched
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from customers.models import Customer, DataKey

ASKED_AT_ONCE = 5_000


def path() -> Path:
    return Path(settings.ERASURE_LEDGER)


def write_after_commit(ids: Iterable[UUID]) -> None:
    """Once it is certain. Should the process die in between, or the disk be full, `complete` catches up."""
    transaction.on_commit(partial(write, list(ids)), robust=True)


def write(ids: Iterable[UUID], at: datetime.datetime | None = None) -> None:
    """Append, and wait until it is on the disk."""
    stamp = (at or timezone.now()).isoformat()
    lines = "".join(json.dumps({"customer": str(each), "at": stamp}) + "\n" for each in ids)
    path().parent.mkdir(parents=True, exist_ok=True)
    with path().open("a") as ledger:
        ledger.write(lines)
        ledger.flush()
        os.fsync(ledger.fileno())


def read(source: Path | None = None) -> list[UUID]:
    """All who were erased, once each. A last line that was cut off is passed over: `complete` writes it again."""
    source = source or path()
    found: dict[UUID, None] = {}
    for line in source.read_text().splitlines() if source.exists() else ():
        try:
            found[UUID(json.loads(line)["customer"])] = None
        except (ValueError, KeyError, TypeError):
            continue
    return list(found)


def readable_again() -> Iterator[QuerySet[Customer]]:
    """Who stands in the ledger and can be read all the same: an older state was put back, and nobody was erased again since.

    In lots: a statement takes so many keys. Whoever the database does not know is nobody's to erase.
    """
    key = DataKey.objects.filter(pk=OuterRef("pk"))
    for lot in batched(_erased(), ASKED_AT_ONCE):
        yield Customer.objects.filter(Q(erased_at=None) | Exists(key), pk__in=lot)


_known: dict[tuple[str, int, int], list[UUID]] = {}


def _erased() -> list[UUID]:
    """As `read`, and read again only where the file has changed: probes ask often."""
    source = path()
    if not source.exists():
        return []
    told = source.stat()
    stamp = (str(source), told.st_mtime_ns, told.st_size)
    if stamp not in _known:
        found = read(source)
        _known.clear()
        _known[stamp] = found
        return found
    return _known[stamp]


def complete() -> int:
    """Adds who is erased in the database and not in the ledger. Returns how many."""
    known = set(read())
    missing = [pk for pk in Customer.objects.exclude(erased_at=None).values_list("pk", flat=True) if pk not in known]
    if missing:
        write(missing)
    return len(missing)
