"""Compliance events: one line for each thing that the business must be able to show later. Ids and figures, never a person's data."""

import logging
from collections.abc import Mapping
from typing import Any

LOGGER_NAME = "insurance.events"
logger = logging.getLogger(LOGGER_NAME)


def record_event(event_type: str, *, user_id: object = None, **details: Any) -> None:
    """Log that `event_type` happened. `user_id` names who did it; without one the running request's user is taken."""
    extra: Mapping[str, Any] = {"event_type": event_type, "details": details, "compliance_log": True}
    logger.info(event_type, extra=extra if user_id is None else {**extra, "user_id": str(user_id)})
