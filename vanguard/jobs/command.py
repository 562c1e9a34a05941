"""What the commands of periodic work share: each run is noted, however it ends."""

import logging
from time import monotonic
from typing import Any

from django.core.management.base import BaseCommand
from django.db import DatabaseError
from django.utils import timezone

from vanguard.jobs.models import JobRuns

logger = logging.getLogger(__name__)


class PeriodicCommand(BaseCommand):
    """A command that a room has named as a job (vanguard.jobs.expect)."""

    def execute(self, *args: Any, **options: Any) -> str | None:
        name = self.__module__.rpartition(".")[2]
        begun = monotonic()
        _note(name, started_at=timezone.now())
        try:
            said = super().execute(*args, **options)
        except BaseException as error:  # also one that was interrupted
            _note(name, failed_at=timezone.now(), failure=type(error).__name__)
            raise
        _note(name, succeeded_at=timezone.now(), seconds=monotonic() - begun)
        return said


def _note(name: str, **values: Any) -> None:
    """No work is held up, nor its own error hidden, because the note cannot be made."""
    try:
        JobRuns.objects.update_or_create(name=name, defaults=values)
    except DatabaseError as error:
        logger.warning("A run of %s could not be noted: %s", name, type(error).__name__)
