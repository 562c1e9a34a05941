"""Work that somebody has to start again and again is missed when nobody does, and told of when it fails."""

import io
from datetime import timedelta
from unittest import mock

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection
from django.utils import timezone

from tests.factories import staff, superuser
from tests.observability.test_asked_figures import told
from tests.workbench.desk import desk_of, words
from vanguard.jobs import jobs
from vanguard.jobs.apps import begin_to_wait
from vanguard.jobs.models import JobRuns

pytestmark = pytest.mark.django_db
PAGE = "/admin/jobs/"


@pytest.fixture(autouse=True)
def _expected_from_now_on(db: None) -> None:
    """The migrated database is kept from run to run, and what is expected every few minutes would be late in it."""
    JobRuns.objects.update(expected_since=timezone.now())


def page() -> str:
    return words(desk_of(superuser()).get(PAGE))


def test_each_run_is_noted_and_a_good_one_ends_a_failure() -> None:
    broken = mock.patch("policies.management.commands.expire_policies.expire_policies", side_effect=ValueError("Rosa Delgado"))
    with broken, pytest.raises(ValueError, match="Rosa"):
        call_command("expire_policies", stdout=io.StringIO())
    failed = JobRuns.objects.get(name="expire_policies")
    assert (failed.failure, failed.succeeded_at, failed.is_failing) == ("ValueError", None, True)
    assert told()["vanguard_job_failing{expire_policies}"] == 1
    assert "1 job needs a look." in page()
    assert "Rosa" not in page()
    call_command("expire_policies", stdout=io.StringIO())
    assert told()["vanguard_job_failing{expire_policies}"] == 0
    assert told()["vanguard_job_succeeded_timestamp_seconds{expire_policies}"] == pytest.approx(timezone.now().timestamp(), abs=60)
    assert "No job is late, and none fails." in page()


def test_books_that_do_not_add_up_fail_their_job() -> None:
    with mock.patch("claims.oversight.models.BooksRun.is_green", False), pytest.raises(CommandError):
        call_command("verify_books", "--only", "claim_state", stdout=io.StringIO())
    assert JobRuns.objects.get(name="verify_books").failure == "CommandError"


def test_a_migration_of_some_apps_only_needs_no_table_of_jobs() -> None:
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE jobs_jobruns")
    begin_to_wait(using="default")


def test_what_nobody_ever_runs_is_missed_from_the_first_migration_on() -> None:
    assert set(JobRuns.objects.values_list("name", flat=True)) == set(jobs())
    assert told()["vanguard_job_overdue_seconds{chase_unpaid}"] == 0
    JobRuns.objects.filter(name="chase_unpaid").update(expected_since=timezone.now() - timedelta(hours=37))
    assert told()["vanguard_job_overdue_seconds{chase_unpaid}"] == pytest.approx(3000, abs=60)
    assert "Never run" in page()
    call_command("chase_unpaid", stdout=io.StringIO())
    assert told()["vanguard_job_overdue_seconds{chase_unpaid}"] == 0
    JobRuns.objects.filter(name="chase_unpaid").update(succeeded_at=timezone.now() - timedelta(hours=37))
    assert "Late" in page()


def test_a_run_that_cannot_be_noted_is_done_all_the_same() -> None:
    with mock.patch.object(JobRuns.objects, "update_or_create", side_effect=OperationalError("away")):
        out = io.StringIO()
        call_command("expire_policies", stdout=out)
    assert "Expired 0 policies" in out.getvalue()


def test_only_administrators_see_the_page() -> None:
    assert desk_of(staff("Supervisor")).get(PAGE).status_code == 403
