from argparse import ArgumentParser
from typing import Any

from policies.services import offer_renewals
from vanguard.jobs.command import PeriodicCommand


class Command(PeriodicCommand):
    help = "Books the renewal of each active policy that ends soon and has none yet."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--days", type=int, default=45, help="how long before the end (%(default)s)")

    def handle(self, *_args: Any, **options: Any) -> None:
        made, refused = offer_renewals(options["days"])
        self.stdout.write(f"Renewed {made} policies; {refused} could not be.")
