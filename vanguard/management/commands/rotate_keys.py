from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from vanguard.encryption.keys import DecryptionError, current_key
from vanguard.rotation import parts


class Command(BaseCommand):
    help = "Puts everything that is encrypted under ENCRYPTION_KEY, while the platform works; then ENCRYPTION_KEY_FALLBACKS can be emptied."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--check", action="store_true", help="change nothing; fail where something is still under another key")

    def handle(self, *_args: Any, **options: Any) -> None:
        self.stdout.write(f"The current key is {current_key().id}.")
        try:
            if not options["check"]:
                self._rotate()
            left = self._left()
        except DecryptionError as error:
            raise CommandError(str(error)) from None
        if left:
            raise CommandError(f"{left:,} values are under another key. Run `manage.py rotate_keys` (again).")
        self.stdout.write(
            "Nothing is under another key: once no process writes under the earlier one, ENCRYPTION_KEY_FALLBACKS can be emptied."
        )

    def _rotate(self) -> None:
        for part in parts():
            done = 0
            for number in part.rotate():
                done += number
                self.stdout.write(f"{part.name}: {done:,}")

    def _left(self) -> int:
        total = 0
        for part in parts():
            if number := part.outdated():
                self.stdout.write(f"{part.name}: {number:,} under another key")
                total += number
        return total
