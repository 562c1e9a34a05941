"""Lookups beside Django's own."""

from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import CharField, Field, ForeignObject
from django.db.models.functions import Reverse
from django.db.models.lookups import EndsWith, In, StartsWith
from django.db.models.sql.compiler import SQLCompiler


@CharField.register_lookup
class Ends(EndsWith):
    """`endswith`, which PostgreSQL answers from an index: how the text, read backwards, begins (vanguard.indexes.SearchIndex)."""

    lookup_name = "ends"

    def get_rhs_op(self, connection: BaseDatabaseWrapper, rhs: str) -> str:
        return str(connection.operators[EndsWith.lookup_name] % rhs)  # type: ignore[attr-defined]  # every backend has them

    def as_postgresql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> tuple[str, Any]:
        return compiler.compile(StartsWith(Reverse(self.lhs), str(self.rhs)[::-1]))


@Field.register_lookup
@ForeignObject.register_lookup
class OneOf(In):
    """`in`, which PostgreSQL is told as one array: the statement is the same however many there are, and so may be remembered."""

    lookup_name = "one_of"

    def process_rhs(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> tuple[str, Any]:
        if connection.vendor != "postgresql":
            return super().process_rhs(compiler, connection)
        if not self.rhs:
            raise EmptyResultSet
        return "%s", [list(self.rhs)]

    def get_rhs_op(self, connection: BaseDatabaseWrapper, rhs: str) -> str:
        return f"= ANY({rhs})" if connection.vendor == "postgresql" else str(super().get_rhs_op(connection, rhs))
