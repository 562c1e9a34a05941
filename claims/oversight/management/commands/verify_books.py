import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError

from claims.oversight.models import BooksResult, BooksRun
from claims.oversight.services import verify_books
from vanguard.books import invariants
from vanguard.errors import DomainError
from vanguard.jobs.command import PeriodicCommand

SHOWN = 10


class Command(PeriodicCommand):
    help = "Verifies that the books add up, and keeps what it found for the books page. Fails where an invariant does not hold."

    def add_arguments(self, parser: ArgumentParser) -> None:
        names = ", ".join(each.name for each in invariants())
        parser.add_argument("--only", nargs="+", default=[], metavar="NAME", help=f"some of: {names}")
        parser.add_argument("--every-file", action="store_true", help="open every stored paper and document, and not a sample")
        parser.add_argument("--json", action="store_true", help="the result for programs")

    def handle(self, *_args: Any, **options: Any) -> None:
        try:
            run = verify_books(options["only"], every_file=options["every_file"])
        except DomainError as refused:
            raise CommandError(refused.message) from refused
        results = list(run.results.prefetch_related("findings"))
        self.stdout.write(json.dumps(_told(run, results), indent=1) if options["json"] else _written(run, results))
        if not run.is_green:
            red = ", ".join(each.name for each in results if not each.is_green)
            raise CommandError(f"The books do not add up: {red or run.trouble}", returncode=1)


def _told(run: BooksRun, results: list[BooksResult]) -> dict[str, Any]:
    return {
        "run": str(run.pk),
        "state": run.state,
        "green": run.is_green,
        "startedAt": run.started_at and run.started_at.isoformat(),
        "finishedAt": run.finished_at and run.finished_at.isoformat(),
        "invariants": [
            {
                "name": each.name,
                "green": each.is_green,
                "offenders": each.offenders,
                "seconds": float(each.seconds),
                "trouble": each.trouble,
                "findings": [
                    {"record": found.record, "key": found.key, "name": found.name, "says": found.says} for found in each.findings.all()
                ],
            }
            for each in results
        ],
    }


def _written(run: BooksRun, results: list[BooksResult]) -> str:
    lines = []
    for each in results:
        state = "holds" if each.is_green else each.trouble or f"does not hold for {each.offenders:,}"
        lines.append(f"{each.name:<22}{each.seconds:>9.3f} s  {state}")
        lines += [f"    {found.name}: {found.says}" for found in each.findings.all()[:SHOWN]]
    return "\n".join([*lines, f"{run.checked} invariants, {run.red} of them do not hold."])
