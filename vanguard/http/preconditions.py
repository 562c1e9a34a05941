"""ETag, If-None-Match and If-Match: nobody overwrites what he has not read."""

import re
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest

from vanguard.errors import NotFound, PreconditionRequired
from vanguard.models import DomainModel

# A strong entity tag of ours holds the version; anything else in the header is somebody else's, and matches nothing.
_TAG = re.compile(r'(W/)?"([^"]*)"')
_VERSION = re.compile(r"[1-9][0-9]{0,8}")
NO_VERSION = 0  # versions start at 1


def etag_of(record: DomainModel) -> str:
    return f'"{record.version}"'


def is_not_modified(request: HttpRequest, etag: str) -> bool:
    """Whether the caller holds this very state (If-None-Match: a list of tags, weak ones too, or `*`)."""
    header = request.headers.get("If-None-Match", "").strip()
    return header == "*" or etag.strip('"') in {tag for _, tag in _TAG.findall(header)}


def required_version(request: HttpRequest, records: QuerySet[Any]) -> int:
    """The version that the caller read and means to change, from If-Match; `records` holds the one record in question.

    Raises PreconditionRequired where the header is missing, and NotFound where there is no such record. A tag that no
    version can have gives NO_VERSION, which the service then refuses as stale.
    """
    version = optional_version(request, records)
    if version is None:
        raise PreconditionRequired("Send If-Match with the ETag that you read, so that nobody's change is overwritten.", field="If-Match")
    return version


def optional_version(request: HttpRequest, records: QuerySet[Any]) -> int | None:
    """As required_version, for commands: None where the caller sent no If-Match."""
    header = request.headers.get("If-Match", "").strip()
    if not header:
        return None
    versions = [int(tag) for weak, tag in _TAG.findall(header) if not weak and _VERSION.fullmatch(tag)]
    if header != "*" and len(versions) < 2:
        return versions[0] if versions else NO_VERSION
    current = records.values_list("version", flat=True).first()
    if current is None:
        raise NotFound("There is no such record.")
    return int(current) if header == "*" or current in versions else NO_VERSION
