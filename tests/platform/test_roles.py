import pytest
from django.apps import apps
from django.contrib.auth.models import Group
from django.core.management import call_command

from config.roles import ROLES
from tests.factories import superuser, supervisor
from vanguard.accounts.permissions import may, require, role_names
from vanguard.errors import NotAllowed

pytestmark = pytest.mark.django_db


def test_after_migrate_each_role_is_a_group_that_holds_just_its_permissions() -> None:
    for role, names in ROLES.items():
        held = {f"{each.content_type.app_label}.{each.codename}" for each in Group.objects.get(name=role).permissions.all()}
        assert held == set(names)


def test_a_permission_added_by_hand_is_gone_after_the_next_migrate_and_a_limit_set_by_hand_stays() -> None:
    role, lavish = Group.objects.get(name="Finance"), Group.objects.get(name="Supervisor").permissions.first()
    assert lavish is not None
    role.permissions.add(Group.objects.get(name="Supervisor").permissions.get(codename="approve_claim"))
    limit = Group.objects.get(name="Adjuster").authority_limits.get(cost_type="indemnity")
    limit.amount = 7
    limit.save()
    call_command("migrate", verbosity=0)
    assert not role.permissions.filter(codename="approve_claim").exists()
    assert Group.objects.get(name="Adjuster").authority_limits.get(cost_type="indemnity").amount == 7


def test_asking_for_a_permission() -> None:
    boss = supervisor()
    require(boss, "claims.reopen_claim")
    with pytest.raises(NotAllowed, match="may not cancel a policy"):
        require(boss, "policies.cancel_policy")
    assert may(None, "policies.cancel_policy")
    assert (role_names(boss), role_names(superuser())) == (["Supervisor"], ["Administrator"])


def test_every_permission_has_a_name_that_going_back_can_keep() -> None:
    """Django's first migration of permissions has fifty characters for it."""
    names = [name for model in apps.get_models() for _, name in model._meta.permissions]
    assert [name for name in names if len(name) > 50] == []
