from typing import Any

from policies.services import bring_forward, expire_policies
from vanguard.jobs.command import PeriodicCommand


class Command(PeriodicCommand):
    help = "Writes down what time did to policies: those past their end are expired, and terms booked for a day that has come hold."

    def handle(self, *_args: Any, **_options: Any) -> None:
        expired, changed = expire_policies(), bring_forward()
        self.stdout.write(f"Expired {expired} policies; on {changed} other terms hold now.")
