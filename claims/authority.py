"""Up to how much somebody may approve on one claim."""

from decimal import Decimal

from django.contrib.auth.models import Group
from django.db.models import Q

from claims.models import AuthorityLimit
from vanguard.accounts.models import User
from vanguard.accounts.roles import RolesSynced
from vanguard.events import on
from vanguard.money import ZERO

FIRST_LIMITS = {"Adjuster": Decimal("25000.00"), "Supervisor": Decimal("250000.00")}


def authority_of(user: User, claim_type: str) -> Decimal | None:
    """The highest limit that one of the user's roles has for this type of claim; None means without limit (superusers).

    A limit for the type, however it is spelled in capitals, beats the role's general one. No limit set means none: 0.00.
    """
    if user.is_superuser:
        return None
    limits = AuthorityLimit.objects.filter(Q(claim_type="") | Q(claim_type__iexact=claim_type), role__user=user).order_by("claim_type")
    by_role = {limit.role_id: limit.amount for limit in limits}  # the type's own comes later and wins
    return max(by_role.values(), default=ZERO)


@on(RolesSynced)
def seed_limits(roles: RolesSynced) -> None:
    """A role that has no limit at all gets the company's first one. Limits that somebody set are left alone."""
    for name, amount in FIRST_LIMITS.items():
        role = Group.objects.using(roles.using).get(name=name)
        if not role.authority_limits.exists():
            AuthorityLimit.objects.using(roles.using).create(role=role, amount=amount)
