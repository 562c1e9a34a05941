from typing import Any

from django.apps import AppConfig
from django.db import connections
from django.db.models.signals import post_migrate


class JobsConfig(AppConfig):
    """Which work is periodic, and when it was last done."""

    name = "vanguard.jobs"
    label = "jobs"
    verbose_name = "Periodic work"

    def ready(self) -> None:
        post_migrate.connect(begin_to_wait, sender=self, dispatch_uid="expect_jobs")


def begin_to_wait(using: str, **_told: Any) -> None:
    """From its first `migrate` on a job is waited for, so that one which nobody ever runs is missed too.

    Not after a migration of some apps only, as long as the table is not there.
    """
    from vanguard.jobs import jobs
    from vanguard.jobs.models import JobRuns

    if JobRuns._meta.db_table in connections[using].introspection.table_names():
        JobRuns.objects.using(using).bulk_create([JobRuns(name=name) for name in jobs()], ignore_conflicts=True)
