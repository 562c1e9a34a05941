"""Roles are Django groups with Django permissions, as settings.ROLES says, brought up to date after every migrate."""

from dataclasses import dataclass
from typing import Any

from django.apps import AppConfig, apps
from django.conf import settings
from django.contrib.auth.management import create_permissions
from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.db import connections
from django.utils.module_loading import import_string

from vanguard.errors import Invalid
from vanguard.events import consult
from vanguard.releases import look


@dataclass(frozen=True, slots=True)
class RolesSynced:
    """The groups are there and hold their permissions: whoever seeds something for a role does it now."""

    using: str


def sync_roles_after_last_app(sender: AppConfig, using: str, **_kwargs: Any) -> None:
    """Django makes each app's permissions after that app; the roles need all of them, so they wait for the last."""
    with_models = [config for config in apps.get_app_configs() if config.models_module is not None]
    if sender is with_models[-1] and _every_table_is_there(using):
        for config in with_models:
            create_permissions(config, verbosity=0, using=using)
        ContentType.objects.clear_cache()  # a flush gives the types new ids
        sync_roles(using)
        consult(RolesSynced(using))


def role_table() -> dict[str, tuple[str, ...]]:
    """Each role's permissions, as config.roles says them."""
    table: dict[str, tuple[str, ...]] = import_string(settings.ROLES)
    return table


def works_here(role: str) -> bool:
    """Whether who has the role is staff: a role without permissions is of those who see their own records only. Raises Invalid."""
    if role not in role_table():
        raise Invalid(f"There is no role {role}.", code="unknown_role", field="role")
    return bool(role_table()[role])


def _every_table_is_there(using: str) -> bool:
    """Not after a migration of one app only, forth or back: the roles are synced by the one that completes the database."""
    tables = set(connections[using].introspection.table_names())
    return all(model._meta.db_table in tables for model in apps.get_models(include_auto_created=True) if model._meta.managed)


def sync_roles(using: str = "default") -> None:
    """Each group of the table holds exactly the permissions that the table gives it. Raises KeyError for an unknown one.

    Where a newer release has migrated, at least those: what it gave besides stays.
    """
    is_newer = bool(look(connections[using]).newer)
    permissions = Permission.objects.using(using).select_related("content_type")
    known = {f"{each.content_type.app_label}.{each.codename}": each for each in permissions}
    for role, names in role_table().items():
        group, _ = Group.objects.using(using).get_or_create(name=role)
        permitted = [known[name] for name in names]
        group.permissions.add(*permitted) if is_newer else group.permissions.set(permitted)
