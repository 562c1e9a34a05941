"""Asking whether somebody may: in the services, so that every way in is covered by the same question."""

from django.db.models import Model

from vanguard.accounts.models import User
from vanguard.errors import NotAllowed


def may(actor: User | None, permission: str) -> bool:
    """True when `actor` holds `permission` ("app.codename"). None is the platform itself (imports, jobs), which may."""
    return actor is None or actor.has_perm(permission)


def require(actor: User | None, permission: str) -> None:
    """Raises NotAllowed when `actor` does not hold `permission`."""
    if not may(actor, permission):
        verb, _, noun = permission.partition(".")[2].partition("_")
        raise NotAllowed(f"Your role may not {verb} {'an' if noun[:1] in 'aeio' else 'a'} {noun.replace('_', ' ')}.")


def sees_only_own(user: User, model: type[Model]) -> bool:
    """Whether of these records `user` sees the own ones alone, as a policyholder does; False for who may view them at large."""
    return not user.has_perm(f"{model._meta.app_label}.view_{model._meta.model_name}")


def role_names(user: User) -> list[str]:
    """The roles of `user`, in order; a superuser without one is the Administrator."""
    names = sorted(group.name for group in user.groups.all())
    return names or (["Administrator"] if user.is_superuser else [])
