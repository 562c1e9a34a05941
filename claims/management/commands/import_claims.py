"""manage.py import_claims FILE.csv[.gz]: takes over a claims bordereau, all or nothing."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any, NoReturn

from django.core.management.base import BaseCommand, CommandError

from claims.bordereau.importing import import_claims
from claims.bordereau.progress import progress_on
from claims.bordereau.refusals import BordereauRefused, terminal_lines, write_report


class Command(BaseCommand):
    help = (
        "Imports the closed claims of a bordereau (PRISM's columns, see data/README.md) "
        "with the customers and policies that they imply. All or nothing."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="the bordereau, CSV in UTF-8, packed when it ends in .gz")
        parser.add_argument("--report", type=Path, help="where to write every refused line, as CSV")

    def handle(self, *args: Any, **options: Any) -> None:
        file: Path = options["file"]
        try:
            imported = import_claims(None, file, progress_on(self.stdout))
        except BordereauRefused as refused:
            self._refuse(refused, options["report"])
        except OSError as error:
            raise CommandError(f"{file} cannot be read: {error.strerror or error}. Nothing was imported.") from None
        else:
            self.stdout.write(self.style.SUCCESS(str(imported)))

    def _refuse(self, refused: BordereauRefused, report: Path | None) -> NoReturn:
        for line in terminal_lines(refused)[:-1]:
            self.stderr.write(line)
        raise CommandError(f"{refused} {self._report(refused, report)}".strip())

    def _report(self, refused: BordereauRefused, report: Path | None) -> str:
        """Writes the report where one is wanted, and says where it is."""
        if report is None:
            return ""
        try:
            write_report(report, refused.refusals)
        except OSError as error:
            return f"The report could not be written to {report}: {error.strerror or error}."
        return f"All findings are in {report}."
