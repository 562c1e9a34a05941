"""Who handles claims, and up to how much somebody may approve on one."""

from decimal import Decimal

from django.contrib.auth.models import Group
from django.db.models import Q

from claims.models import AuthorityLimit, CostType
from vanguard.accounts.models import User
from vanguard.accounts.roles import RolesSynced
from vanguard.events import on
from vanguard.money import ZERO

FIRST_LIMITS = {"Adjuster": Decimal("25000.00"), "Supervisor": Decimal("250000.00")}
FIRST_EXPENSES = {"Adjuster": Decimal("2500.00"), "Supervisor": Decimal("25000.00")}


def authority_of(user: User, claim_type: str, cost_type: str = CostType.INDEMNITY) -> Decimal | None:
    """The highest limit that one of the user's roles has for this type of claim and of cost; None means without limit (superusers).

    A limit for the type, however it is spelled in capitals, beats the role's general one. No limit set means none: 0.00.
    """
    if user.is_superuser:
        return None
    mine = AuthorityLimit.objects.filter(role__user=user, cost_type=cost_type)
    limits = mine.filter(Q(claim_type="") | Q(claim_type__iexact=claim_type)).order_by("claim_type")
    by_role = {limit.role_id: limit.amount for limit in limits}  # the type's own comes later and wins
    return max(by_role.values(), default=ZERO)


def claim_handlers() -> Q:
    """Who can own claims: active staff whose role, or superuser standing, lets them start one."""
    by_role = Q(groups__permissions__codename="start_claim", groups__permissions__content_type__app_label="claims")
    return Q(is_active=True, is_staff=True) & (by_role | Q(is_superuser=True))


@on(RolesSynced)
def seed_limits(roles: RolesSynced) -> None:
    """A role that has no limit for a type of cost gets the company's first one. Limits that somebody set are left alone."""
    for cost_type, limits in ((CostType.INDEMNITY, FIRST_LIMITS), (CostType.EXPENSE, FIRST_EXPENSES)):
        for name, amount in limits.items():
            role = Group.objects.using(roles.using).get(name=name)
            if not role.authority_limits.filter(cost_type=cost_type).exists():
                AuthorityLimit.objects.using(roles.using).create(role=role, cost_type=cost_type, amount=amount)
