import signal
import threading
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.db import DatabaseError, close_old_connections

from vanguard.webhooks.sending import Done, deliver


class Command(BaseCommand):
    help = "Tells partners' programs what happened, and tries again what failed. Can run twice, on two machines, and be killed."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--every", type=float, default=0.0, metavar="SECONDS", help="go on until stopped, after a rest of so long")

    def handle(self, *_args: Any, **options: Any) -> None:
        if not options["every"]:
            self._say(deliver())
            return
        stopped = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):  # what is under way is finished first
            signal.signal(number, lambda *_: stopped.set())
        while not stopped.is_set():
            try:
                if done := deliver(stopped):
                    self._say(done)
            except DatabaseError as error:  # the database may be back the next time
                self.stderr.write(f"Not delivered: {type(error).__name__}")
            finally:
                close_old_connections()
            stopped.wait(options["every"])

    def _say(self, done: Done) -> None:
        self.stdout.write(f"{done.noticed:,} to deliver, {done.delivered:,} delivered, {done.failed:,} failed.")
