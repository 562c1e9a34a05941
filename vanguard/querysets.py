"""Reading one record, and locking it for a change."""

from uuid import UUID

from django.db.models import Model, QuerySet

from vanguard.errors import NotFound, StaleVersion


def get_or_refuse[M: Model](rows: QuerySet[M], pk: UUID, field: str = "") -> M:
    """The row with this key. Raises NotFound; what is outside the caller's scope is not found either."""
    return found_or_refuse(rows.filter(pk=pk).first(), rows.model, field)


def found_or_refuse[M: Model](found: M | None, model: type[M], field: str = "") -> M:
    """`found`. Raises NotFound where it is None."""
    if found is None:
        raise NotFound(f"There is no such {model._meta.verbose_name}.", field=field)
    return found


def locked[M: Model](rows: QuerySet[M], pk: UUID, version: int | None = None) -> M:
    """The row, locked until the transaction ends, so that a second caller decides on what the first one left.

    The row alone: what a join brought along would be as old as the moment when the waiting began.
    Raises NotFound; StaleVersion when `version` is given and no longer the row's.
    """
    row = get_or_refuse(rows.select_related(None).select_for_update(), pk)
    if version is not None and row.version != version:  # type: ignore[attr-defined]  # every DomainModel has one
        raise StaleVersion("Somebody else changed this record meanwhile. Nothing was saved; read it again.")
    return row
