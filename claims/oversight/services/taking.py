"""Work is taken by compare-and-swap: of many who want it, one gets it."""

import logging
from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from claims.oversight.models.work import GONE, Work

logger = logging.getLogger(__name__)
State = Work.State


def to_be_done(rows: QuerySet[Any]) -> list[UUID]:
    """What waits, and what somebody began who is gone; the oldest first."""
    abandoned = Q(state=State.RUNNING, started_at__lt=timezone.now() - GONE)
    return list(rows.filter(Q(state=State.WAITING) | abandoned).order_by("asked_at").values_list("pk", flat=True))


def take(rows: QuerySet[Any], pk: UUID) -> Any:
    """The work, now under way here; None where another has it, or something else of its kind may not run beside it."""
    now = timezone.now()
    abandoned = Q(state=State.RUNNING, started_at__lt=now - GONE)
    try:
        with transaction.atomic():
            taken = rows.filter(Q(state=State.WAITING) | abandoned, pk=pk).update(state=State.RUNNING, started_at=now)
    except IntegrityError:
        return None
    return rows.get(pk=pk) if taken else None


def finish(work: Work, do: Callable[[], None]) -> None:
    """Does it, and writes down how that ended. What went wrong is logged in full; people are told its kind only."""
    try:
        do()
        work.state = State.DONE
    except Exception as error:
        logger.exception("%s failed.", work)
        work.state = State.FAILED
        work.trouble = work.trouble or f"It broke off ({type(error).__name__}). Ask again; support finds the reason in the log."
    work.finished_at = timezone.now()
    work.save()
