"""Whether the confined role (decision 0108) has more than `vanguard.confinement` gives it. Whoever may become it would have that too.

Of tables: what is beyond reading the named ones, given to it, to one of their columns, or to everybody; and a table of somebody's rows
that holds it back no longer. `migrate` takes that and makes it anew (`install`). Of the role itself, what only an administrator takes:
attributes, memberships, what it owns.
"""

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.db import DEFAULT_DB_ALIAS, DatabaseError, connections, transaction

from vanguard import confinement

# Of extensions (pg_stat_statements lets everybody read) it is theirs to say who may what.
_GIVEN = """
    SELECT t.relname, CASE t.relkind WHEN 'S' THEN 'SEQUENCE ' ELSE '' END, privilege, attname,
        CASE grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(grantee)) END, is_grantable
    FROM pg_class t CROSS JOIN LATERAL (
        SELECT grantee, privilege_type::text AS privilege, NULL::text AS attname, is_grantable FROM aclexplode(t.relacl)
        UNION ALL
        SELECT grantee, privilege_type::text, a.attname, is_grantable FROM pg_attribute a CROSS JOIN aclexplode(a.attacl)
        WHERE a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped
    ) given
    WHERE t.relnamespace = current_schema()::regnamespace AND grantee IN (0, (SELECT oid FROM pg_roles WHERE rolname = %s))
        AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = t.oid AND d.deptype = 'e')
    ORDER BY 1, 3, 4, 5
"""
# The tables that have the restrictive policy, in force and for this role, and by what it lets a row through.
_HELD = """
    SELECT t.relname, pg_get_expr(p.polqual, t.oid) FROM pg_class t JOIN pg_policy p ON p.polrelid = t.oid
    WHERE t.relnamespace = current_schema()::regnamespace AND t.relrowsecurity AND p.polname = 'own_rows' AND NOT p.polpermissive
        AND p.polcmd IN ('r', '*') AND (SELECT oid FROM pg_roles WHERE rolname = %s) = ANY(p.polroles)
"""
_ROLE = """
    SELECT array_remove(ARRAY[
            CASE WHEN rolsuper THEN 'NOSUPERUSER' END, CASE WHEN rolbypassrls THEN 'NOBYPASSRLS' END,
            CASE WHEN rolcreaterole THEN 'NOCREATEROLE' END, CASE WHEN rolcreatedb THEN 'NOCREATEDB' END,
            CASE WHEN rolreplication THEN 'NOREPLICATION' END, CASE WHEN rolcanlogin THEN 'NOLOGIN' END
        ], NULL),
        ARRAY(SELECT pg_get_userbyid(roleid)::text FROM pg_auth_members WHERE member = r.oid ORDER BY 1),
        ARRAY(SELECT relname::text FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relowner = r.oid
            AND relkind IN ('r', 'p', 'v', 'm', 'S')
            UNION ALL SELECT proname::text FROM pg_proc WHERE pronamespace = current_schema()::regnamespace AND proowner = r.oid ORDER BY 1)
    FROM pg_roles r WHERE rolname = %s
"""
_MAKES = """
    SELECT quote_ident(current_schema()), quote_ident(rolname) FROM pg_roles r
    WHERE rolname = %s AND has_schema_privilege(r.oid, current_schema()::regnamespace, 'CREATE')
"""
_OWNED_BY_ANOTHER = """
    SELECT FROM pg_class
    WHERE relnamespace = current_schema()::regnamespace AND relname = 'django_migrations' AND NOT pg_has_role(relowner, 'USAGE')
"""
HINT = "Run `manage.py migrate` as the owner of the tables, or the statement as the database's administrator (docs/operations.md)."


def install(using: str = DEFAULT_DB_ALIAS, **_signal: Any) -> None:
    """After every migrate. What another owns, or has granted, PostgreSQL leaves with a warning or refuses; the check names it then."""
    if connections[using].vendor != "postgresql" or not settings.CONFINED_ROLE:
        return
    with connections[using].cursor() as cursor:
        for statement in beyond_on_tables(cursor):
            with suppress(DatabaseError), transaction.atomic(using=using):
                cursor.execute(statement)
        for table in unheld(cursor):
            with suppress(DatabaseError), transaction.atomic(using=using):
                confinement.open_to_its_owner(cursor, table)


def beyond_on_tables(cursor: Any) -> list[str]:
    """The statements that take what it has on tables beyond what is said of them."""
    cursor.execute(_GIVEN, [settings.CONFINED_ROLE])
    statements: dict[str, None] = {}  # in their order, none twice
    for table, kind, right, column, whose, passes_on in cursor.fetchall():
        name, is_everybodys = _quoted(table), whose == "PUBLIC"
        if not (right == "SELECT" and _may_read(table, column)):
            statements[f"REVOKE {right}{f' ({_quoted(column)})' if column else ''} ON {kind}{name} FROM {whose}"] = None
        elif passes_on and not is_everybodys:
            statements[f"REVOKE GRANT OPTION FOR {right} ON {kind}{name} FROM {whose}"] = None
    cursor.execute(_MAKES, [settings.CONFINED_ROLE])
    return [*statements, *(f"REVOKE CREATE ON SCHEMA {schema} FROM PUBLIC, {role}" for schema, role in cursor.fetchall())]


def _may_read(table: str, column: str | None) -> bool:
    """Whether the whole table (no column), or the column, is for it to read."""
    if table not in confinement.named():
        return False
    columns = confinement.columns_of(table)
    return not columns or column in columns


def unheld(cursor: Any) -> list[str]:
    """The tables of somebody's rows, of those that are there, on which no policy holds the role to the caller's own."""
    cursor.execute(_HELD, [settings.CONFINED_ROLE])
    held = dict(cursor.fetchall())
    there = set(connections[cursor.db.alias].introspection.table_names(cursor))
    return [table for table in sorted(there & confinement.owners().keys()) if not _tells_whose(table, held.get(table) or "")]


def _tells_whose(table: str, condition: str) -> bool:
    """Whether it asks for the caller, or for the row that it belongs to. PostgreSQL writes a condition in its own way."""
    return "vanguard.own" in condition or confinement.owners()[table][1] in condition


def of_the_role(cursor: Any) -> list[str]:
    """The statements that take what the role itself has beyond: by attributes, by others, as an owner. None where there is no such role."""
    cursor.execute(_ROLE, [settings.CONFINED_ROLE])
    if (found := cursor.fetchone()) is None:
        return []
    attributes, memberships, owned = found
    role = _quoted(settings.CONFINED_ROLE)
    statements = [f"ALTER ROLE {role} {' '.join(attributes)}"] if attributes else []
    statements += [f"REVOKE {_quoted(each)} FROM {role}" for each in memberships]
    statements += [f"REASSIGN OWNED BY {role} TO the owner of the tables (it owns {', '.join(owned)})"] if owned else []
    return statements


@register(Tags.database)
def confined_has_more(app_configs: Sequence[Any] | None, databases: Sequence[str] | None, **_options: Any) -> list[CheckMessage]:
    """`check --database default`: an error for each kind of right of the confined role that it must not have.

    On tables a warning where the process owns them: `migrate` asks this check first, and puts it right when it is done.
    """
    if not settings.CONFINED_ROLE:
        return []
    return [each for using in databases or () if connections[using].vendor == "postgresql" for each in _found(using)]


def _found(using: str) -> list[CheckMessage]:
    with connections[using].cursor() as cursor:
        of_role, on_tables = of_the_role(cursor), beyond_on_tables(cursor)
        cursor.execute(_OWNED_BY_ANOTHER)
        is_owner = cursor.fetchone() is None
        on_tables += [f"the policy own_rows of {table} is away" for table in unheld(cursor)]
    found: list[CheckMessage] = []
    beyond = f"{settings.CONFINED_ROLE}, as which policyholders' reads are made, can do more than read what is theirs"
    if of_role:
        found.append(Error(f"{beyond}. To be run: {'; '.join(of_role)}.", hint=HINT, id="vanguard.E007"))
    if on_tables:
        said = f"{beyond}: {len(on_tables)} differ, such as: {on_tables[0]}."
        found.append(Warning(said, hint=HINT, id="vanguard.W010") if is_owner else Error(said, hint=HINT, id="vanguard.E007"))
    return found


def _quoted(name: str) -> str:
    return connections[DEFAULT_DB_ALIAS].ops.quote_name(name)
