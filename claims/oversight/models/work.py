"""Work that is asked for now and done a moment later, by whoever takes it first."""

import datetime

from django.conf import settings
from django.db import models
from django.utils import timezone

from vanguard.models import DomainModel

# Longer than anything takes: who began so long ago is gone.
GONE = datetime.timedelta(hours=2)


class Work(DomainModel):
    """Waiting, running, then done or failed; each step by compare-and-swap. `asked_by` is None for what runs by itself."""

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        RUNNING = "running", "Under way"
        DONE = "done", "Done"
        FAILED = "failed", "Failed"

    state = models.CharField(max_length=10, choices=State, default=State.WAITING, editable=False)
    asked_at = models.DateTimeField(default=timezone.now, editable=False)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, editable=False, on_delete=models.PROTECT, related_name="+")
    started_at = models.DateTimeField(null=True, editable=False)
    finished_at = models.DateTimeField(null=True, editable=False)
    trouble = models.CharField(max_length=500, blank=True, editable=False)

    class Meta:
        abstract = True

    @property
    def is_over(self) -> bool:
        return self.state in (self.State.DONE, self.State.FAILED)

    @property
    def took(self) -> datetime.timedelta | None:
        """How long it took; None while it does."""
        return self.finished_at - self.started_at if self.finished_at and self.started_at else None
