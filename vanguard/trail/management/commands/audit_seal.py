from argparse import ArgumentParser
from time import sleep
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, close_old_connections

from vanguard.trail.chain import NoKey
from vanguard.trail.sealing import Sealed, seal


class Command(BaseCommand):
    help = "Chains and signs what was recorded since the last time. Can run twice, on two machines, and be killed."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--every", type=float, default=0.0, metavar="SECONDS", help="go on until stopped, after a rest of so long")

    def handle(self, *_args: Any, **options: Any) -> None:
        if not options["every"]:
            try:
                self._say(seal())
            except NoKey as error:
                raise CommandError(str(error)) from error
            return
        while True:
            try:
                done = seal()
                if done.records:
                    self._say(done)
            except DatabaseError as error:  # the database may be back the next time
                self.stderr.write(f"Not sealed: {type(error).__name__}")
            finally:
                close_old_connections()
            sleep(options["every"])

    def _say(self, done: Sealed) -> None:
        place = f"The chain ends at place {done.head.sequence:,}." if done.head else "The chain has not begun."
        busy = " Another process is sealing." if done.busy else ""
        self.stdout.write(f"{done.records:,} records sealed.{busy} {place}")
