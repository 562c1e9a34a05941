"""Facts that were corrected since, taken back through the audit trail. A field that nobody changed since is as it stands."""

import datetime
from typing import Any

from auditlog.models import LogEntry
from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone

# What people correct or hand on; all else follows from steps and bookings, which carry their own time.
CORRECTED = ("claim_type", "claim_amount", "amount_is_minimum", "description", "incident_date", "reported_date", "assignee", "policy")
NOTHING = ("", "None")


def values_at(record: models.Model, moment: datetime.datetime, names: tuple[str, ...] = CORRECTED) -> dict[str, Any]:
    """By column (an id for a relation) the value at `moment` of those fields that changed after it. One query.

    The first change after the moment tells what stood before it.
    """
    found: dict[str, Any] = {}
    changes = LogEntry.objects.get_for_object(record).filter(timestamp__gt=moment, action=LogEntry.Action.UPDATE)
    for entry in changes.order_by("timestamp", "id"):
        for name, (before, _) in (entry.changes or {}).items():
            field = _field(record, name)
            if name in names and field is not None and field.attname not in found:
                found[field.attname] = _value(field, before)
    return found


def _field(record: models.Model, name: str) -> Any:
    return next((field for field in record._meta.concrete_fields if field.name == name), None)


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
