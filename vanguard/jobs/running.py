"""Running the jobs where no scheduler does: which are due, and who of several takes one."""

import datetime

from django.utils import timezone

from vanguard.jobs import DAILY, Job, jobs
from vanguard.jobs.models import JobRuns

# A run that has neither succeeded nor failed so long after its begin was killed with its container.
GIVEN_UP = datetime.timedelta(hours=1)


def take_next(nightly_at: datetime.time) -> Job | None:
    """The next job that is due, marked as begun by whoever calls; None where none is. Of several callers one gets it.

    What runs every few minutes is due again after that time, what runs daily once after each `nightly_at` (UTC).
    """
    now = timezone.now()
    runs = JobRuns.objects.in_bulk()
    for job in jobs().values():
        run = runs.get(job.name) or JobRuns.objects.get_or_create(name=job.name)[0]
        if is_due(job, run, now, nightly_at) and _take(run, now):
            return job
    return None


def is_due(job: Job, run: JobRuns, now: datetime.datetime, nightly_at: datetime.time) -> bool:
    """Whether the job is to be run at `now`, by what is noted of its last run."""
    begun = run.started_at
    if begun is None:
        return True
    if not _has_ended(run, begun):
        return now - begun >= min(GIVEN_UP, job.within)
    if job.every < DAILY:
        return now - begun >= job.every
    return begun < _latest(now, nightly_at)


def _has_ended(run: JobRuns, begun: datetime.datetime) -> bool:
    return any(at is not None and at >= begun for at in (run.succeeded_at, run.failed_at))


def _latest(now: datetime.datetime, nightly_at: datetime.time) -> datetime.datetime:
    """The last time that it was `nightly_at`."""
    today = datetime.datetime.combine(now.astimezone(datetime.UTC).date(), nightly_at, datetime.UTC)
    return today if today <= now else today - DAILY


def _take(run: JobRuns, now: datetime.datetime) -> bool:
    """Of two that take the same run one has an effect."""
    return JobRuns.objects.filter(name=run.name, started_at=run.started_at).update(started_at=now) == 1
