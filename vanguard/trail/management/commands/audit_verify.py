from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

from vanguard.encryption.keys import DecryptionError
from vanguard.jobs.command import PeriodicCommand
from vanguard.trail.chain import Head, NoKey
from vanguard.trail.verifying import Verified, keep, verify

SHOWN = 50


class Command(PeriodicCommand):
    help = "Goes through the audit chain and names each row that was edited, deleted or reordered, and where it was cut. Fails then."

    def add_arguments(self, parser: ArgumentParser) -> None:
        kept = "a file of heads that audit_head printed, one a line: the chain must go through each of them"
        parser.add_argument("--from", dest="heads", type=Path, metavar="FILE", help=kept)
        parser.add_argument("--latest", action="store_true", help="only what came since a signed head some 10,000 links back")

    def handle(self, *_args: Any, **options: Any) -> None:
        try:
            heads = [Head.read(line) for line in options["heads"].read_text().splitlines() if line.strip()] if options["heads"] else []
            result = verify(heads, latest=options["latest"])
        except (OSError, ValueError, NoKey, DecryptionError) as error:
            raise CommandError(str(error), returncode=2) from error
        keep(result)
        self.stdout.write(_written(result))
        if result.faults:
            raise CommandError(f"The audit chain does not hold: {len(result.faults):,} faults.", returncode=1)


def _written(result: Verified) -> str:
    rate = f"{result.links / result.seconds:,.0f} a second" if result.seconds else ""
    lines = [fault.says for fault in result.faults[:SHOWN]]
    lines.append(
        f"{result.links:,} links up to place {result.reached:,} in {result.seconds:.1f} s ({rate}): {len(result.faults):,} faults."
    )
    return "\n".join(lines)
