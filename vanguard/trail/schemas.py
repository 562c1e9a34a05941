"""The trail as the API gives it, and how it is asked for."""

from datetime import datetime
from typing import Annotated, Any, ClassVar, Literal, Self

from vanguard.http.fields import CalendarDate, Text
from vanguard.http.paging import ListParams
from vanguard.http.schema import Maybe, Out
from vanguard.trail.models import AuditRecordQuerySet


class RecordedChangeOut(Out):
    """One change of one row. `before` and `after` hold what is different; personal data stands there as ••••.

    `sequence` and `digest` are its place in the audit chain, which it has some time after the commit.
    """

    id: int
    at: datetime
    table: str
    record_id: str
    operation: Literal["insert", "update", "delete", "truncate"]
    before: Maybe[dict[str, Any]] = None
    after: Maybe[dict[str, Any]] = None
    actor_id: Maybe[str] = None
    correlation_id: Maybe[str] = None
    client_address: Maybe[str] = None
    sequence: Maybe[int] = None
    digest: Maybe[str] = None

    @classmethod
    def show(cls, record: Any) -> Self:
        """`record` comes from a queryset that is `chained`."""
        return cls(
            id=record.pk, at=record.at, table=record.table_name, record_id=record.key, operation=record.operation,
            before=record.old, after=record.new, actor_id=record.actor, correlation_id=record.correlation_id,
            client_address=record.address, sequence=record.sequence, digest=bytes(record.digest).hex() if record.digest else None,
        )  # fmt: skip


class AuditListParams(ListParams):
    """Days are UTC. `actor` is a log-in's id or e-mail address."""

    sorts: ClassVar[tuple[str, ...]] = ("id",)
    default_sort: ClassVar[str] = "-id"

    record_id: Annotated[str, Text(64)] | None = None
    table: Annotated[str, Text(64)] | None = None
    operation: Literal["insert", "update", "delete", "truncate"] | None = None
    actor: Annotated[str, Text(255)] | None = None
    correlation_id: Annotated[str, Text(64)] | None = None
    from_day: CalendarDate | None = None
    to_day: CalendarDate | None = None

    def of(self, rows: AuditRecordQuerySet) -> AuditRecordQuerySet:
        """Those of `rows` that are asked for."""
        return asked(rows, self)


def asked(rows: AuditRecordQuerySet, by: Any) -> AuditRecordQuerySet:
    """Those of `rows` that fit what `by` says, the API's parameters or the page's; what it leaves open narrows nothing."""
    if by.record_id:
        rows = rows.of_rows(by.record_id)
    if by.actor:
        rows = rows.by_actor(by.actor)
    exact = {"table_name": by.table, "operation": by.operation, "correlation_id": by.correlation_id}
    return rows.filter(**{name: value for name, value in exact.items() if value}).on_days(by.from_day, by.to_day)
