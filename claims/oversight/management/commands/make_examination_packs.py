from typing import Any

from claims.oversight.services import clear_packs, make_waiting_packs
from vanguard.jobs.command import PeriodicCommand


class Command(PeriodicCommand):
    help = "Makes the examination packs that were asked for and never made, and takes away those whose time is over."

    def handle(self, *_args: Any, **_options: Any) -> None:
        self.stdout.write(f"Made {make_waiting_packs()} packs, took {clear_packs()} away.")
