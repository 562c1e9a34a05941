"""Loaded by pytest before any test: the settings must find ENVIRONMENT=test, and pytest-django would read them earlier than tests/ is seen.

That is why DJANGO_SETTINGS_MODULE stands here and not in pyproject.toml.
"""

import os
from collections.abc import Iterator
from typing import Any

import django
import pytest
from django.db import connection
from servestatic.middleware import ServeStaticMiddleware

from vanguard import context

os.environ["ENVIRONMENT"] = "test"
os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
django.setup()

from claims import append_only as claims_money  # noqa: E402  # after the settings are there
from policies.billing import append_only  # noqa: E402

pytest_plugins = ("tests.needs",)


@pytest.fixture(autouse=True)
def _nobody_is_asking() -> None:
    """Tests share a thread, and with it the variables of the last request: none of them is about the next test."""
    for variable in (context.correlation_id, context.user_id, context.client_address):
        variable.set("")


@pytest.fixture(autouse=True, scope="session")
def _static_files_are_listed_once() -> Iterator[None]:
    """Each test client loads the middleware anew, which then lists all static files: two thirds of a small test's time."""
    listing = ServeStaticMiddleware.add_files_from_finders
    files: dict[str, Any] = {}
    directories: list[Any] = []

    def listed(middleware: ServeStaticMiddleware) -> None:
        if not files:
            listing(middleware)
            files.update(middleware.files)
            directories.extend(middleware.directories)
        middleware.files, middleware.directories = dict(files), list(directories)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ServeStaticMiddleware, "add_files_from_finders", listed)
        yield


@pytest.fixture(autouse=True, scope="session")
def _a_flush_may_empty_the_ledger() -> Iterator[None]:
    """Tests of real transactions end by emptying every table: on SQLite row by row, which the ledgers' own triggers refuse."""
    if connection.vendor != "sqlite":
        yield
        return
    operations = type(connection.ops)
    flush = operations.sql_flush

    def without_triggers(*args: Any, **kwargs: Any) -> list[str]:
        vendor = "sqlite"
        ledgers = (append_only, claims_money)
        off = [statement for ledger in ledgers for statement in ledger.dropped(vendor)]
        on = [statement for ledger in ledgers for statement in ledger.created(vendor)]
        return [*off, *flush(*args, **kwargs), *on]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(operations, "sql_flush", without_triggers)
        yield
