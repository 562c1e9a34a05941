from typing import Any

from claims.services import scan_waiting_documents
from vanguard.jobs.command import PeriodicCommand


class Command(PeriodicCommand):
    """Asks the virus scanner again about documents that came while it did not answer. To be run every few minutes."""

    help = __doc__

    def handle(self, *args: Any, **options: Any) -> None:
        clean, refused = scan_waiting_documents()
        self.stdout.write(f"{clean} clean, {refused} harmful.")
