"""Up to how much somebody may approve on one claim."""

from decimal import Decimal
from typing import Any

from django.contrib.auth.models import Group
from django.db.models import Q

from claims.models import AuthorityLimit
from vanguard.accounts.models import User
from vanguard.money import ZERO

FIRST_LIMITS = {"Adjuster": Decimal("25000.00"), "Supervisor": Decimal("250000.00")}


def authority_of(user: User, claim_type: str) -> Decimal | None:
    """The highest limit that one of the user's roles has for this type of claim; None means without limit (superusers).

    A limit for the type beats the role's general one. No limit set means none: 0.00.
    """
    if user.is_superuser:
        return None
    limits = AuthorityLimit.objects.filter(Q(claim_type="") | Q(claim_type=claim_type), role__user=user).order_by("claim_type")
    by_role = {limit.role_id: limit.amount for limit in limits}  # the type's own comes later and wins
    return max(by_role.values(), default=ZERO)


def seed_limits(using: str, **_kwargs: Any) -> None:
    """Receiver of post_migrate: a role that has no limit at all gets the company's first one. Limits set since are left alone."""
    for role, amount in FIRST_LIMITS.items():
        group, _ = Group.objects.using(using).get_or_create(name=role)
        if not group.authority_limits.exists():
            AuthorityLimit.objects.using(using).create(role=group, amount=amount)
