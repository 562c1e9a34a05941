"""What was changed since, taken back through the audit trail. A field that nobody changed since is as it stands."""

import datetime
from collections.abc import Collection
from typing import Any

from auditlog.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone

from vanguard.audit import HIDDEN

# What people correct or hand on; all else of a claim follows from steps and bookings, which carry their own time.
CORRECTED = (
    "claim_type", "claim_amount", "amount_is_minimum", "depreciation", "description", "incident_date", "reported_date", "jurisdiction",
    "assignee", "policy",
)  # fmt: skip
NOTHING = ("", "None")


def values_at(record: models.Model, moment: datetime.datetime, names: tuple[str, ...] = CORRECTED) -> dict[str, Any]:
    """By column (an id for a relation) the value at `moment` of those fields that changed after it. One query."""
    return values_of([record], moment, names).get(str(record.pk), {})


def values_of(records: Collection[models.Model], moment: datetime.datetime, names: tuple[str, ...]) -> dict[str, dict[str, Any]]:
    """The same for records of one model, by key. The first change after the moment tells what stood before it."""
    found: dict[str, dict[str, Any]] = {}
    if not records:
        return found
    model = type(next(iter(records)))
    fields = {field.name: field for field in model._meta.concrete_fields if field.name in names}
    changes = LogEntry.objects.filter(
        content_type=ContentType.objects.get_for_model(model),
        object_pk__in=[str(record.pk) for record in records],
        timestamp__gt=moment,
        action=LogEntry.Action.UPDATE,
    )
    for entry in changes.order_by("timestamp", "id"):
        values = found.setdefault(entry.object_pk, {})
        for name, change in (entry.changes or {}).items():
            if name in fields and change[0] != HIDDEN:
                values.setdefault(fields[name].attname, _value(fields[name], change[0]))
    return found


def _value(field: Any, text: str) -> Any:
    """The trail's text as the column's value; None where the trail does not hold one that can be read."""
    if text in NOTHING:
        return "" if isinstance(field, models.CharField | models.TextField) else None
    try:
        value = field.target_field.to_python(text) if field.is_relation else field.to_python(text)
    except (ValidationError, ValueError):
        return None
    # auditlog's own entries are in UTC and do not say so.
    return timezone.make_aware(value, datetime.UTC) if isinstance(value, datetime.datetime) and timezone.is_naive(value) else value
