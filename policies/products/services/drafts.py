"""What may be changed in a draft, and that nothing else may be."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from uuid import UUID

from policies.products.models import Coverage, ProductVersion, RatingFactor
from vanguard.audit import change
from vanguard.errors import Conflict, FieldError
from vanguard.querysets import locked
from vanguard.validation import check


def draft_of(part: Coverage | RatingFactor) -> ProductVersion:
    """The version that a part belongs to, locked, so that nobody publishes it under the edit. Raises Conflict ("published")."""
    return open_draft(part.product_version_id)


def open_draft(version_id: UUID, version: int | None = None) -> ProductVersion:
    """The version, locked. Raises Conflict ("published"), NotFound, StaleVersion."""
    draft = locked(ProductVersion.objects.all(), version_id, version)
    refuse_published(draft)
    return draft


def refuse_published(version: ProductVersion) -> None:
    if not version.is_draft:
        raise Conflict(f"{version} is published and never changes: draft a new version.", code="published")


def apply[Record: (ProductVersion, Coverage, RatingFactor)](
    record: Record, changes: Mapping[str, Any], names: Sequence[str], errors: Callable[[Record], list[FieldError]] = lambda _record: []
) -> None:
    """Write what of `changes` is different, once the record's own rules and `errors` have nothing against it."""
    before = {name: getattr(record, name) for name in names}
    for name in names:
        setattr(record, name, changes.get(name, before[name]))
    check(record, *errors(record))
    after = {name: getattr(record, name) for name in names}
    for name, value in before.items():
        setattr(record, name, value)
    change(record, **{name: value for name, value in after.items() if value != before[name]})


def next_position(parts: Sequence[Coverage] | Sequence[RatingFactor]) -> int:
    """Behind all that are there."""
    return max((part.position for part in parts), default=-1) + 1


def duplicate(code: str, known: Sequence[Coverage] | Sequence[RatingFactor]) -> list[FieldError]:
    """A code names one part of its kind in a version."""
    if code in {part.code for part in known}:
        return [FieldError("code", "duplicate", f"This version has {code} already.")]
    return []
