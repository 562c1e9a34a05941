"""The second net beneath the API's reads: to whoever may see only the own, PostgreSQL itself shows nothing else.

Should a filter of ours ever be wrong, or missing, no foreign row comes out (decision 0108). Such a caller's reads are made as a role
of PostgreSQL that can read few tables, and of those only the rows that belong to the caller. Rooms say which tables those are, and by
which column a row belongs to somebody; a table that nobody names cannot be read at all. Staff's reads, every write, and SQLite know
nothing of it. Writes have a net of their own (vanguard.own_writes).
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.core.exceptions import ImproperlyConfigured
from django.db import DEFAULT_DB_ALIAS, ProgrammingError, connections, models, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations import AlterField, DeleteModel, Migration, RemoveField

from vanguard.accounts.models import User
from vanguard.context import confined_to
from vanguard.releases import look

SAFE = frozenset({"GET", "HEAD"})
# In one statement: which role asks from now on, and for whom.
FREE = ("none", "")
ACT = "SELECT set_config('role', {}, {local}), set_config('vanguard.own', {}, {local})"

_MINE = "(SELECT nullif(current_setting('vanguard.own', true), '')::uuid)"
_OWN, _ALL = "own_rows", "all_rows"
# The column that says whose a row is, and the model that it leads to.
_owners: dict[str, tuple[str, str]] = {}
_shared: dict[str, tuple[str, ...]] = {}


def owned(model: type[models.Model], by: str) -> None:
    """The model's rows belong to who owns what `by` leads to: a user (or is one), or a model of which this was said as well."""
    field: Any = model._meta.get_field(by)
    _owners[model._meta.db_table] = (str(field.column), str((field.related_model or model)._meta.db_table))


def shared(model: type[models.Model], *fields: str) -> None:
    """The model's rows are nobody's own, and everybody may read them: of these fields, or of all."""
    _shared[model._meta.db_table] = tuple(str(model._meta.get_field(name).column) for name in fields)  # type: ignore[union-attr]


def named() -> frozenset[str]:
    """The tables that a confined caller can read."""
    return frozenset(_owners.keys() | _shared.keys())


def owners() -> dict[str, tuple[str, str]]:
    """By table whose rows are somebody's: the column that says whose, and the table that it leads to."""
    return _owners


def columns_of(table: str) -> tuple[str, ...]:
    """Those that a confined caller may read of a table that is nobody's own; empty: all."""
    return _shared.get(table, ())


def settle(user: User, method: str) -> None:
    """For the rest of this request: who is calling, and by which method."""
    confined_to.set(str(user.pk) if settings.CONFINED_ROLE and method in SAFE and sees_only_own(user) else "")


def sees_only_own(user: User) -> bool:
    """Whether sight and writes end at the own. One permission to view makes somebody one of the house, whose sight is a matter of roles."""
    return not (user.is_superuser or any(".view_" in name for name in user.get_all_permissions()))


def acting() -> tuple[str, str]:
    """As which role, and for whom, this request reads."""
    own = confined_to.get()
    return (settings.CONFINED_ROLE, own) if own else FREE


@contextmanager
def reads_of_the_caller() -> Iterator[None]:
    """The ORM's reads inside are confined as the request is. Nothing can be written then."""
    connection = connections[DEFAULT_DB_ALIAS]
    if not confined_to.get() or connection.vendor != "postgresql":
        yield
        return
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(ACT.format("%s", "%s", local="true"), acting())
        yield
        # Inside somebody else's transaction what was set would stay; after an error the rollback takes it back.
        cursor.execute(ACT.format("%s", "%s", local="true"), FREE)


@contextmanager
def unconfined() -> Iterator[None]:
    """For a service that a read calls, and that writes down that it was read: it goes by its own rules."""
    token = confined_to.set("")
    try:
        yield
    finally:
        confined_to.reset(token)


# -- In the database
def install(using: str = DEFAULT_DB_ALIAS, **_signal: Any) -> None:
    """Makes the role, and says of each table what it may see. Called after every migrate; changes only what is different.

    What it may see beyond that is taken by `confined_rights.install`, which follows. Where a newer release has migrated, what the role can
    read stays, and by which policy: only what it cannot read at all is opened.

    Raises ImproperlyConfigured where the database's user may not make the role and is no member of it.
    """
    connection = connections[using]
    if connection.vendor != "postgresql" or not settings.CONFINED_ROLE:
        return
    there = set(connection.introspection.table_names())
    with connection.cursor() as cursor:
        _make_role(cursor)
        present, is_newer = _present(cursor), bool(look(connection).newer)
        for table in sorted(there & named()):
            if present.get(table) == _said(table):
                continue
            # Each by itself: a table's lock is not held while the next one's is waited for.
            with transaction.atomic(using=using):
                if not is_newer or table not in present:
                    open_to_its_owner(cursor, table)
                elif table in _shared:
                    _let_read(cursor, table)


def make_way(plan: list[tuple[Migration, bool]], using: str = DEFAULT_DB_ALIAS, **_signal: Any) -> None:
    """Before migrations: a column that a policy names can be neither dropped nor changed. Until `install` the role cannot read at all."""
    connection = connections[using]
    if connection.vendor != "postgresql" or not settings.CONFINED_ROLE:
        return
    if not any(backwards or _touches(migration) for migration, backwards in plan):
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT FROM pg_roles WHERE rolname = %s", [settings.CONFINED_ROLE])
        if cursor.fetchone() is None:
            return
        for table in sorted(_present(cursor).keys() & _owners.keys()):
            with transaction.atomic(using=using):
                cursor.execute(f"REVOKE ALL ON {_quoted(connection, table)} FROM {_role()}")
                cursor.execute(f"DROP POLICY IF EXISTS {_OWN} ON {_quoted(connection, table)}")


def _touches(migration: Migration) -> bool:
    """Whether it changes a column that says whose a row is, or takes a table away that has one."""
    for each in migration.operations:
        model = getattr(each, "model_name", getattr(each, "name", ""))
        table = f"{migration.app_label}_{model}".lower()
        if table in _owners and isinstance(each, DeleteModel):
            return True
        if table in _owners and isinstance(each, AlterField | RemoveField):
            return _owners[table][0] in (each.name, f"{each.name}_id", "id")
    return False


def _make_role(cursor: Any) -> None:
    try:
        with transaction.atomic(using=cursor.db.alias):
            cursor.execute(_MAKE_ROLE.format(role=_role(), name=settings.CONFINED_ROLE.replace("'", "''"), **_membership(cursor)))
    except ProgrammingError as refused:
        raise ImproperlyConfigured(
            f"The database's user may not make the role {settings.CONFINED_ROLE}, as which policyholders' reads are made. Have the "
            f"database's administrator run: CREATE ROLE {_role()} NOLOGIN; GRANT {_role()} TO "
            f"{cursor.db.settings_dict['USER'] or 'the user'}; or set CONFINED_ROLE to nothing, to do without (docs/security.md)."
        ) from refused


# Roles are the whole server's: another database may be making it at this moment.
_MAKE_ROLE = """
    DO $$ BEGIN
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{name}') THEN
            BEGIN CREATE ROLE {role} NOLOGIN; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END;
        END IF;
        IF NOT pg_has_role(current_user, '{name}', '{right}') THEN EXECUTE format('GRANT {role} TO %I {options}', current_user); END IF;
        EXECUTE format('GRANT USAGE ON SCHEMA %I TO {role}', current_schema());
    END $$
"""
_PRESENT = """
    SELECT t.relname, CASE WHEN t.relrowsecurity THEN
            obj_description((SELECT p.oid FROM pg_policy p WHERE p.polrelid = t.oid AND p.polname = %s), 'pg_policy')
        ELSE array_to_string(ARRAY(
            SELECT a.attname FROM pg_attribute a WHERE a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped
                AND has_column_privilege(%s, t.oid, a.attnum, 'SELECT') ORDER BY a.attname
        ), ', ') END
    FROM pg_class t JOIN pg_namespace n ON n.oid = t.relnamespace
    WHERE n.nspname = current_schema() AND t.relkind IN ('r', 'p') AND has_any_column_privilege(%s, t.oid, 'SELECT')
"""


def _membership(cursor: Any) -> dict[str, str]:
    """The right to become the role, and how it is given: since 16 apart from having its privileges, which would bring its policies too."""
    if cursor.connection.info.server_version >= 160000:
        return {"right": "SET", "options": "WITH INHERIT FALSE, SET TRUE"}
    return {"right": "MEMBER", "options": ""}


def _present(cursor: Any) -> dict[str, str]:
    """The tables that the role can read now, and what their policy says of itself; without one, the columns."""
    cursor.execute(_PRESENT, [_OWN, settings.CONFINED_ROLE, settings.CONFINED_ROLE])
    return {table: said or "" for table, said in cursor.fetchall()}


def open_to_its_owner(cursor: Any, table: str) -> None:
    """The role's rights on a table, and its policies, anew."""
    name, condition = _quoted(cursor.db, table), _condition(table)
    cursor.execute(f"REVOKE ALL ON {name} FROM {_role()}")
    _let_read(cursor, table)
    if not condition:
        return
    for policy in (_OWN, _ALL):
        cursor.execute(f"DROP POLICY IF EXISTS {policy} ON {name}")
    # The first lets everybody through as before, whoever owns the table; the second holds the one role back.
    cursor.execute(f"CREATE POLICY {_ALL} ON {name} USING (true) WITH CHECK (true)")
    cursor.execute(f"CREATE POLICY {_OWN} ON {name} AS RESTRICTIVE FOR SELECT TO {_role()} USING ({condition})")
    cursor.execute(f"COMMENT ON POLICY {_OWN} ON {name} IS %s", [condition])
    cursor.execute(f"ALTER TABLE {name} ENABLE ROW LEVEL SECURITY")


def _let_read(cursor: Any, table: str) -> None:
    columns = ", ".join(_quoted(cursor.db, column) for column in columns_of(table))
    cursor.execute(f"GRANT SELECT {f'({columns})' if columns else ''} ON {_quoted(cursor.db, table)} TO {_role()}")


def _condition(table: str) -> str:
    """Whose a row is; what it belongs to is itself seen by its owner only, so one step is said here. Empty for what is shared."""
    if table not in _owners:
        return ""
    column, owner = _owners[table]
    if owner == User._meta.db_table:
        return f"{column} = {_MINE}"
    return f"EXISTS (SELECT FROM {owner} owner WHERE owner.id = {table}.{column})"  # names of ours


def _said(table: str) -> str:
    """What `_present` gives for a table that is as it should be."""
    if condition := _condition(table):
        return condition
    model = next(each for each in apps.get_models(include_auto_created=True) if each._meta.db_table == table)
    columns = _shared[table] or tuple(str(field.column) for field in model._meta.concrete_fields)
    return ", ".join(sorted(columns))


def _role() -> str:
    return _quoted(connections[DEFAULT_DB_ALIAS], settings.CONFINED_ROLE)


def _quoted(connection: BaseDatabaseWrapper, name: str) -> str:
    return connection.ops.quote_name(name)


@register(Tags.database)
def confined_all_the_time(app_configs: Sequence[Any] | None, databases: Sequence[str] | None, **_options: Any) -> list[CheckMessage]:
    """`check --database default`: an error where staff would see nothing, because the database's user has the role's rights always."""
    if not any(is_inherited(using) for using in databases or ()):
        return []
    what = f"The database's user inherits the role {settings.CONFINED_ROLE}, whose row-level security then holds for all reads."
    return [Error(what, hint="ALTER ROLE … NOINHERIT, or GRANT … WITH INHERIT FALSE, SET TRUE (docs/audit.md).", id="vanguard.E005")]


def is_inherited(using: str = DEFAULT_DB_ALIAS) -> bool:
    """Whether the database's user, who owns no tables, has the role's privileges all the time: then its policies hold for every read."""
    connection = connections[using]
    if connection.vendor != "postgresql" or not settings.CONFINED_ROLE:
        return False
    with connection.cursor() as cursor:
        cursor.execute(_INHERITED, [settings.CONFINED_ROLE, sorted(_owners)])
        return cursor.fetchone() is not None


_INHERITED = """
    SELECT FROM pg_roles me JOIN pg_roles confined ON confined.rolname = %s
    WHERE me.rolname = current_user AND NOT me.rolsuper AND NOT me.rolbypassrls AND pg_has_role(me.oid, confined.oid, 'USAGE')
        AND EXISTS (SELECT FROM pg_class t WHERE t.relname = ANY(%s) AND t.relrowsecurity AND NOT pg_has_role(me.oid, t.relowner, 'USAGE'))
"""


def unnamed() -> list[str]:
    """The tables of all models that a confined caller cannot read."""
    return sorted(model._meta.db_table for model in apps.get_models(include_auto_created=True) if model._meta.db_table not in named())
