from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class JobsConfig(AppConfig):
    """Which work is periodic, and when it was last done."""

    name = "vanguard.jobs"
    label = "jobs"
    verbose_name = "Periodic work"

    def ready(self) -> None:
        post_migrate.connect(begin_to_wait, sender=self, dispatch_uid="expect_jobs")


def begin_to_wait(**_told: Any) -> None:
    """From its first `migrate` on a job is waited for, so that one which nobody ever runs is missed too."""
    from vanguard.jobs import jobs
    from vanguard.jobs.models import JobRuns

    JobRuns.objects.bulk_create([JobRuns(name=name) for name in jobs()], ignore_conflicts=True)
