"""Indexes made and taken away while the platform works, and those that a search needs, which only PostgreSQL knows how to keep.

A migration that uses these is `atomic = False`: PostgreSQL builds an index without locking out writers only outside a transaction.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations import AddIndex, RemoveIndex
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState

# Of the list of new texts that a PartIndex keeps beside it.
PENDING_KB = 256


class AddIndexOnline(AddIndex):
    """Django's AddIndex; PostgreSQL builds it concurrently."""

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        if on_postgresql(schema_editor):
            with patience(schema_editor, self.index.name):
                AddIndexConcurrently(self.model_name, self.index).database_forwards(app_label, schema_editor, from_state, to_state)
        else:
            super().database_forwards(app_label, schema_editor, from_state, to_state)

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        if on_postgresql(schema_editor):
            AddIndexConcurrently(self.model_name, self.index).database_backwards(app_label, schema_editor, from_state, to_state)
        else:
            super().database_backwards(app_label, schema_editor, from_state, to_state)


class RemoveIndexOnline(RemoveIndex):
    """Django's RemoveIndex; PostgreSQL drops it, and on the way back builds it, concurrently."""

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        if on_postgresql(schema_editor):
            RemoveIndexConcurrently(self.model_name, self.name).database_forwards(app_label, schema_editor, from_state, to_state)
        else:
            super().database_forwards(app_label, schema_editor, from_state, to_state)

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        if on_postgresql(schema_editor):
            with patience(schema_editor, self.name):
                RemoveIndexConcurrently(self.model_name, self.name).database_backwards(app_label, schema_editor, from_state, to_state)
        else:
            super().database_backwards(app_label, schema_editor, from_state, to_state)


class SearchIndex(Operation):
    """An index on `expression` by which texts are found by how they begin: `upper(…)` for `istartswith`, `reverse(…)` for `ends`.

    `columns` follow, so that the index alone answers. The order is byte by byte (text_pattern_ops): in any other, LIKE finds no index.
    SQLite has no such index and needs none: a book that fits it is read through in milliseconds.
    """

    reduces_to_sql = True
    reversible = True
    atomic = False

    def __init__(self, name: str, model_name: str, expression: str, columns: tuple[str, ...] = ()) -> None:
        self.name, self.model_name, self.expression, self.columns = name, model_name, expression, columns

    @property
    def definition(self) -> str:
        """What follows the table's name."""
        columns = "".join(f', "{column}"' for column in self.columns)
        return f"({self.expression} text_pattern_ops{columns})"

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """Models know nothing of it: it changes no answer, only how soon it comes."""

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        if on_postgresql(schema_editor):
            table = to_state.apps.get_model(app_label, self.model_name)._meta.db_table
            with patience(schema_editor, self.name):
                schema_editor.execute(f'CREATE INDEX CONCURRENTLY "{self.name}" ON "{table}" {self.definition}')
                # How many fit a beginning is known of an expression only once its index was there to be looked at. Of an empty table
                # PostgreSQL had better know nothing than that it is empty.
                look = f'DO $$ BEGIN IF EXISTS (SELECT 1 FROM "{table}") THEN ANALYZE "{table}"; END IF; END $$'  # noqa: S608  # our own name
                schema_editor.execute(look)

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        if on_postgresql(schema_editor):
            schema_editor.execute(f'DROP INDEX CONCURRENTLY IF EXISTS "{self.name}"')

    def describe(self) -> str:
        return f"Search index {self.name} on {self.model_name}"


class PartIndex(SearchIndex):
    """An index on `expression` by which texts are found by any part of them that has three letters or digits: `upper(…)` for `icontains`.

    It needs PostgreSQL's own extension pg_trgm, which a database's owner may create. New texts wait in a list beside the index, which every
    search goes through and which whoever fills it works in; it is kept short, so that this takes a few milliseconds.
    """

    @property
    def definition(self) -> str:
        return f"USING gin ({self.expression} gin_trgm_ops) WITH (gin_pending_list_limit = {PENDING_KB})"

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        if on_postgresql(schema_editor):
            schema_editor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
        super().database_forwards(app_label, schema_editor, from_state, to_state)

    def describe(self) -> str:
        return f"Index {self.name} on {self.model_name}, by any part"


class RemoveSearchIndex(SearchIndex):
    """Takes a search index away; on the way back it is built again."""

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        super().database_backwards(app_label, schema_editor, from_state, to_state)

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        super().database_forwards(app_label, schema_editor, from_state, to_state)

    def describe(self) -> str:
        return f"Remove search index {self.name} on {self.model_name}"


@contextmanager
def patience(schema_editor: BaseDatabaseSchemaEditor, index: str) -> Iterator[None]:
    """Time to build `index`: a large table takes longer than any request may. What an attempt that was broken off left is taken away."""
    schema_editor.execute("SET statement_timeout = 0")
    schema_editor.execute("SET lock_timeout = 0")
    try:
        schema_editor.execute(f'DROP INDEX CONCURRENTLY IF EXISTS "{index}"')
        yield
    finally:
        schema_editor.execute("RESET statement_timeout")
        schema_editor.execute("RESET lock_timeout")


def on_postgresql(schema_editor: BaseDatabaseSchemaEditor) -> bool:
    """Whether this is the database that can do it."""
    return schema_editor.connection.vendor == "postgresql"
