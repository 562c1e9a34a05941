from typing import Any

from vanguard.jobs.command import PeriodicCommand
from vanguard.mail.sending import deliver


class Command(PeriodicCommand):
    help = "Sends the letters that wait: those whose first try failed, or whose process ended before it. May run twice, or on two machines."

    def handle(self, *_args: Any, **_options: Any) -> None:
        done = deliver()
        self.stdout.write(f"{done.sent:,} sent, {done.failed:,} to be tried again, or refused, {done.too_old:,} too old.")
