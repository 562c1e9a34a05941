from argparse import ArgumentParser
from pathlib import Path
from time import monotonic
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from vanguard.backup import BackupError, restore, verify
from vanguard.backup.verifying import require_counts

NEXT = "Next, before the platform is opened: `migrate`, `replay_erasures` with the newest ledger, `verify_all`."


class Command(BaseCommand):
    help = "Puts a backup back into DATABASE_URL and MEDIA_ROOT. Refuses where there is something already, unless --replace."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("backup", type=Path, help="one folder of those that `backup` made")
        parser.add_argument("--replace", action="store_true", help="what is in the database and the documents now is lost")
        parser.add_argument("--counted", action="store_true", help="fail where a table has other rows than it had")
        parser.add_argument("--verify", action="store_true", help="touch nothing: restore into a database of its own, and verify it there")

    def handle(self, *_args: Any, **options: Any) -> None:
        try:
            if options["verify"]:
                self._verify(options["backup"])
            else:
                self._restore(**options)
        except BackupError as error:
            raise CommandError(str(error)) from error

    def _verify(self, backup: Path) -> None:
        proof = verify(backup)
        self.stdout.write(proof.said)
        told = f"{proof.rows:,} rows and {proof.documents:,} documents were put back in {proof.restored_in:.1f} s"
        self.stdout.write(f"{told} and verified in {proof.verified_in:.1f} s: it holds.")

    def _restore(self, *, backup: Path, replace: bool, counted: bool, **_options: Any) -> None:
        began = monotonic()
        manifest = restore(backup, replace=replace)
        if counted:
            require_counts(manifest)
        told = f"{sum(manifest.tables.values()):,} rows and {manifest.documents:,} documents of {manifest.made_at}"
        self.stdout.write(f"{told}, version {manifest.version}, in {monotonic() - began:.1f} s. {NEXT}")
