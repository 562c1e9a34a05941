"""What `/metrics` tells of periodic work."""

from django.utils import timezone

from vanguard.jobs.models import JobRuns
from vanguard.observability.asked import Figure, Values, add_figure


def succeeded() -> Values:
    """Nothing for one that never did."""
    for runs in JobRuns.objects.filter(succeeded_at__isnull=False):
        if runs.job and runs.succeeded_at:
            yield (runs.name,), runs.succeeded_at.timestamp()


def overdue() -> Values:
    """In seconds beyond the time by which it is expected to have succeeded again; 0 for one that is in time."""
    now = timezone.now()
    for runs in JobRuns.objects.all():
        if by := runs.expected_by():
            yield (runs.name,), max((now - by).total_seconds(), 0.0)


def failing() -> Values:
    for runs in JobRuns.objects.all():
        if runs.job:
            yield (runs.name,), float(runs.is_failing)


add_figure(Figure("vanguard_job_succeeded_timestamp_seconds", "When the periodic job last succeeded.", succeeded, ("job",)))
add_figure(Figure("vanguard_job_overdue_seconds", "For how long the periodic job should have succeeded again.", overdue, ("job",)))
add_figure(Figure("vanguard_job_failing", "1 where the last run of the periodic job failed.", failing, ("job",)))
