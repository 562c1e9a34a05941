"""What of a database is of this release: which migrations it has, whether a newer release has migrated it, and which tables are ours.

What follows a migration (rights, policies, triggers, roles) goes by it: another's table is told of and not touched, and an old release's
`migrate` adds what it needs itself and takes nothing away (decision 0170).
"""

from functools import cache
from typing import NamedTuple

from django.apps import apps
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

# Django's own record of migrations, and the counters of rows (vanguard.counting).
WITHOUT_MODEL = frozenset({"django_migrations", "vanguard_rowcount"})


class Schema(NamedTuple):
    """`pending`: migrations of this code that the database has not; `newer`: those that a newer release has brought. App and name each."""

    pending: frozenset[tuple[str, str]]
    newer: list[tuple[str, str]]


@cache
def needed() -> frozenset[tuple[str, str]]:
    """The files are read once: they do not change under a running process."""
    return frozenset(MigrationLoader(None, ignore_no_migrations=True).disk_migrations)


def look(connection: BaseDatabaseWrapper) -> Schema:
    """Newer is what was applied after the last that this code knows: an app that this code has left behind is not."""
    applied = MigrationRecorder(connection).applied_migrations()
    last = max((row.pk for key, row in applied.items() if key in needed()), default=0)
    newer = [key for key, row in sorted(applied.items(), key=lambda each: each[1].pk) if key not in needed() and row.pk > last]
    return Schema(needed() - applied.keys(), newer)


@cache
def our_tables() -> frozenset[str]:
    """The tables that this code knows. Others in the schema are a newer release's, or somebody else's."""
    return WITHOUT_MODEL | {model._meta.db_table for model in apps.get_models(include_auto_created=True)}
