"""What `/api/auth/me` tells about a user. Rooms that the platform does not know add their own part at start."""

from collections.abc import Callable
from typing import Any

from vanguard.accounts.models import User
from vanguard.accounts.permissions import role_names

_parts: dict[str, Callable[[User], Any]] = {}


def add_part(name: str, part: Callable[[User], Any]) -> None:
    """Let `part` fill the profile's field `name`; called from an app's ready()."""
    _parts[name] = part


def profile_of(user: User) -> dict[str, Any]:
    return {
        "id": user.pk,
        "email": user.email,
        "firstName": user.first_name,
        "lastName": user.last_name,
        "roles": role_names(user),
        "permissions": sorted(user.get_all_permissions()),
        **{name: part(user) for name, part in _parts.items()},
    }
