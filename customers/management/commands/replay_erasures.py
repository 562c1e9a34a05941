from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from customers.services import erase_again, ledger


class Command(BaseCommand):
    help = "Erases again whoever was erased, as the ledger of erasures says. `restore` does it; to be run after any other way back."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", nargs="?", type=Path, help="another ledger than ERASURE_LEDGER")
        parser.add_argument("--if-any", action="store_true", help="where there is no ledger, nobody was erased")

    def handle(self, *_args: Any, **options: Any) -> None:
        source: Path = options["file"] or ledger.path()
        if not source.exists():
            if options["if_any"]:
                self.stdout.write("There is no ledger of erasures: nobody is erased again.")
                return
            raise CommandError(f"There is no ledger at {source}. If nobody was ever erased, there is nothing to replay.")
        known = ledger.read(source)
        self.stdout.write(f"{erase_again(known):,} erased again, of {len(known):,} in the ledger.")
