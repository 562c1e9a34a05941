import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from vanguard.trail.chain import last_head


class Command(BaseCommand):
    help = "Prints the signed head of the audit chain, to be kept where the database's owner cannot reach it; audit_verify --from takes it."

    def handle(self, *_args: Any, **_options: Any) -> None:
        head = last_head()
        if head is None:
            raise CommandError("The audit chain has not begun: run audit_seal.", returncode=1)
        self.stdout.write(json.dumps(head.exported()))
