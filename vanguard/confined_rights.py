"""Whether the confined role (decision 0108) has more than `vanguard.confinement` gives it. Whoever may become it would have that too.

Of tables: what is beyond reading the named ones, given to it, to one of their columns, or to everybody; and a table of somebody's rows
that holds it back no longer. `migrate` takes that, makes it anew and tells what it took (`install`). What everybody may do with tables that
are not ours is their owners' to say: it is told of, and stays. Of the role itself, what only an administrator takes: attributes,
memberships, what it owns. Only that it may log in, as one that was made by `CREATE USER`, `migrate` takes too. Decision 0170.
"""

from collections.abc import Sequence
from contextlib import suppress
from typing import Any, NamedTuple

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.db import DEFAULT_DB_ALIAS, DatabaseError, connections, transaction

from vanguard import confinement, rights
from vanguard.releases import look, our_tables

# Of extensions (pg_stat_statements lets everybody read) it is theirs to say who may what.
_GIVEN = """
    SELECT t.relname, CASE t.relkind WHEN 'S' THEN 'SEQUENCE ' ELSE '' END, privilege, attname,
        CASE grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(grantee)) END, is_grantable,
        CASE WHEN t.relkind = 'S' THEN coalesce(
            (SELECT refobjid::regclass::name FROM pg_depend WHERE classid = 'pg_class'::regclass AND objid = t.oid
                AND refclassid = 'pg_class'::regclass AND deptype IN ('a', 'i')), t.relname) ELSE t.relname END
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
# Whether who asks may take the log-in from the role, and nobody has a use for it: nobody is logged in, and the platform itself does not.
_LOG_IN = """
    SELECT r.rolname IN (current_user, session_user, %(serves)s),
        (SELECT count(*) FROM pg_stat_activity WHERE usesysid = r.oid),
        me.rolsuper OR me.rolcreaterole AND (%(any)s OR pg_has_role(me.oid, r.oid, 'MEMBER WITH ADMIN OPTION'))
    FROM pg_roles r JOIN pg_roles me ON me.rolname = current_user WHERE r.rolname = %(role)s
"""
# Until then whoever may make roles may change any but a superuser.
_WITH_ADMIN_OF_EACH = 160000
HINT = "Run `manage.py migrate` as the owner of the tables, or the statement as the database's administrator (docs/operations.md)."
HINT_OF_ROLE = (
    "Have the database's administrator run that, or name another role in CONFINED_ROLE. `migrate` stops before it has changed anything,"
    " and goes on afterwards (docs/operations.md)."
)
HINT_OF_OTHERS = (
    "Nothing was taken: whose they are, says who may read them. Have them run that, or move these tables into a schema of their own"
    " (docs/operations.md)."
)
# A sequence of numbers (migration 0003) has no table that it belongs to.
_SEQUENCE, _NUMBERS = "SEQUENCE ", "number_series_"
SHOWN = 5


class Beyond(NamedTuple):
    """`to_take`: the statements that take what the role has on tables, as `migrate` runs them; `of_others`: what is not ours to take."""

    to_take: list[str]
    of_others: list[str]


def install(using: str = DEFAULT_DB_ALIAS, **signal: Any) -> None:
    """After every migrate. What another owns, or has granted, PostgreSQL leaves with a warning or refuses; the check names it then.

    What was taken is told (`rights.tell_taken`). Where a newer release has migrated, policies that are there stay.
    """
    if connections[using].vendor != "postgresql" or not settings.CONFINED_ROLE:
        return
    with connections[using].cursor() as cursor:
        statements = beyond_on_tables(cursor).to_take
        if (why := of_the_role(cursor)) and is_log_in_to_take(cursor, why):
            statements += why
        for statement in statements:
            with suppress(DatabaseError), transaction.atomic(using=using):
                cursor.execute(statement)
        left = {*beyond_on_tables(cursor).to_take, *of_the_role(cursor)}
        rights.tell_taken([each for each in statements if each not in left], **signal)
        for table in () if look(connections[using]).newer else unheld(cursor):
            with suppress(DatabaseError), transaction.atomic(using=using):
                confinement.open_to_its_owner(cursor, table)


def beyond_on_tables(cursor: Any) -> Beyond:
    """What it has on tables beyond what is said of them.

    Where a newer release has migrated, neither what may be read (it may have opened more) nor tables that this code does not know.
    """
    is_newer = bool(look(connections[cursor.db.alias]).newer)
    cursor.execute(_GIVEN, [settings.CONFINED_ROLE])
    to_take: dict[str, None] = {}  # in their order, none twice
    of_others: dict[str, None] = {}
    for table, kind, right, column, whose, passes_on, of_table in cursor.fetchall():
        name, is_everybodys = _quoted(table), whose == "PUBLIC"
        is_ours = of_table in our_tables() or (kind == _SEQUENCE and table.startswith(_NUMBERS))
        if is_newer and not is_ours:
            continue
        if right == "SELECT" and (_may_read(table, column) or (is_newer and not is_everybodys)):
            statement = f"REVOKE GRANT OPTION FOR {right} ON {kind}{name} FROM {whose}" if passes_on and not is_everybodys else ""
        else:
            statement = f"REVOKE {right}{f' ({_quoted(column)})' if column else ''} ON {kind}{name} FROM {whose}"
        if statement:
            (of_others if is_everybodys and not is_ours else to_take)[statement] = None
    cursor.execute(_MAKES, [settings.CONFINED_ROLE])
    to_take |= {f"REVOKE CREATE ON SCHEMA {schema} FROM PUBLIC, {role}": None for schema, role in cursor.fetchall()}
    return Beyond([*to_take], [*of_others])


def _may_read(table: str, column: str | None) -> bool:
    """Whether the whole table (no column), or the column, is for it to read."""
    if table not in confinement.named():
        return False
    columns = confinement.columns_of(table)
    return not columns or column in columns


def unheld(cursor: Any) -> list[str]:
    """The tables of somebody's rows, of those that are there, on which no policy holds the role to the caller's own.

    Where a newer release has migrated, any policy of that name does: it may ask in another way whose a row is.
    """
    cursor.execute(_HELD, [settings.CONFINED_ROLE])
    held = dict(cursor.fetchall())
    there = set(connections[cursor.db.alias].introspection.table_names(cursor))
    if look(connections[cursor.db.alias]).newer:
        return sorted((there & confinement.owners().keys()) - held.keys())
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
    statements = [_altered(*attributes)] if attributes else []
    statements += [f"REVOKE {_quoted(each)} FROM {role}" for each in memberships]
    statements += [f"REASSIGN OWNED BY {role} TO the owner of the tables (it owns {', '.join(owned)})"] if owned else []
    return statements


def _altered(*attributes: str) -> str:
    return f"ALTER ROLE {_quoted(settings.CONFINED_ROLE)} {' '.join(attributes)}"


def is_log_in_to_take(cursor: Any, of_role: list[str]) -> bool:
    """Whether the only thing beyond is that the role may log in, nobody does, and who asks may take that from it."""
    is_platforms, sessions, may = _log_in(cursor)
    return of_role == [_altered("NOLOGIN")] and may and not is_platforms and not sessions


def _log_in(cursor: Any) -> tuple[bool, int, bool]:
    """Whether the platform logs in as the role itself, how many are logged in as it, and whether who asks may take that from it."""
    any_role = cursor.connection.info.server_version < _WITH_ADMIN_OF_EACH
    cursor.execute(_LOG_IN, {"role": settings.CONFINED_ROLE, "serves": rights.application()[0], "any": any_role})
    is_platforms, sessions, may = cursor.fetchone()
    return bool(is_platforms), int(sessions), bool(may)


@register(Tags.database)
def confined_has_more(app_configs: Sequence[Any] | None, databases: Sequence[str] | None, **_options: Any) -> list[CheckMessage]:
    """`check --database default`: an error for each kind of right of the confined role that it must not have.

    On tables, and for a log-in that nobody has a use for, a warning where the process may take it: `migrate` asks this check first, and
    puts it right when it is done. A warning too for what everybody may do with tables that are not ours.
    """
    if not settings.CONFINED_ROLE:
        return []
    return [each for using in databases or () if connections[using].vendor == "postgresql" for each in _found(using)]


def _found(using: str) -> list[CheckMessage]:
    with connections[using].cursor() as cursor:
        of_role, (on_tables, of_others) = of_the_role(cursor), beyond_on_tables(cursor)
        said_of_role = _said_of_role(cursor, of_role)
        cursor.execute(_OWNED_BY_ANOTHER)
        is_owner = cursor.fetchone() is None
        on_tables += [f"the policy own_rows of {table} is away" for table in unheld(cursor)]
    found: list[CheckMessage] = []
    beyond = f"{settings.CONFINED_ROLE}, as which policyholders' reads are made, can do more than read what is theirs"
    if said_of_role is not None:
        found.append(said_of_role)
    if on_tables:
        said = f"{beyond}: {len(on_tables)} differ, such as: {on_tables[0]}."
        found.append(Warning(said, hint=HINT, id="vanguard.W010") if is_owner else Error(said, hint=HINT, id="vanguard.E007"))
    if of_others:
        said = f"Everybody, so {settings.CONFINED_ROLE} too, has rights on what is not the platform's. To take them: {_some(of_others)}."
        found.append(Warning(said, hint=HINT_OF_OTHERS, id="vanguard.W012"))
    return found


def _said_of_role(cursor: Any, of_role: list[str]) -> CheckMessage | None:
    """What is to be done about the role itself: a warning where `migrate` does it, else an error. None where nothing is."""
    if not of_role:
        return None
    role = settings.CONFINED_ROLE
    is_platforms, sessions, _ = _log_in(cursor)
    if is_platforms:
        what = f"CONFINED_ROLE names {role}, as which the platform itself logs in: policyholders' reads would be held by nothing."
        return Error(what, hint="Name a role that is for this alone, or leave the variable at its default.", id="vanguard.E007")
    beyond = f"{role}, as which policyholders' reads are made, can do more than read what is theirs."
    if is_log_in_to_take(cursor, of_role):
        return Warning(f"{beyond} It can log in; `migrate` takes that: {of_role[0]}.", hint=HINT, id="vanguard.W010")
    in_use = f" {sessions} are logged in as it now: find out first whose it is." if sessions else ""
    return Error(f"{beyond} To be run: {'; '.join(of_role)}.{in_use}", hint=HINT_OF_ROLE, id="vanguard.E007")


def _some(statements: list[str]) -> str:
    """The first few; how many more there are."""
    more = len(statements) - SHOWN
    return "; ".join(statements[:SHOWN]) + (f"; and {more} more" if more > 0 else "")


def _quoted(name: str) -> str:
    return connections[DEFAULT_DB_ALIAS].ops.quote_name(name)
