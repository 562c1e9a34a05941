"""Compliance events: one line for each thing that the business must be able to show later. Ids and figures, never a person's data."""

import dataclasses
import logging
from collections.abc import Callable, Mapping
from typing import Any

from vanguard.observability.logs import EVENTS

logger = logging.getLogger(EVENTS)


def record_event(event_type: str, *, user_id: object = None, **details: Any) -> None:
    """Log that `event_type` happened. `user_id` names who did it; without one the running request's user is taken."""
    extra: Mapping[str, Any] = {"event_type": event_type, "details": details, "compliance_log": True}
    logger.info(event_type, extra=extra if user_id is None else {**extra, "user_id": str(user_id)})


def recorded_as(event_type: str) -> Callable[[Any], None]:
    """A subscriber that logs an event (a dataclass) as `event_type`: all its fields are details, but for `actor_id`, who did it."""

    def record(event: Any) -> None:
        details = {field.name: getattr(event, field.name) for field in dataclasses.fields(event)}
        record_event(event_type, user_id=details.pop("actor_id", None), **details)

    return record
