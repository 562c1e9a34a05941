from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from vanguard.backup import BackupError, Manifest, drop_old, make, verify
from vanguard.trail.chain import last_head


class Command(BaseCommand):
    help = "Backs up database, documents and the ledger of erasures, encrypted, beside any load. A backup that is in FOLDER is whole."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path, help="where backups are kept; best on another machine's disk")
        parser.add_argument("--verify", action="store_true", help="put it back into a database of its own, and verify everything there")
        parser.add_argument("--keep-days", type=int, metavar="N", help="afterwards remove those that are older")
        parser.add_argument("--keep", type=int, metavar="N", help="how many are left whatever their age (7 with --keep-days)")

    def handle(self, *_args: Any, **options: Any) -> None:
        if options["keep"] is not None and options["keep"] < 1:
            raise CommandError("--keep must be 1 or more.")
        if options["verify"] and last_head() is None:
            # Told before the minutes that it takes: without a chain nothing shows that the trail came back whole.
            raise CommandError("The audit trail was never sealed here, so no backup can be verified. Run audit_seal, then this again.")
        try:
            backup = make(options["folder"])
            self._tell(backup.path)
            if options["verify"]:
                proof = verify(backup.path)
                self.stdout.write(f"Put back in {proof.restored_in:.1f} s and verified in {proof.verified_in:.1f} s.")
            if options["keep"] is not None or options["keep_days"] is not None:
                for path in drop_old(options["folder"], days=options["keep_days"], keep=options["keep"] or 7):
                    self.stdout.write(f"{path.name} is removed.")
        except BackupError as error:
            raise CommandError(str(error)) from error

    def _tell(self, path: Path) -> None:
        manifest = Manifest.read(path)
        size = sum(part.bytes for part in manifest.parts.values())
        self.stdout.write(f"{path}: {sum(manifest.tables.values()):,} rows, {manifest.documents:,} documents, {size / 1e6:,.1f} MB.")
