from time import monotonic
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError


class Command(BaseCommand):
    help = "All that can be verified of the data, one after another: after a restore, or when in doubt. Fails with what does not hold."

    def handle(self, *_args: Any, **_options: Any) -> None:
        failed = []
        for command in settings.VERIFICATIONS:
            began = monotonic()
            try:
                call_command(*command, stdout=self.stdout)
                outcome = "holds"
            except CommandError as error:
                failed.append(f"{command[0]}: {error}")
                outcome = "DOES NOT HOLD"
            self.stdout.write(f"=== {command[0]}: {outcome} ({monotonic() - began:.1f} s)")
        if failed:
            raise CommandError("\n".join(failed))
