from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from vanguard.counting import recount, standings


class Command(BaseCommand):
    help = "Holds each counter of rows against the rows themselves. Fails where one is wrong, unless --repair puts it right."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--repair", action="store_true", help="count a wrong one's rows anew; writers of that table wait meanwhile")

    def handle(self, *_args: Any, **options: Any) -> None:
        wrong = []
        for standing in standings():
            said = f"{standing.table}: {standing.rows:,} rows, the counter says {standing.counter:,}"
            self.stdout.write(said + ("" if standing.is_kept else ", and its triggers are missing or off"))
            if not standing.is_right:
                wrong.append(standing.table)
        if wrong and not options["repair"]:
            raise CommandError(f"Wrong: {', '.join(wrong)}. `manage.py reconcile_totals --repair` puts that right.")
        for table in wrong:
            recount(table)
            self.stdout.write(f"{table}: put right.")
