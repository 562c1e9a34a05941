"""`manage.py run_jobs`: all that runs beside the server, until it is told to stop.

The periodic jobs, each in a process of its own when it is due, one after the other; and the commands that stay, begun again when they end.
"""

import argparse
import datetime
import logging
import signal
import subprocess
import sys
import threading
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from django.db import DatabaseError, connections
from django.db.models import F
from django.utils import timezone

from vanguard import rights
from vanguard.jobs import Staying, jobs, staying
from vanguard.jobs.models import JobRuns
from vanguard.jobs.running import take_next

logger = logging.getLogger(__name__)
MANAGE = (sys.executable, str(settings.BASE_DIR / "manage.py"))
PAUSE_SECONDS = 20.0
BEGUN_AGAIN_SECONDS = 10.0
# What a command that stays may take to finish what it has in hand.
END_SECONDS = 20.0


def clock(text: str) -> datetime.time:
    try:
        return datetime.time.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no time such as 08:00.") from None


class Command(BaseCommand):
    """For where no scheduler reaches the documents: on a volume that belongs to one container (docs/decisions/0151)."""

    help = "Run the periodic jobs as they become due, and what has to run all the time, until stopped (SIGTERM)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="Run what is due now, and end; what stays otherwise runs once.")
        parser.add_argument("--nightly-at", type=clock, default="08:00", help="From when on daily jobs are due, in UTC (08:00).")

    def handle(self, *_args: Any, once: bool, nightly_at: datetime.time, **_options: Any) -> None:
        rights.tell_who_serves()
        self.stopped = threading.Event()
        self.child: subprocess.Popen[bytes] | None = None
        before = signal.signal(signal.SIGTERM, self.stop)
        kept: list[threading.Thread] = []
        try:
            # First, once: the nightly verification of a new platform asks for a chain that has begun.
            for command in staying().values():
                self.run(command.name)
            if not once:
                kept = [threading.Thread(target=self.keep, args=(command,), name=command.name) for command in staying().values()]
            for thread in kept:
                thread.start()
            while not self.stopped.is_set():
                while not self.stopped.is_set() and self.run_next(nightly_at):
                    pass
                if once or self.stopped.wait(PAUSE_SECONDS):
                    return
        finally:
            self.stopped.set()
            for thread in kept:
                thread.join()
            signal.signal(signal.SIGTERM, before)

    def keep(self, command: Staying) -> None:
        """Has it run until all stops. One that ends is begun again, and said so."""
        while not self.stopped.is_set():
            running = subprocess.Popen([*MANAGE, command.name, *command.arguments])
            while running.poll() is None and not self.stopped.wait(1):
                pass
            if not self.stopped.is_set():
                about = {"job": command.name, "exit_status": running.returncode}
                logger.error("%s has ended, and is begun again.", command.name, extra=about)
                self.stopped.wait(BEGUN_AGAIN_SECONDS)
                continue
            running.terminate()
            try:
                running.wait(END_SECONDS)
            except subprocess.TimeoutExpired:
                running.kill()
                running.wait()

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
        """Runs it to its end, and says so where it failed."""
        if self.stopped.is_set():
            return
        self.child = subprocess.Popen([*MANAGE, name])
        status = self.child.wait()
        self.child = None
        if status:
            logger.error("The job %s has failed.", name, extra={"job": name, "exit_status": status})
            self.note_end(name, status)

    def note_end(self, name: str, status: int) -> None:
        """One that was killed could not say so itself: it would count as running still."""
        if name not in jobs():
            return
        try:
            unfinished = (
                JobRuns.objects.filter(name=name).exclude(failed_at__gte=F("started_at")).exclude(succeeded_at__gte=F("started_at"))
            )
            unfinished.update(failed_at=timezone.now(), failure=f"exit {status}")
        except DatabaseError as error:
            logger.warning("The end of %s could not be noted: %s", name, type(error).__name__)
        finally:
            connections.close_all()
