import logging
from typing import Any

from django.core.management.base import CommandError

from vanguard.jobs.command import PeriodicCommand
from vanguard.retention import jobs

logger = logging.getLogger(__name__)


class Command(PeriodicCommand):
    help = "Nightly: clears what is kept for a while only, and erases the customers' data that is due. May run twice, or on two machines."

    def handle(self, *_args: Any, **_options: Any) -> None:
        failed = []
        for name, job in jobs().items():
            try:
                self.stdout.write(f"{name}: {job():,}")
            except Exception:
                # One that fails holds up no other; its trace is in the log, without the records' content.
                logger.exception("A job of the retention failed: %s", name)
                failed.append(name)
        if failed:
            raise CommandError(f"Failed: {', '.join(failed)}. The log says why; run it again.")
