"""The same for questions about a whole book, in SQL: what stood in a column of a claim at an instant, as the audit trail tells.

The trail is found by the key of a record, not by what was changed. So `former` is asked of few claims only: those that are known, by an
index, to have been corrected since, or those that were open.
"""

import datetime
from collections.abc import Callable
from typing import Any

from auditlog.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db.models import (
    Case,
    CharField,
    DateTimeField,
    Exists,
    Expression,
    F,
    Field,
    Func,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    TextField,
    Value,
    When,
)
from django.db.models.fields.json import KeyTextTransform, KeyTransform
from django.db.models.functions import Cast, Coalesce
from django.utils import timezone

from claims.models import Claim, ClaimTransition

OWNED = ("assign", "start")


def nothing_since(until: datetime.datetime) -> bool:
    """Whether nothing can have been corrected from `until` on: what stands is what was known."""
    return until > timezone.now()


def corrected_since(until: datetime.datetime) -> QuerySet[Any]:
    """The claims on which an edit corrected a fact from `until` on."""
    return ClaimTransition.objects.filter(command="edit", at__gte=until).order_by().values("claim")


def incident_at(until: datetime.datetime, path: str = "") -> Expression | F:
    """The date of loss as it was known just before `until`. `path` leads from a row to its claim."""
    return _corrected("incident_date", DateTimeField(), until, path, read=_Moment)


def type_at(until: datetime.datetime, path: str = "") -> Expression | F:
    """The type of loss as it was known just before `until`."""
    return _corrected("claim_type", CharField(), until, path, read=_as_it_is)


def _corrected(name: str, field: Field, until: datetime.datetime, path: str, *, read: Callable[[Subquery], Any]) -> Expression | F:
    stands = F(f"{path}{name}")
    if nothing_since(until):
        return stands
    # A list of keys that is worked out once (docs/decisions/0179).
    was_corrected = Q(**{f"{path}pk__in": corrected_since(until)})
    then = Coalesce(read(former(name, until, OuterRef(f"{path}pk"))), stands, output_field=field)
    return Case(When(was_corrected, then=then), default=stands, output_field=field)


def owner_at(until: datetime.datetime) -> Expression:
    """The key of a claim's owner just before `until`, as text; nobody's is one of claims.past.facts.NOTHING.

    Nobody owned a claim before it was given to somebody or started, as claims.past.claim has it: a book that was taken over has no trail.
    """
    key = Cast("assignee", CharField())
    if nothing_since(until):
        return Coalesce(key, Value(""), output_field=CharField())
    given = ClaimTransition.objects.filter(claim=OuterRef("pk"), command__in=OWNED, at__lt=until)
    told = Coalesce(former("assignee", until, OuterRef("pk")), key, Value(""), output_field=CharField())
    return Case(When(Exists(given), then=told), default=Value(""), output_field=CharField())


def former(name: str, since: datetime.datetime, key: OuterRef) -> Subquery:
    """The text that a claim's column held until its first change from `since` on; null where it was not changed."""
    changes = LogEntry.objects.filter(
        content_type=ContentType.objects.get_for_model(Claim),
        object_pk=_InTrail(key),
        timestamp__gte=since,
        action=LogEntry.Action.UPDATE,
        changes__has_key=name,
    )
    held = changes.order_by("timestamp", "id").annotate(held=KeyTextTransform(0, KeyTransform(name, "changes")))
    return Subquery(held.values("held")[:1], output_field=TextField())


def _as_it_is(held: Subquery) -> Any:
    """A text is read as a text."""
    return held


class _InTrail(Func):
    """A key as audit entries write it: with dashes, which SQLite keeps a key without."""

    output_field = CharField()
    template = "CAST(%(expressions)s AS text)"
    arity = 1

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        parts = ((1, 8), (9, 4), (13, 4), (17, 4), (21, 12))
        dashed = " || '-' || ".join(f"substr(%(expressions)s, {start}, {length})" for start, length in parts)
        sql, params = self.as_sql(compiler, connection, template=f"({dashed})", **context)
        return sql, params * len(parts)


class _Moment(Func):
    """The trail's text as a moment. It is of UTC, and auditlog's own entries do not say so."""

    output_field = DateTimeField()
    template = "CAST(%(expressions)s AS timestamptz)"
    arity = 1

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        return self.as_sql(compiler, connection, template="REPLACE(%(expressions)s, '+00:00', '')", **context)
