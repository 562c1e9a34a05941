"""Whether the database is of this code: has it every migration, and has it some of a newer release, which this code does not know?

The first keeps requests away (`/health/ready`). The second does not: each release's migrations suit the one before it, so old code goes on
serving while a new release is rolled out, and after it was taken back. But code that is started against a database from a newer time,
by mistake or for too long, should say so: in the log, once a process; among the figures; and by `check --database default`, which
`migrate` runs first.
"""

import logging
from collections.abc import Sequence
from typing import Any

from django.core.checks import CheckMessage, Tags, Warning, register
from django.db import connections

from vanguard.releases import look

logger = logging.getLogger(__name__)
HINT = (
    "Right while a release is rolled out or was taken back. Otherwise start the newer release: what it added, this one neither fills nor"
    " guards (docs/operations.md)."
)


def said_of(newer: Sequence[tuple[str, str]]) -> str:
    return f"The database is of a newer release: it has {len(newer)} migrations that this code does not know, up to {'.'.join(newer[-1])}."


class Telling:
    """One line a process in the log: the first look that finds the database newer."""

    def __init__(self) -> None:
        self.told = False

    def tell(self, newer: Sequence[tuple[str, str]]) -> None:
        if newer and not self.told:
            logger.warning("schema_is_newer", extra={"reason": said_of(newer), "hint": HINT})
        self.told = bool(newer)


telling = Telling()


@register(Tags.database)
def database_is_newer(app_configs: Sequence[Any] | None, databases: Sequence[str] | None, **_options: Any) -> list[CheckMessage]:
    """`check --database default`, and before `migrate`: a warning where a newer release has migrated the database."""
    found = {using: look(connections[using]).newer for using in databases or ()}
    return [Warning(said_of(newer), hint=HINT, id="vanguard.W011") for newer in found.values() if newer]
