"""ETag, If-None-Match and If-Match: nobody overwrites what he has not read."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest

from vanguard.errors import NotFound, PreconditionRequired, StaleVersion
from vanguard.models import DomainModel

# A strong entity tag of ours holds the version; weak ones match nothing that is to be changed.
_TAG = re.compile(r'(W/)?"([^"]*)"')
NO_VERSION = 0  # versions start at 1, so this one is always stale


def no_such_record() -> NotFound:
    return NotFound("There is no such record.")


def etag_of(record: DomainModel) -> str:
    return f'"{record.version}"'


def is_not_modified(request: HttpRequest, etag: str) -> bool:
    """Whether the caller holds this very state (If-None-Match: a list of tags, weak ones too, or `*`)."""
    header = str(request.META.get("HTTP_IF_NONE_MATCH", "")).strip()
    return bool(header) and (header == "*" or etag.strip('"') in {tag for _, tag in _TAG.findall(header)})


@contextmanager
def required_version(request: HttpRequest, rows: QuerySet[Any]) -> Iterator[int]:
    """The version that the caller read and means to change, from If-Match; `rows` is the record in question, in the caller's scope.

    Raises NotFound where the scope has no such record. Without the header the service inside is given NO_VERSION, and what it
    refuses as stale is answered by PreconditionRequired: so whoever may not change the record at all learns that first.
    """
    version = optional_version(request, rows)
    try:
        yield NO_VERSION if version is None else version
    except StaleVersion:
        if version is None:
            message = "Send If-Match with the ETag that you read, so that nobody's change is overwritten."
            raise PreconditionRequired(message, field="If-Match") from None
        raise


def optional_version(request: HttpRequest, rows: QuerySet[Any]) -> int | None:
    """As required_version, for commands: None where the caller sent no If-Match."""
    current = rows.values_list("version", flat=True).first()
    if current is None:
        raise no_such_record()
    header = request.headers.get("If-Match", "").strip()
    if not header:
        return None
    tags = [tag for weak, tag in _TAG.findall(header) if not weak]
    return int(current) if header == "*" or str(current) in tags else NO_VERSION
