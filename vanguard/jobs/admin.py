"""Periodic work in the workbench: whether each job is run, and how its last run ended."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone

from vanguard.jobs import Job, jobs
from vanguard.jobs.models import JobRuns
from vanguard.workbench.contributions import NavItem, Page
from vanguard.workbench.site import workbench

VIEW = "jobs.view_jobruns"


def periodic_work(request: HttpRequest) -> HttpResponse:
    """All jobs, those that need somebody first."""
    if not request.user.has_perm(VIEW):
        raise PermissionDenied
    found = {each.name: each for each in JobRuns.objects.all()}
    now = timezone.now()
    rows = [_row(job, found.get(job.name) or JobRuns(name=job.name, expected_since=now)) for job in jobs().values()]
    rows.sort(key=lambda row: row["order"])
    wrong = sum(row["order"] < IN_TIME for row in rows)
    context = workbench().each_context(request) | {"title": "Periodic work", "rows": rows, "wrong": wrong}
    return TemplateResponse(request, "jobs/periodic_work.html", context)


FAILS, LATE, IN_TIME = range(3)


def _row(job: Job, runs: JobRuns) -> dict[str, Any]:
    order, tone, says = (IN_TIME, "approved", "In time") if runs.succeeded_at else (IN_TIME, "pending", "Not run yet")
    if runs.is_late(timezone.now()):
        order, tone, says = LATE, "processing", "Late" if runs.succeeded_at else "Never run"
    if runs.is_failing:
        order, tone, says = FAILS, "denied", "Fails"
    return {"order": order, "tone": tone, "says": says, "job": job, "runs": runs, "every": _words(job)}


def _words(job: Job) -> str:
    minutes = int(job.every.total_seconds() // 60)
    return "every day" if minutes == 24 * 60 else f"every {minutes} minutes"


workbench().add_navigation(NavItem("Periodic work", "admin:periodic_work", "clock", order=82, permission=VIEW))
workbench().add_pages(Page("jobs/", "periodic_work", periodic_work))
