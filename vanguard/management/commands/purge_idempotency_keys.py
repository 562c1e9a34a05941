from typing import Any

from django.core.management.base import BaseCommand

from vanguard.http.idempotency import purge_expired


class Command(BaseCommand):
    help = "Deletes the Idempotency-Keys that are older than 24 hours."

    def handle(self, *_args: Any, **_options: Any) -> None:
        self.stdout.write(f"Deleted {purge_expired()} idempotency keys.")
