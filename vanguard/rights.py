"""What the role as which the platform serves may do in PostgreSQL: rows of the trade, and nothing that would switch a safeguard off.

Two roles, then. The one that owns the tables migrates; whoever owns them can take triggers away, and with them the trail, four eyes and
the ledgers. The other one serves, and owns nothing. A process that works as the owner and is told of the other one's address
(APPLICATION_DATABASE_URL) gives it its rights after each migration, and `manage.py grant_application_role` by hand. Decision 0195.
"""

import logging
from collections.abc import Sequence
from typing import Any
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.core.exceptions import ImproperlyConfigured
from django.db import DEFAULT_DB_ALIAS, InternalError, ProgrammingError, connections, transaction

from vanguard.releases import our_tables

logger = logging.getLogger(__name__)
ALL = frozenset({"SELECT", "INSERT", "UPDATE", "DELETE"})
# The trail is written by its triggers, which work as their owner, and grows at its end when it is sealed. What migrated, the owner says.
LESS = {
    "audit_record": frozenset({"SELECT"}),
    "django_migrations": frozenset({"SELECT"}),
    **dict.fromkeys(("audit_link", "audit_head", "audit_key", "auditlog_logentry"), frozenset({"SELECT", "INSERT"})),
}
_ROLE = """
    SELECT rolcanlogin, rolinherit, has_schema_privilege(r.oid, current_schema()::regnamespace, 'USAGE'),
        has_schema_privilege(r.oid, current_schema()::regnamespace, 'CREATE'),
        has_database_privilege(r.oid, current_database(), 'CREATE')
    FROM pg_roles r WHERE rolname = %s
"""
# What no rights can hold back, in words: an attribute, or what is its own, or another's whom it may become. Who owns a function of a
# trigger puts another one into its place; who owns the schema may drop what is in it.
_UNBOUND = """
    SELECT CASE WHEN rolsuper THEN ARRAY['is a superuser'] ELSE array_remove(ARRAY[
            CASE WHEN rolcreaterole THEN 'may make roles' END,
            CASE WHEN rolbypassrls THEN 'is not held by row-level security' END,
            CASE WHEN rolreplication THEN 'may copy the whole server' END,
            (SELECT 'owns the schema ' || nspname FROM pg_namespace
                WHERE nspname = current_schema() AND pg_has_role(r.oid, nspowner, 'MEMBER')),
            (SELECT 'owns ' || min(relname) FROM pg_class t
                WHERE t.relnamespace = current_schema()::regnamespace AND pg_has_role(r.oid, t.relowner, 'MEMBER')),
            (SELECT 'owns the function ' || min(proname) FROM pg_proc f
                WHERE f.pronamespace = current_schema()::regnamespace AND pg_has_role(r.oid, f.proowner, 'MEMBER'))
        ], NULL) END,
        rolsuper OR NOT EXISTS (
            SELECT FROM pg_class t WHERE t.relnamespace = current_schema()::regnamespace AND t.relname = ANY(%s)
                AND NOT pg_has_role(r.oid, t.relowner, 'MEMBER'))
    FROM pg_roles r WHERE rolname = %s
"""
# What was given to the role, of the whole table and of it or any column, and what to everybody. Sequences are not among them: keys are
# identities, numbers are drawn by a function.
_GIVEN = """
    SELECT t.relname, coalesce(array_agg(DISTINCT privilege) FILTER (WHERE grantee = role.id AND is_whole), '{}'),
        coalesce(array_agg(DISTINCT privilege) FILTER (WHERE grantee = role.id), '{}'),
        coalesce(array_agg(DISTINCT privilege) FILTER (WHERE grantee = 0), '{}'),
        coalesce(bool_or(grantee = role.id AND passes_on), false)
    FROM (SELECT (SELECT oid FROM pg_roles WHERE rolname = %s) AS id) role CROSS JOIN pg_class t LEFT JOIN LATERAL (
        SELECT grantee, privilege_type::text AS privilege, true AS is_whole, is_grantable AS passes_on FROM aclexplode(t.relacl)
        UNION ALL
        SELECT grantee, privilege_type::text, false, is_grantable FROM pg_attribute a CROSS JOIN aclexplode(a.attacl)
        WHERE a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped
    ) given ON true
    WHERE t.relnamespace = current_schema()::regnamespace AND t.relkind IN ('r', 'p')
    GROUP BY t.relname ORDER BY t.relname
"""
# Roles that the role (or the confined one, which it may become) belongs to, and that may do, or become who may do, what it must not.
_BEYOND = """
    SELECT member.rolname, parent.rolname FROM pg_auth_members m
    JOIN pg_roles member ON member.oid = m.member JOIN pg_roles parent ON parent.oid = m.roleid
    WHERE member.rolname IN (%(role)s, %(confined)s) AND parent.rolname <> %(confined)s AND EXISTS (
        SELECT FROM pg_roles through WHERE pg_has_role(parent.oid, through.oid, 'MEMBER') AND (
            through.rolsuper OR through.rolbypassrls OR through.rolcreaterole OR through.rolreplication
            OR through.rolname = ANY(%(machine)s) OR EXISTS (
                SELECT FROM unnest(%(tables)s::text[], %(rights)s::text[]) AS kept (name, privilege)
                JOIN pg_class t ON t.relname = kept.name AND t.relnamespace = current_schema()::regnamespace
                WHERE has_table_privilege(through.oid, t.oid, kept.privilege)
                    OR kept.privilege IN ('INSERT', 'UPDATE') AND has_any_column_privilege(through.oid, t.oid, kept.privilege)
            )
        )
    ) ORDER BY 1, 2
"""
# Parameters of superusers (session_replication_role switches triggers off) that were given to it, to everybody, or to whom it may become.
_PARAMETERS = """
    SELECT parname, privilege_type, CASE grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(grantee)) END
    FROM pg_parameter_acl CROSS JOIN aclexplode(paracl)
    WHERE (grantee = 0 OR pg_has_role(%s::name, grantee, 'MEMBER')) AND (parname = ANY(%s) OR privilege_type = 'ALTER SYSTEM')
    ORDER BY 1, 2, 3
"""
_SWITCHES = ["session_replication_role"]
_WITH_RIGHTS_ON_PARAMETERS = 150000
# Who is of these works with the server's files and programs, beside everything that a database holds.
_MACHINE = ["pg_execute_server_program", "pg_read_server_files", "pg_write_server_files"]
_WRITES = ALL - {"SELECT"} | {"TRUNCATE", "TRIGGER"}
_OWNER = "SELECT pg_get_userbyid(nspowner) FROM pg_namespace WHERE nspname = current_schema()"
_MAY_BECOME = "SELECT pg_has_role(r.oid, c.oid, %s) FROM pg_roles r CROSS JOIN pg_roles c WHERE r.rolname = %s AND c.rolname = %s"
_WITH_INHERIT_OF_ITS_OWN = 160000
BOTH = "APPLICATION_DATABASE_URL is set, and DATABASE_URL names another user: what serves like this serves as the owner of the tables."
BOTH_HINT = "Start what serves with the address of APPLICATION_DATABASE_URL as its DATABASE_URL, and without that variable."
UNBOUND_HINT = "Have the database's administrator take it: ALTER ROLE … NOBYPASSRLS NOREPLICATION NOCREATEROLE, ALTER … OWNER TO the owner."


def application() -> tuple[str, str]:
    """User and password in APPLICATION_DATABASE_URL; both empty where there is none. Raises ImproperlyConfigured for one without a user."""
    if not settings.APPLICATION_DATABASE_URL:
        return "", ""
    url = urlsplit(settings.APPLICATION_DATABASE_URL)
    if url.scheme not in ("postgres", "postgresql") or not url.username:
        raise ImproperlyConfigured("APPLICATION_DATABASE_URL must name PostgreSQL and a user: postgres://user:password@host:5432/name.")
    return unquote(url.username), unquote(url.password or "")


def install(using: str = DEFAULT_DB_ALIAS, **signal: Any) -> None:
    """After every migrate: the role that serves has its rights on what is new. What is taken is told (`tell_taken`).

    Raises ImproperlyConfigured where they cannot be given.
    """
    role, password = application()
    if role and connections[using].vendor == "postgresql":
        tell_taken([each for each in give(role, password, using=using) if each.startswith("REVOKE")], **signal)


def tell_taken(statements: list[str], *, verbosity: int = 0, stdout: Any = None, **_signal: Any) -> None:
    """What `migrate` took from a role or from everybody: in the log, and to whoever sits at it. `_signal`: what Django sends after it."""
    for statement in statements:
        logger.warning("rights_taken", extra={"statement": statement})
        if stdout is not None and verbosity > 0:
            stdout.write(f"  Took what somebody else had given: {statement}")


def give(role: str, password: str = "", *, anew: bool = False, using: str = DEFAULT_DB_ALIAS) -> list[str]:
    """Does what `wanting` says, in one transaction. Returns what it was.

    Raises ImproperlyConfigured where a statement is refused, and nothing has changed then; and where PostgreSQL took one with a warning and
    did not do it, because what it is about is another's. What could be given is given then.
    """
    with transaction.atomic(using=using), connections[using].cursor() as cursor:
        missing = wanting(role, password, anew=anew, using=using)
        try:
            for statement in missing:
                cursor.execute(statement)
        except (ProgrammingError, InternalError) as refused:  # the second where it has passed a right on
            raise ImproperlyConfigured(
                f"The database's user may not give {role} its rights ({str(refused).splitlines()[0]}). Have the database's administrator"
                f" run what `manage.py grant_application_role {role} --print` prints."
            ) from refused
    _require_nothing_left(role, using)
    return missing


def _require_nothing_left(role: str, using: str) -> None:
    if not (left := wanting(role, using=using)):
        return
    with connections[using].cursor() as cursor:
        cursor.execute(_OWNER)
        [owner] = cursor.fetchone()
    raise ImproperlyConfigured(
        f"{role} has not its rights yet: PostgreSQL did not do what its owner has to do. Have the owner of what is named"
        f" (of the schema: {owner}), or the database's administrator, run: {'; '.join(left)};"
    )


def wanting(role: str, password: str = "", *, anew: bool = False, using: str = DEFAULT_DB_ALIAS) -> list[str]:
    """The statements that are still to be run, in their order. `anew`: the password too, though the role is there.

    Raises ImproperlyConfigured for a role that no rights can hold back, and says why: a superuser, one that may make roles, or that owns
    a table.
    """
    with connections[using].cursor() as cursor:
        cursor.execute(_ROLE, [role])
        known = cursor.fetchone()
        if known is None:
            made = [f"CREATE ROLE {_quoted(role)} LOGIN NOINHERIT{_with_password(cursor, role, password)}"]
            return [*made, *_around_tables(cursor, role, sees=False, makes=False), *_on_tables(cursor, role)]
        unbound, _ = _what_unbinds(cursor, role)
        if unbound:
            raise ImproperlyConfigured(f"{role} {', '.join(unbound)}: no rights would hold it back. Name another.")
        can_log_in, inherits, sees, makes, makes_schemas = known
        changed = _of_parameters(cursor, role)
        if makes_schemas:
            changed.append(f"REVOKE CREATE ON DATABASE {_quoted(cursor.connection.info.dbname)} FROM PUBLIC, {_quoted(role)}")
        if anew or not can_log_in:
            changed.append(f"ALTER ROLE {_quoted(role)} LOGIN{_with_password(cursor, role, password)}")
        if inherits:
            # It becomes the confined role now and then, and must not be held by that one's policies all the time (decision 0108).
            changed.append(f"ALTER ROLE {_quoted(role)} NOINHERIT")
        return [*changed, *_around_tables(cursor, role, sees=sees, makes=makes), *_on_tables(cursor, role)]


def _what_unbinds(cursor: Any, role: str) -> tuple[list[str], bool]:
    """Why no rights hold the role back, in words, and whether it is a superuser or owns every table."""
    cursor.execute(_UNBOUND, [sorted(our_tables()), role])
    unbound, owns_all = cursor.fetchone()
    return list(unbound), bool(owns_all)


def _of_parameters(cursor: Any, role: str) -> list[str]:
    if _version(cursor) < _WITH_RIGHTS_ON_PARAMETERS:
        return []
    cursor.execute(_PARAMETERS, [role, _SWITCHES])
    return [f"REVOKE {right} ON PARAMETER {name} FROM {whose}" for name, right, whose in cursor.fetchall()]


def _around_tables(cursor: Any, role: str, *, sees: bool, makes: bool) -> list[str]:
    """`sees`: it has the schema's use already; `makes`: it may make tables there, which it must not."""
    statements, confined, is_newer = [], settings.CONFINED_ROLE, _version(cursor) >= _WITH_INHERIT_OF_ITS_OWN
    cursor.execute("SELECT quote_ident(current_schema())")
    [schema] = cursor.fetchone()
    if makes:
        statements.append(f"REVOKE CREATE ON SCHEMA {schema} FROM PUBLIC, {_quoted(role)}")
    if not sees:
        statements.append(f"GRANT USAGE ON SCHEMA {schema} TO {_quoted(role)}")
    if confined:
        cursor.execute(_MAY_BECOME, ["SET" if is_newer else "MEMBER", role, confined])
        if not (found := cursor.fetchone()) or not found[0]:
            options = " WITH INHERIT FALSE, SET TRUE" if is_newer else ""
            statements.append(f"GRANT {_quoted(confined)} TO {_quoted(role)}{options}")
    return statements


def _on_tables(cursor: Any, role: str) -> list[str]:
    """Of our tables. What is another's is not ours to give; a newer release's is given by that one (decision 0170)."""
    cursor.execute(_GIVEN, [role])
    statements, kept = [], []
    for table, *given, passes_on in cursor.fetchall():
        if table not in our_tables():
            continue
        whole, has, everybody = map(frozenset, given)
        wants = LESS.get(table, ALL)
        for rights, whose in ((everybody - wants, "PUBLIC"), (has - wants, _quoted(role))):
            if rights:  # of the table, and with it of its columns
                statements.append(f"REVOKE {', '.join(sorted(rights))} ON {_quoted(table)} FROM {whose}")
        if passes_on:
            statements.append(f"REVOKE GRANT OPTION FOR ALL PRIVILEGES ON {_quoted(table)} FROM {_quoted(role)}")
        if wants - whole:
            statements.append(f"GRANT {', '.join(sorted(wants - whole))} ON {_quoted(table)} TO {_quoted(role)}")
        kept += [(table, right) for right in sorted(_WRITES - wants - everybody)]
    return [*_of_others(cursor, role, kept), *statements]


def _of_others(cursor: Any, role: str, kept: list[tuple[str, str]]) -> list[str]:
    """Memberships that must go: who may become another role has what that one has. `kept`: table and right that no such role may have."""
    tables, rights = [table for table, _ in kept], [right for _, right in kept]
    named = {"role": role, "confined": settings.CONFINED_ROLE, "machine": _MACHINE, "tables": tables, "rights": rights}
    cursor.execute(_BEYOND, named)
    return [f"REVOKE {_quoted(parent)} FROM {_quoted(member)}" for member, parent in cursor.fetchall()]


def _with_password(cursor: Any, role: str, password: str) -> str:
    """As a digest that only this role can log in with: a server that logs such statements (RDS) logs no password."""
    if not password:
        return ""
    digest = cursor.connection.pgconn.encrypt_password(password.encode(), role.encode(), b"scram-sha-256").decode()
    return f" PASSWORD '{digest}'"


def _quoted(name: str) -> str:
    return connections[DEFAULT_DB_ALIAS].ops.quote_name(name)


def _version(cursor: Any) -> int:
    return int(cursor.connection.info.server_version)


@register(Tags.database)
def serves_as_more_than_it_needs(app_configs: Sequence[Any] | None, databases: Sequence[str] | None, **_options: Any) -> list[CheckMessage]:
    """`check --database default`, where deployed: a warning where the tables' owner serves, an error where rights are wrong.

    A process that was given APPLICATION_DATABASE_URL beside another user's address is the owner on purpose (`serves_and_could_own`).
    """
    if not settings.DEPLOYED or holds_both():
        return []
    return [each for using in databases or () if connections[using].vendor == "postgresql" for each in _found(using)]


@register(Tags.security, deploy=True)
def serves_and_could_own(app_configs: Sequence[Any] | None, **_options: Any) -> list[CheckMessage]:
    """`check --deploy`, which is asked of what serves: a warning where it was given the owner's address too."""
    if not settings.DEPLOYED or not holds_both():
        return []
    return [Warning(BOTH, hint=BOTH_HINT, id="vanguard.W009")]


def holds_both() -> bool:
    """Whether this process works as one user of PostgreSQL and was told of another that serves: as `migrate` has to."""
    database = settings.DATABASES[DEFAULT_DB_ALIAS]
    return "postgresql" in database["ENGINE"] and application()[0] not in ("", database.get("USER"))


def tell_who_serves() -> None:
    """For what serves, when it starts: an error in the log where it does so as the owner of the tables, though there is a lesser role."""
    if settings.DEPLOYED and holds_both():
        logger.error("serves_as_owner", extra={"reason": BOTH, "hint": BOTH_HINT})


def _found(using: str) -> list[CheckMessage]:
    with connections[using].cursor() as cursor:
        cursor.execute("SELECT current_user")
        role = str(cursor.fetchone()[0])
        unbound, owns_all = _what_unbinds(cursor, role)
    if owns_all:
        what = f"The platform serves as {role}, who can switch off the audit trail and four eyes: it owns the tables, or is a superuser."
        hint = "Serve as a role that `manage.py grant_application_role` makes, and migrate as the owner (docs/operations.md)."
        return [Warning(what, hint=hint, id="vanguard.W008")]
    if unbound:
        # A lesser role to which somebody gave more: no statement of ours would take it, and nobody meant it to be the owner.
        what = f"The platform serves as {role}, whom no rights hold back: it {', '.join(unbound)}."
        return [Error(what, hint=UNBOUND_HINT, id="vanguard.E006")]
    missing = wanting(role, using=using)
    if not missing:
        return []
    what = f"The rights of {role} are not what the platform needs, and no more: {len(missing)} differ, such as: {missing[0]}."
    return [Error(what, hint="Run `manage.py grant_application_role` as the owner of the tables.", id="vanguard.E006")]
