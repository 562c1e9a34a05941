"""Every change of a row is written down by the database itself, in the transaction of the change: by whichever way it came.

Which tables, and what of them stands in the clear, follows from the models: a new one is recorded without being named anywhere.
Personal data never gets into the trail, which cannot be corrected later: encrypted columns, names, addresses, free text, passwords and
digests are told as changed, and not as what. Decision 0107 has the reasons.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from auditlog.registry import auditlog
from django.apps import apps
from django.db import DEFAULT_DB_ALIAS, connections, models, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from vanguard.encryption.fields import EncryptedDateField, EncryptedTextField
from vanguard.recording import postgresql, sqlite
from vanguard.releases import look

HIDDEN = "••••"
# What comes and goes with requests, is made by migrations, or is a trail of its own kind.
PASSED_OVER = frozenset(
    {
        "accounts.FailedLogIns",
        "accounts.ResetRequests",
        "auth.Permission",
        "contenttypes.ContentType",
        "jobs.JobRuns",
        "mail.Letter",
        "sessions.Session",
        "vanguard.IdempotencyKey",
        "vanguard.NumberSeries",
        "webhooks.Cursor",
        "webhooks.Delivery",
        "webhooks.Event",
        "webhooks.Health",
    }
)
APPS_PASSED_OVER = frozenset({"admin", "axes", "trail"})
# auditlog's entries repeat what the triggers see; but for looking (3), which changes no row.
INSERTS = {"auditlog.LogEntry": "NEW.action = 3"}
PERSONAL = frozenset({"email", "first_name", "last_name", "payee", "asked_of", "policy_told", "password", "actor_email"})


@dataclass(frozen=True, slots=True)
class Recorded:
    """A table that is recorded: its primary key, its columns, and which of them are hidden."""

    label: str
    table: str
    key: str
    columns: tuple[str, ...]
    hidden: tuple[str, ...]

    def triggers(self, vendor: str) -> dict[str, str]:
        """By name, what makes each."""
        masks, inserts = dict.fromkeys(self.hidden, HIDDEN), INSERTS.get(self.label, "")
        if vendor == "postgresql":
            return postgresql.triggers(self.table, self.key, masks, inserts)
        return sqlite.triggers(self.table, self.key, self.columns, masks, inserts)


@cache
def recorded() -> dict[str, Recorded]:
    """By table, all that are recorded."""
    return {model._meta.db_table: _of(model) for model in apps.get_models(include_auto_created=True) if _is_recorded(model)}


def _is_recorded(model: type[models.Model]) -> bool:
    meta = model._meta
    return meta.managed and not meta.proxy and meta.label not in PASSED_OVER and meta.app_label not in APPS_PASSED_OVER


def _of(model: type[models.Model]) -> Recorded:
    fields = model._meta.concrete_fields
    hidden = tuple(str(field.column) for field in fields if _is_hidden(model, field))
    return Recorded(model._meta.label, model._meta.db_table, str(model._meta.pk.column), tuple(str(f.column) for f in fields), hidden)


def _is_hidden(model: type[models.Model], field: Any) -> bool:
    """Encrypted, free text, a digest, a file and its name, personal by its own name, or left out of auditlog's entries as text."""
    if isinstance(field, EncryptedTextField | EncryptedDateField | models.TextField | models.BinaryField | models.FileField):
        return True
    if field.primary_key or field.choices or field.is_relation:
        return False
    name = field.name
    if name in PERSONAL or name.endswith(("digest", "_hash")) or name in _masked(model):
        return True
    if model._meta.label == "auditlog.LogEntry":
        return isinstance(field, models.JSONField)
    return name == "name" and any(isinstance(other, models.FileField) for other in model._meta.concrete_fields)


def _masked(model: type[models.Model]) -> set[str]:
    if not auditlog.contains(model):
        return set()
    told = auditlog.get_model_fields(model)
    texts = {field.name for field in model._meta.concrete_fields if isinstance(field, models.CharField | models.JSONField)}
    # Where only some fields are told of, text among the others is there for few eyes.
    unsaid = texts.difference(told["include_fields"]) if told["include_fields"] else set()
    return {*told["mask_fields"]} | unsaid


def is_there(connection: BaseDatabaseWrapper) -> bool:
    """Whether the trail's tables are."""
    return "audit_record" in connection.introspection.table_names()


def missing(using: str = DEFAULT_DB_ALIAS) -> list[tuple[str, str]]:
    """Table and name of each trigger that should be at work and is not."""
    at_work = {(table, name) for table, name, _ in _at_work(connections[using])}
    vendor = connections[using].vendor
    return [(table, name) for table, each in recorded().items() for name in each.triggers(vendor) if (table, name) not in at_work]


def _at_work(connection: BaseDatabaseWrapper) -> Iterator[tuple[str, str, str]]:
    with connection.cursor() as cursor:
        cursor.execute(postgresql.AT_WORK if connection.vendor == "postgresql" else sqlite.AT_WORK)
        yield from cursor.fetchall()


def install(using: str = DEFAULT_DB_ALIAS, **_signal: Any) -> None:
    """Has every table recorded from now on. Called after every migrate; writers wait only for triggers that are new.

    Where a newer release has migrated, triggers that are there stay as it made them: they may hide a column that this code does not know.
    """
    connection = connections[using]
    if not is_there(connection):
        return
    there, is_newer = set(connection.introspection.table_names()), bool(look(connection).newer)
    at_work = {(table, name): made for table, name, made in _at_work(connection)}
    for table in sorted(there.intersection(recorded())):
        wanted = recorded()[table].triggers(connection.vendor)
        if is_newer:
            wanted = {name: statement for name, statement in wanted.items() if (table, name) not in at_work}
        _install(connection, table, wanted, at_work)


def _install(connection: BaseDatabaseWrapper, table: str, wanted: dict[str, str], at_work: dict[tuple[str, str], str]) -> None:
    if all(_is_as_wanted(connection, statement, at_work.get((table, name))) for name, statement in wanted.items()):
        return
    with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
        for name, statement in wanted.items():
            if connection.vendor == "sqlite":
                cursor.execute(f"DROP TRIGGER IF EXISTS {name}")
            cursor.execute(statement)


def _is_as_wanted(connection: BaseDatabaseWrapper, statement: str, made: str | None) -> bool:
    if made is None:
        return False
    # SQLite keeps the statement; PostgreSQL the arguments, in which everything is that can be different.
    return made.strip() == statement.strip() if connection.vendor == "sqlite" else _arguments(statement) in made


def _arguments(statement: str) -> str:
    """As PostgreSQL shows them: each followed by a zero byte, backslashes doubled."""
    key, hidden = statement.rsplit("('", 1)[1].removesuffix("')").split("', '", 1)
    return f"{key}\\000{hidden}\\000".replace("\\u", "\\\\u")


def make_way(plan: list[Any], using: str = DEFAULT_DB_ALIAS, **_signal: Any) -> None:
    """Before a migration changes something: on SQLite a column that a trigger names can be neither renamed nor dropped."""
    connection = connections[using]
    if connection.vendor != "sqlite" or not plan:
        return
    with transaction.atomic(using=using), connection.cursor() as cursor:
        for _, name, _ in list(_at_work(connection)):
            cursor.execute(f"DROP TRIGGER {name}")


def stop(connection: BaseDatabaseWrapper) -> None:
    """Nothing is recorded any more. On PostgreSQL the triggers go with their function."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            for _, name, _ in list(_at_work(connection)):
                cursor.execute(f"DROP TRIGGER {name}")
