"""For tests of the audit trail: what was recorded since, sealing on a server that others use too, and the hand of the database's owner."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection, transaction

from vanguard.trail import sealing
from vanguard.trail.models import AuditRecord
from vanguard.trail.sealing import Sealed, seal

# As OLDEST_RUNNING, but without the transactions of other databases on the tests' server: theirs may take long. Only a superuser may ask.
OLDEST_OF_OURS = """
    SELECT least(pg_snapshot_xmax(pg_current_snapshot())::text::bigint, min(backend_xid::text::bigint))
    FROM pg_stat_activity WHERE datname = current_database()
"""


def latest_id() -> int:
    newest = AuditRecord.objects.order_by("-id").first()
    return newest.pk if newest else 0


def of_row(key: object) -> list[AuditRecord]:
    """What was recorded of one row, the oldest first."""
    told = str(key)
    return list(AuditRecord.objects.filter(row_id__in=(told, told.replace("-", ""))).order_by("id"))


def seal_here() -> Sealed:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sealing, "OLDEST_RUNNING", OLDEST_OF_OURS)
        return seal()


def by_owner(sql: str, *values: Any) -> None:
    """Executed as who owns the database: past every trigger."""
    with transaction.atomic(), past_triggers(), connection.cursor() as cursor:
        cursor.execute(sql, values)


@contextmanager
def past_triggers() -> Iterator[None]:
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL session_replication_role = replica")
            yield
            return
        cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name LIKE 'audit\\_%' ESCAPE '\\'")
        triggers = cursor.fetchall()
        for name, _ in triggers:
            cursor.execute(f"DROP TRIGGER {name}")
        yield
        for _, sql in triggers:
            cursor.execute(sql)
