"""`manage.py run_jobs`: the periodic jobs, each in a process of its own when it is due, one after the other, until it is told to stop.

Beside them it keeps up the commands that are processes of their own: what is recorded is sealed while a long job runs.
"""

import argparse
import datetime
import logging
import signal
import subprocess
import threading
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import DatabaseError, connections

from vanguard.jobs import kept_up
from vanguard.jobs.keeping import Keeper, line_of
from vanguard.jobs.running import take_next

logger = logging.getLogger(__name__)
PAUSE_SECONDS = 20.0


def clock(text: str) -> datetime.time:
    try:
        return datetime.time.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no time such as 08:00.") from None


class Command(BaseCommand):
    """For where no scheduler reaches the documents: on a volume that belongs to one container (docs/decisions/0151)."""

    help = "Run the periodic jobs as they become due, and seal and deliver all the time, until stopped (SIGTERM)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="Run what is due now, and end.")
        parser.add_argument("--nightly-at", type=clock, default="08:00", help="From when on daily jobs are due, in UTC (08:00).")

    def handle(self, *_args: Any, once: bool, nightly_at: datetime.time, **_options: Any) -> None:
        self.stopped = threading.Event()
        self.child: subprocess.Popen[bytes] | None = None
        before = signal.signal(signal.SIGTERM, self.stop)
        keeper = Keeper({} if once else kept_up())
        try:
            # Once to the end before any job: the first verification of the audit chain finds one.
            for name in kept_up():
                self.run(name)
            keeper.start()
            while not self.stopped.is_set():
                while not self.stopped.is_set() and self.run_next(nightly_at):
                    pass
                if once or self.stopped.wait(PAUSE_SECONDS):
                    return
        finally:
            keeper.stop()
            signal.signal(signal.SIGTERM, before)

    def stop(self, *_signal: object) -> None:
        """A job that runs is told as well: it is undone or done, as when it is killed."""
        self.stopped.set()
        if self.child is not None:
            self.child.terminate()

    def run_next(self, nightly_at: datetime.time) -> bool:
        """Whether there was one to run. While the database is away there is none."""
        try:
            job = take_next(nightly_at)
        except DatabaseError as error:
            logger.warning("What is due cannot be asked: %s", type(error).__name__)
            return False
        finally:
            connections.close_all()  # for the jobs, and so that a lost one is not kept
        if job is None:
            return False
        self.run(job.name)
        return True

    def run(self, name: str) -> None:
        if self.stopped.is_set():
            return
        self.child = subprocess.Popen(line_of(name))
        status = self.child.wait()
        self.child = None
        if status and not self.stopped.is_set():
            logger.error("The job %s has failed.", name, extra={"job": name, "exit_status": status})
