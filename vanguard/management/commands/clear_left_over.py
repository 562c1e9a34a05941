import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from vanguard.documents.keeping import UNNAMED_FOR, clear_left_over, left_over


class Command(BaseCommand):
    help = "Names or removes the stored files that no record has named for a day. apply_retention removes up to 100 of them by itself."

    def add_arguments(self, parser: CommandParser) -> None:
        what = parser.add_mutually_exclusive_group(required=True)
        what.add_argument("--list", action="store_true", help="only name them")
        what.add_argument("--all", action="store_true", help="remove them, however many they are")

    def handle(self, *_args: Any, **options: Any) -> None:
        if options["list"]:
            for name in left_over(timezone.now() - UNNAMED_FOR):
                self.stdout.write(name)
            return
        self.stdout.write(f"Removed {clear_left_over(most=sys.maxsize):,} files.")
