"""What docs/operations.md says of the commands, as tests read it."""

import re

from tests.delivery.servers import ROOT

# How it says that a command is run again and again.
PERIOD = re.compile(r"every (?:few )?minutes?\b|nightly|daily|a process of its own")


def periodic_commands() -> set[str]:
    """Those that are to be run by the clock, or all the time."""
    rows = re.findall(r"(?m)^\| `python manage\.py (\w+)[^|]*\| ([^|]*)\|", (ROOT / "docs" / "operations.md").read_text())
    return {command for command, told in rows if PERIOD.search(told.partition(":")[0])}
