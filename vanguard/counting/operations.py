"""Operations for migrations: an app names the model whose rows are to be counted, after the platform's own 0002_row_counters."""

from typing import Any

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations.base import Operation, OperationCategory
from django.db.migrations.state import ProjectState

from vanguard.counting import counting_from_now, counting_no_more, dialect_of


class MakeCounters(Operation):
    """The table of the counters."""

    category = OperationCategory.SQL
    reduces_to_sql = True

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """No model changes."""

    def database_forwards(self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, *_states: Any) -> None:
        for statement in dialect_of(schema_editor.connection).MAKE:
            schema_editor.execute(statement, params=None)

    def database_backwards(self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, *_states: Any) -> None:
        for statement in dialect_of(schema_editor.connection).UNMAKE:
            schema_editor.execute(statement, params=None)

    def describe(self) -> str:
        return "Make the table of row counters"


class CountRows(Operation):
    """Has a model's rows counted, from what is there at this moment on; nothing slips in between.

    Counters go by the table's name, which it keeps for as long as it is counted.
    """

    category = OperationCategory.SQL
    reduces_to_sql = True

    def __init__(self, model_name: str) -> None:
        self.model_name = model_name

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """No model changes."""

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        for statement in counting_from_now(dialect_of(schema_editor.connection), self._table(app_label, to_state)):
            schema_editor.execute(statement, params=None)

    def database_backwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        for statement in counting_no_more(dialect_of(schema_editor.connection), self._table(app_label, from_state)):
            schema_editor.execute(statement, params=None)

    def describe(self) -> str:
        return f"Count the rows of {self.model_name}"

    def _table(self, app_label: str, state: ProjectState) -> str:
        return str(state.apps.get_model(app_label, self.model_name)._meta.db_table)
