from argparse import ArgumentParser
from pathlib import Path
from time import monotonic
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from vanguard.backup import BackupError, restore, verify
from vanguard.backup.verifying import require_counts

NEXT = "Next, before the platform is opened: `replay_erasures FILE` where there is a newer ledger than ERASURE_LEDGER, then `verify_all`."
UNFINISHED = "The backup is in its place, and what has to follow failed at `{}`: {}. Until it is done the platform is not ready."


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
        self.stdout.write(f"{told}, version {manifest.version}, in {monotonic() - began:.1f} s.")
        self._follow_up()
        self.stdout.write(NEXT)

    def _follow_up(self) -> None:
        """In the same run: who has to think of it at three in the morning forgets it, and an erased customer is readable."""
        executor = MigrationExecutor(connection)
        is_behind = executor.migration_plan(executor.loader.graph.leaf_nodes())
        migrate = [["migrate", "--no-input", "--verbosity=0"]] if is_behind else []
        for command in (*migrate, *settings.AFTER_RESTORE):
            try:
                call_command(*command, stdout=self.stdout)
            except CommandError as error:
                raise CommandError(UNFINISHED.format(command[0], error)) from error
