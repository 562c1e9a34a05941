"""Lookups beside Django's own."""

from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import CharField
from django.db.models.functions import Reverse
from django.db.models.lookups import EndsWith, StartsWith
from django.db.models.sql.compiler import SQLCompiler


@CharField.register_lookup
class Ends(EndsWith):
    """`endswith`, which PostgreSQL answers from an index: how the text, read backwards, begins (vanguard.indexes.SearchIndex)."""

    lookup_name = "ends"

    def get_rhs_op(self, connection: BaseDatabaseWrapper, rhs: str) -> str:
        return str(connection.operators[EndsWith.lookup_name] % rhs)  # type: ignore[attr-defined]  # every backend has them

    def as_postgresql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> tuple[str, Any]:
        return compiler.compile(StartsWith(Reverse(self.lhs), str(self.rhs)[::-1]))
