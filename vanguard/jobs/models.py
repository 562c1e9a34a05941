"""When each job of the platform was last run, and how that ended."""

import datetime

from django.db import models
from django.utils import timezone

from vanguard.jobs import Job, jobs


class JobRuns(models.Model):
    """A row per job: its last run, its last success and its last failure, and since when it is expected at all."""

    name = models.CharField(max_length=60, primary_key=True)
    expected_since = models.DateTimeField(default=timezone.now)
    started_at = models.DateTimeField(null=True)
    succeeded_at = models.DateTimeField(null=True)
    # Of the last run that succeeded.
    seconds = models.FloatField(null=True)
    failed_at = models.DateTimeField(null=True)
    # The name of the exception, without its words: they may tell of a person.
    failure = models.CharField(max_length=100, blank=True)

    class Meta:
        default_permissions = ("view",)
        ordering = ("name",)
        verbose_name_plural = "job runs"

    def __str__(self) -> str:
        return self.name

    @property
    def job(self) -> Job | None:
        """None where no room has it any more."""
        return jobs().get(self.name)

    @property
    def is_failing(self) -> bool:
        return self.failed_at is not None and (self.succeeded_at is None or self.failed_at > self.succeeded_at)

    def expected_by(self) -> datetime.datetime | None:
        return (self.succeeded_at or self.expected_since) + self.job.within if self.job else None

    def is_late(self, now: datetime.datetime) -> bool:
        by = self.expected_by()
        return by is not None and by < now
