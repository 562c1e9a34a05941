"""Rules that the database learns while the platform works, and that rows from before need not meet.

A plain AddConstraint reads the whole table while nobody may use it, and fails on a row that was legal when it was written. Here the rule
holds from now on; what is there is looked at by a second migration, `atomic = False`, while everybody works.

SQLite makes a table anew for a constraint, and for many a column. That takes the rows through all checks, so a later migration of such a
table fails there on a row from before; and it leaves behind the triggers of the table, which the migration has to make again. What got
lost of either is found by tests/platform/test_schema.py.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.contrib.postgres.operations import AddConstraintNotValid, ValidateConstraint
from django.db import IntegrityError, transaction
from django.db.migrations.operations import AddConstraint

from vanguard.indexes import on_postgresql

logger = logging.getLogger(__name__)


class AddCheckOnline(AddConstraint):
    """Django's AddConstraint for a check that rows from before need not meet. SQLite copies the table as it is."""

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        if on_postgresql(schema_editor):
            AddConstraintNotValid(self.model_name, self.constraint).database_forwards(app_label, schema_editor, from_state, to_state)
        else:
            with _unchecked(schema_editor):
                super().database_forwards(app_label, schema_editor, from_state, to_state)


class ValidateOnline(ValidateConstraint):
    """Tells PostgreSQL that every row meets a check, where that is so; where it is not, the check stays for what is written from now on.

    Readers and writers go on meanwhile.
    """

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        if not on_postgresql(schema_editor):
            return
        try:
            with transaction.atomic(using=schema_editor.connection.alias):
                # A large table takes longer than any request may.
                schema_editor.execute("SET LOCAL statement_timeout = 0")
                super().database_forwards(app_label, schema_editor, from_state, to_state)
        except IntegrityError:
            logger.warning("Rows from before %s do not meet it: it holds for new ones only.", self.name)


@contextmanager
def _unchecked(schema_editor: Any) -> Iterator[None]:
    schema_editor.execute("PRAGMA ignore_check_constraints = ON")
    try:
        yield
    finally:
        schema_editor.execute("PRAGMA ignore_check_constraints = OFF")
