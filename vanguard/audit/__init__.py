"""Who changed what: django-auditlog's entries, with the right actor, written in the transaction of the change.

auditlog sees `save()` and `delete()`. Our services change rows by compare-and-swap, which it does not see, so
`record_change` writes the same kind of entry for them. Personal data never gets into an entry: see `hide`.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any

from auditlog.cid import get_cid
from auditlog.models import LogEntry
from auditlog.registry import auditlog
from django.contrib.contenttypes.models import ContentType
from django.db import models

from vanguard import context
from vanguard.accounts.models import User
from vanguard.encryption.fields import EncryptedColumn, sealed_values
from vanguard.errors import StaleVersion
from vanguard.making import new
from vanguard.models import DomainModel
from vanguard.observability.redaction import scrub_text
from vanguard.plans import unit

HIDDEN = "••••"
_actor: ContextVar[User | None] = ContextVar("audit_actor", default=None)


def hide(_value: str) -> str:
    """auditlog's own mask keeps half of the value; ours keeps nothing."""
    return HIDDEN


@contextmanager
def acting_as(actor: User | None) -> Iterator[None]:
    """Audit entries written inside name `actor`; None is the platform itself."""
    token, told = _actor.set(actor), context.actor_id.set(str(actor.pk) if actor else "")
    try:
        yield
    finally:
        context.actor_id.reset(told)
        _actor.reset(token)


@contextmanager
def unit_of_work(actor: User | None) -> Iterator[None]:
    """One transaction, all or nothing, in the name of `actor`. Every service runs inside one."""
    with unit(), acting_as(actor):
        yield


def sign_entry(instance: LogEntry, **_kwargs: Any) -> None:
    """Receiver of LogEntry's pre_save: puts in who and from where. Under tokens auditlog's own middleware knows neither."""
    actor = _actor.get()
    if instance.actor_id is None and actor is not None:
        instance.actor = actor
        # A policyholder's address is personal data, which an entry would outlive; the actor itself is named by its key.
        instance.actor_email = actor.email if actor.is_staff else None
    model = ContentType.objects.get_for_id(instance.content_type_id).model_class()
    named = getattr(model, "audit_name", None)
    if named is not None and instance.object_pk:
        instance.object_repr = named(instance.object_pk)
    instance.remote_addr = instance.remote_addr or context.client_address.get() or None


def creation_of(instance: models.Model) -> LogEntry:
    """auditlog's entry of a new record, to be inserted with it where no signal tells auditlog.

    Every column that holds something is in it, in auditlog's own form, but for those that it is told to leave out.
    """
    told = [(each, getattr(instance, each.attname)) for each in _told_of_new(type(instance))]
    entry = new(
        LogEntry,
        content_type=ContentType.objects.get_for_model(instance),
        object_pk=str(instance.pk),
        object_repr=str(instance),
        action=LogEntry.Action.CREATE,
        changes={each.name: each.of(value) for each, value in told if value is not None},
        cid=get_cid(),
    )
    sign_entry(entry)
    return entry


@dataclass(frozen=True, slots=True)
class _Column:
    """A column of a new record, as its entry tells it: what it held before, and what it holds now."""

    name: str
    attname: str
    is_masked: bool
    is_encrypted: bool

    def of(self, value: Any) -> list[str]:
        if self.is_masked:
            return [HIDDEN, HIDDEN]
        if self.is_encrypted:
            return ["None", HIDDEN if value else ""]
        # As auditlog tells it: times are in UTC and do not say so.
        return ["None", str(value.astimezone(UTC).replace(tzinfo=None) if isinstance(value, datetime) else value)]


@cache
def _told_of_new(model: type[models.Model]) -> list[_Column]:
    kept = auditlog.get_model_fields(model)
    fields = [field for field in model._meta.concrete_fields if field.name not in kept["exclude_fields"]]
    return [_Column(each.name, each.attname, each.name in kept["mask_fields"], isinstance(each, EncryptedColumn)) for each in fields]


def change(instance: DomainModel, **values: Any) -> None:
    """Write `values` if nobody changed the row since it was read (compare-and-swap on its version), and audit the difference.

    `instance` is brought up to date. Raises StaleVersion when somebody was faster; the caller's transaction then rolls back.
    """
    now = instance.next_moment()
    before = {name: getattr(instance, name) for name in values}
    rows = type(instance)._base_manager.filter(pk=instance.pk, version=instance.version)
    if rows.update(**sealed_values(instance, values), version=instance.version + 1, updated_at=now) != 1:
        raise StaleVersion("Somebody else changed this record meanwhile. Nothing was saved; read it again.")
    for name, value in (values | {"version": instance.version + 1, "updated_at": now}).items():
        setattr(instance, name, value)
    record_change(instance, before)


def touch(instance: DomainModel) -> None:
    """Move `updated_at`, and nothing else: for a step in the history of a locked record that leaves it as it is."""
    instance.updated_at = instance.next_moment()
    type(instance)._base_manager.filter(pk=instance.pk).update(updated_at=instance.updated_at)


def record_change(instance: models.Model, before: Mapping[str, Any]) -> None:
    """An audit entry for the fields of `before` (name → earlier value) that are different now, but for those that its model leaves out."""
    left_out = auditlog.get_model_fields(type(instance))["exclude_fields"] if auditlog.contains(type(instance)) else ()
    after = {name: getattr(instance, name) for name in before if name not in left_out}
    changes = {name: _shown(instance, name, before[name], new) for name, new in after.items() if before[name] != new}
    if changes:
        LogEntry.objects.log_create(instance, action=LogEntry.Action.UPDATE, changes=changes)


def record_export(actor: User, model: type[models.Model], *, rows: int, asked: str) -> None:
    """One entry for a list that left the platform as a file: who took it, how many rows, and what was asked for.

    `asked` holds nothing that somebody typed (WorkbenchModelAdmin.asked_for): an entry outlives whoever was looked for. What is shaped as
    a person's data is taken out of it all the same, as from a log line.
    """
    asked = scrub_text(asked)
    name = model._meta.verbose_name if rows == 1 else model._meta.verbose_name_plural
    with acting_as(actor):
        LogEntry.objects.create(
            content_type=ContentType.objects.get_for_model(model),
            object_pk="",
            object_repr=f"Export of {rows} {name}{f': {asked}' if asked else ''}",
            action=LogEntry.Action.ACCESS,
            changes={},
            cid=get_cid(),
            additional_data={"rows": rows, "asked": asked},
        )


def _shown(instance: models.Model, name: str, old: Any, new: Any) -> list[str]:
    masked = auditlog.get_model_fields(type(instance))["mask_fields"] if auditlog.contains(type(instance)) else ()
    if name in masked or isinstance(instance._meta.get_field(name), EncryptedColumn):
        return [HIDDEN if old else "", HIDDEN if new else ""]
    return [_plain(old), _plain(new)]


def _plain(value: Any) -> str:
    if isinstance(value, models.Model):
        return str(value.pk)
    return "" if value is None else str(value)
