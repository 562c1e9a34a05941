"""Jobs without a scheduler: what is due when, to whom of several, and what a killed run means."""

import datetime
import subprocess
import sys
from collections import Counter
from typing import Any
from unittest.mock import patch

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError

from vanguard.jobs import jobs, staying
from vanguard.jobs.management.commands.run_jobs import Command
from vanguard.jobs.models import JobRuns
from vanguard.jobs.running import take_next

pytestmark = [pytest.mark.django_db, pytest.mark.once]
EIGHT = datetime.time(8)


def at(hour: int, minute: int = 0, *, day: int = 3) -> datetime.datetime:
    return datetime.datetime(2026, 3, day, hour, minute, tzinfo=datetime.UTC)


def taken(now: datetime.datetime) -> set[str]:
    """All that is due at `now`."""
    names = set()
    with patch("vanguard.jobs.running.timezone.now", return_value=now):
        while job := take_next(EIGHT):
            names.add(job.name)
    return names


def ran(begun: datetime.datetime, **ended: datetime.datetime | None) -> None:
    """Every job did, and succeeded a minute later unless said otherwise."""
    values: dict[str, Any] = {"succeeded_at": begun + datetime.timedelta(minutes=1), "failed_at": None} | ended
    for name in jobs():
        JobRuns.objects.update_or_create(name=name, defaults={"started_at": begun, **values})


EVERY_FEW_MINUTES = {name for name, job in jobs().items() if job.every < datetime.timedelta(days=1)}


def test_what_never_ran_is_due_once() -> None:
    assert taken(at(12)) == set(jobs())
    assert taken(at(12)) == set()


def test_what_runs_every_few_minutes_is_due_after_them() -> None:
    ran(at(12))
    assert taken(at(12, 4)) == set()
    assert taken(at(12, 5)) == EVERY_FEW_MINUTES


@pytest.mark.parametrize(("now", "is_due"), [(at(7, 59, day=4), False), (at(8, day=4), True), (at(23, day=4), True)])
def test_what_runs_daily_is_due_once_after_its_hour(now: datetime.datetime, is_due: bool) -> None:
    ran(at(12))
    daily = set(jobs()) - EVERY_FEW_MINUTES
    assert taken(now) & daily == (daily if is_due else set())
    assert taken(now) & daily == set()


def test_a_run_that_was_killed_is_begun_again_after_an_hour_or_its_time_and_not_beside_one_that_may_run_still() -> None:
    ran(at(8), succeeded_at=None)
    assert taken(at(8, 17)) == set()
    assert taken(at(8, 18)) == EVERY_FEW_MINUTES
    assert taken(at(9)) >= set(jobs()) - EVERY_FEW_MINUTES


def test_a_run_whose_end_was_seen_is_due_again_after_its_interval_though_it_was_killed() -> None:
    """Letters of a forgotten password last for fifty minutes: nobody waits an hour for a sender that a release has ended."""
    ran(at(8), succeeded_at=None)
    with patch("vanguard.jobs.management.commands.run_jobs.connections"):
        Command().note_end("deliver_mail", -15)
    run = JobRuns.objects.get(name="deliver_mail")
    assert (run.failed_at is not None, run.failure) == (True, "exit -15")
    assert "deliver_mail" in taken(at(8, 5))


def test_one_that_failed_is_not_tried_all_the_time() -> None:
    ran(at(8), succeeded_at=None, failed_at=at(8, 1))
    assert taken(at(20)) == EVERY_FEW_MINUTES


def test_of_two_that_look_at_once_one_takes_it() -> None:
    ran(at(12, day=2))
    both_saw = JobRuns.objects.in_bulk()
    now = patch("vanguard.jobs.running.timezone.now", return_value=at(12))
    with now, patch.object(JobRuns.objects, "in_bulk", return_value=both_saw):
        one, other = take_next(EIGHT), take_next(EIGHT)
    assert one is not None
    assert other is not None
    assert one.name != other.name


def test_each_runs_in_a_process_of_its_own_and_a_failure_holds_nothing_up(caplog: pytest.LogCaptureFixture) -> None:
    """As the container runs it; the jobs themselves are stood in for."""
    called = []

    class Process:
        def __init__(self, command: list[str]) -> None:
            called.append(command[-1])

        def wait(self) -> int:
            return 1

    with patch.object(subprocess, "Popen", Process), patch("vanguard.jobs.management.commands.run_jobs.connections"):
        call_command("run_jobs", "--once")
    # What stays otherwise comes first: the verification wants a chain that has begun.
    assert called[: len(staying())] == list(staying())
    assert sorted(called[len(staying()) :]) == sorted(jobs())
    assert caplog.text.count("has failed") == len(called)


def test_what_has_to_run_all_the_time_runs_is_begun_again_and_ends_with_it() -> None:
    """Without its sealer the trail proves nothing, and without the other partners hear nothing."""
    assert {command.name: command.arguments for command in staying().values()} == {
        "audit_seal": ("--every", "10"),
        "deliver_webhooks": ("--every", "5"),
    }
    where, began, running = "vanguard.jobs.management.commands.run_jobs", Counter[str](), set[Any]()
    process, beside = subprocess.Popen, Command()

    def stood_in_for(command: list[str]) -> Any:
        """Once, at the start, they end by themselves; the sealer dies once more; then all stay until they are told."""
        began[command[2]] += 1
        dies = len(command) == 3 or (command[2] == "audit_seal" and began["audit_seal"] == 2)
        started = process([sys.executable, "-c", "" if dies else "import time; time.sleep(60)"])
        running.add(started)
        if began == {"audit_seal": 3, "deliver_webhooks": 2}:
            beside.stop()
        return started

    nothing = patch(f"{where}.take_next", return_value=None)
    soon = patch(f"{where}.BEGUN_AGAIN_SECONDS", 0.1)
    with nothing, soon, patch.object(subprocess, "Popen", stood_in_for), patch(f"{where}.connections"):
        call_command(beside)
    assert began == {"audit_seal": 3, "deliver_webhooks": 2}
    assert all(each.poll() is not None for each in running)


@pytest.mark.slow
def test_while_the_database_is_away_it_waits(caplog: pytest.LogCaptureFixture) -> None:
    where = "vanguard.jobs.management.commands.run_jobs"
    with patch(f"{where}.take_next", side_effect=DatabaseError), patch(f"{where}.connections"):
        call_command("run_jobs", "--once")
    assert "What is due cannot be asked: DatabaseError" in caplog.text


def test_an_hour_that_is_none_is_refused() -> None:
    with pytest.raises(CommandError, match="is no time such as"):
        call_command("run_jobs", "--once", "--nightly-at", "midnight")
