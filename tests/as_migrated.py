"""The database as the migrations leave it, brought back after each test with transactions of its own.

Django's flush empties every table and sends post_migrate, which makes roles and permissions anew: most of a second each time. Here only
what a test has touched is put back. Loaded by pytest from conftest.py.
"""

import sqlite3
from collections.abc import Callable, Iterator

import pytest
from django.apps import apps
from django.core.management.color import no_style
from django.db import connection, transaction
from django.test import TransactionTestCase
from django.test.utils import setup_databases
from pytest_django import DjangoDbBlocker

from tests import migrated

KEPT = "as_migrated"


@pytest.fixture(scope="session")
def django_db_setup(
    django_test_environment: None, django_db_modify_db_settings: None, django_db_createdb: bool, django_db_blocker: DjangoDbBlocker
) -> Iterator[None]:
    with django_db_blocker.unblock(), pytest.MonkeyPatch.context() as patch:
        if connection.vendor == "sqlite" or (migrated.RUN and django_db_createdb):
            migrated.make_test_database()
        else:
            setup_databases(verbosity=0, interactive=False, keepdb=not django_db_createdb)
        put_back = _on_postgresql() if connection.vendor == "postgresql" else _on_sqlite()
        if put_back:
            patch.setattr(TransactionTestCase, "_fixture_teardown", lambda _test: put_back())
        yield


def _on_sqlite() -> Callable[[], None]:
    """The whole file, page by page: it is small."""
    connection.ensure_connection()
    kept = sqlite3.connect(":memory:", check_same_thread=False)
    connection.connection.backup(kept)

    def put_back() -> None:
        connection.ensure_connection()
        kept.backup(connection.connection)

    return put_back


def _on_postgresql() -> Callable[[], None] | None:
    """Copies of the few tables that have rows; the others are emptied where a test has filled them.

    Without triggers: a ledger refuses to lose entries, and counters would count. Only a superuser may; for others Django's flush stays.
    """
    tables = sorted(connection.introspection.table_names())
    if not _asked("current_setting('is_superuser') = 'on'")[0]:
        return None
    # Nobody waits for the disk: what a test has committed need not outlive the machine.
    _run(f"ALTER DATABASE {connection.settings_dict['NAME']} SET synchronous_commit = off", "SET synchronous_commit = off")
    filled = _filled(tables)
    copies = (f"CREATE TABLE {KEPT}.{table} AS TABLE {table}" for table in filled)
    _run(f"DROP SCHEMA IF EXISTS {KEPT} CASCADE", f"CREATE SCHEMA {KEPT}", *copies)

    def put_back() -> None:
        if touched := {*_filled(tables)}.difference(filled) | _changed(filled):
            copied = (f"INSERT INTO {table} OVERRIDING SYSTEM VALUE TABLE {KEPT}.{table}" for table in touched.intersection(filled))
            emptied = (f"DELETE FROM {table}" for table in touched)
            _run("SET LOCAL session_replication_role = replica", *emptied, *copied, *_numbered_on(touched.intersection(filled)))

    return put_back


def _numbered_on(tables: set[str]) -> list[str]:
    """Statements after which a new row's number follows those that were put back: a test may have flushed, which begins at 1 again."""
    models = [model for model in apps.get_models(include_auto_created=True) if model._meta.db_table in tables]
    return [statement.rstrip(";") for statement in connection.ops.sequence_reset_sql(no_style(), models)]


def _filled(tables: list[str]) -> list[str]:
    return _those(tables, "EXISTS (SELECT FROM {0})")


def _changed(tables: list[str]) -> set[str]:
    """Where a row is there that was not, or one is gone."""
    gone, new = f"TABLE {KEPT}.{{0}} EXCEPT ALL TABLE {{0}}", f"TABLE {{0}} EXCEPT ALL TABLE {KEPT}.{{0}}"
    return set(_those(tables, f"EXISTS (({gone}) UNION ALL ({new}))"))


def _those(tables: list[str], condition: str) -> list[str]:
    """The tables of which a condition holds, by one question for all of them."""
    return [table for table, holds in zip(tables, _asked(*(condition.format(table) for table in tables)), strict=True) if holds]


def _asked(*expressions: str) -> tuple[bool, ...]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(expressions)}")
        found: tuple[bool, ...] = cursor.fetchone()
        return found


def _run(*statements: str) -> None:
    """All of them or none."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("; ".join(statements))
