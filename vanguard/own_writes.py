"""The second net beneath the API's writes: what a policyholder's request would change of somebody else's rows, PostgreSQL refuses.

Services decide by `visible_to`; should one ever change or add to a foreign record all the same, the whole write fails (decision 0160).
The transaction is told whose rows alone it may change along with who acts (vanguard.recording.telling), at no statement of its own. A
trigger on each table whose rows belong to somebody (vanguard.confinement.owned) looks at every row that such a transaction adds, changes
or removes. Everybody else's writes, and SQLite, know nothing of it.
"""

from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from vanguard import confinement, context
from vanguard.accounts.models import User
from vanguard.releases import look

TRIGGER = "own_rows"
# The fourth of what a transaction is told (vanguard.recording.telling).
_MINE = "split_part(current_setting('vanguard.acting', true), E'\\t', 4)"
# After the statement: a claim and what hangs on it may come in one, and only then does each see the other.
_MAKE = (
    """
    CREATE OR REPLACE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql SET search_path = {schema}, pg_temp AS $$
    DECLARE mine uuid := {mine}::uuid;
    BEGIN
        IF TG_OP <> 'INSERT' AND ({old}) IS NOT TRUE THEN
            RAISE insufficient_privilege USING MESSAGE = format('A row of %I is somebody else''s.', TG_TABLE_NAME);
        END IF;
        IF TG_OP <> 'DELETE' AND ({new}) IS NOT TRUE THEN
            RAISE insufficient_privilege USING MESSAGE = format('A row of %I would be somebody else''s.', TG_TABLE_NAME);
        END IF;
        RETURN NULL;
    END $$
    """,
    "DROP TRIGGER IF EXISTS {trigger} ON {table}",
    """
    CREATE TRIGGER {trigger} AFTER INSERT OR UPDATE OR DELETE ON {table} FOR EACH ROW WHEN ({mine} <> '')
    EXECUTE FUNCTION {function}()
    """,
    "COMMENT ON TRIGGER {trigger} ON {table} IS '{said}'",
)
_PRESENT = """
    SELECT t.relname, CASE WHEN g.tgenabled IN ('O', 'A') THEN obj_description(g.oid, 'pg_trigger') ELSE '' END
    FROM pg_trigger g JOIN pg_class t ON t.oid = g.tgrelid JOIN pg_namespace n ON n.oid = t.relnamespace
    WHERE n.nspname = current_schema() AND g.tgname = %s
"""


def settle(user: User, method: str) -> None:
    """For the rest of this request: whose rows alone it may change. Beside `confinement.settle`, which says whose it may read."""
    is_own = method not in confinement.SAFE and confinement.sees_only_own(user)
    context.changes_only_of.set(str(user.pk) if is_own else "")


def install(using: str = DEFAULT_DB_ALIAS, **_signal: Any) -> None:
    """Puts the trigger on each table whose rows belong to somebody. Called after every migrate; changes only what is different.

    Where a newer release has migrated, only what is not there at all, or is switched off: it may know better whose a row is.
    """
    connection = connections[using]
    if connection.vendor != "postgresql":
        return
    present, is_newer = _present(connection), bool(look(connection).newer)
    for table in sorted(confinement.owners().keys() & set(connection.introspection.table_names())):
        if not _is_guarded(table, present.get(table), is_newer=is_newer):
            # Each by itself: a table's lock is not held while the next one's is waited for.
            with transaction.atomic(using=using), connection.cursor() as cursor:
                for statement in _MAKE:
                    cursor.execute(statement.format(**_names(connection, table)))
    for table in sorted(set() if is_newer else present.keys() - confinement.owners().keys()):
        with connection.cursor() as cursor:
            cursor.execute(f"DROP TRIGGER {TRIGGER} ON {connection.ops.quote_name(table)}")


def missing(using: str = DEFAULT_DB_ALIAS) -> list[str]:
    """The tables whose trigger is not there, or is another than it should be. For PostgreSQL alone."""
    present, is_newer = _present(connections[using]), bool(look(connections[using]).newer)
    return sorted(table for table in confinement.owners() if not _is_guarded(table, present.get(table), is_newer=is_newer))


def _is_guarded(table: str, said: str | None, *, is_newer: bool) -> bool:
    """`said`: by what its trigger, at work, knows whose a row is. Where a newer release has migrated, that may be another way."""
    return said == _said(table) or (is_newer and bool(said))


def _present(connection: BaseDatabaseWrapper) -> dict[str, str]:
    with connection.cursor() as cursor:
        cursor.execute(_PRESENT, [TRIGGER])
        return {table: said or "" for table, said in cursor.fetchall()}


def _names(connection: BaseDatabaseWrapper, table: str) -> dict[str, str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT quote_ident(current_schema())")
        [schema] = cursor.fetchone()
    return {
        "schema": schema,
        "function": connection.ops.quote_name(f"own_rows_of_{table}"),
        "table": connection.ops.quote_name(table),
        "trigger": TRIGGER,
        "mine": _MINE,
        "said": _said(table),
        "old": _belongs(table, "OLD"),
        "new": _belongs(table, "NEW"),
    }


def _said(table: str) -> str:
    """By what a row is known to be somebody's: the trigger says it of itself, so that it is seen whether it is as it should be.

    And that it asks our tables, and none of the session's own under their names.
    """
    return f"{_belongs(table, 'NEW')}, of our tables"


def _belongs(table: str, row: str, depth: int = 0) -> str:
    """Whether the row leads to a user who is the one that acts, from owner to owner. Names of ours, of tables and columns."""
    column, owner = confinement.owners()[table]
    if owner == User._meta.db_table:
        return f"{row}.{column} = mine"
    above = f"owner_{depth}"
    return f"EXISTS (SELECT FROM {owner} {above} WHERE {above}.id = {row}.{column} AND {_belongs(owner, above, depth + 1)})"
