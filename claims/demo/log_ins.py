"""The demo's log-ins, made at the first start and brought back to the printed password at each."""

from django.contrib.auth.hashers import check_password, make_password
from django.contrib.auth.models import Group
from django.db import transaction
from django.db.models import F

from claims.demo.people import COLLEAGUES, LOG_INS, DemoUser
from vanguard.accounts.models import User


@transaction.atomic
def ensure_log_ins(password: str) -> None:
    """Every log-in and colleague exists with its role, and each log-in has `password`."""
    for person in (*LOG_INS, *COLLEAGUES):
        _ensure(person)
    _set_password(password)


def _ensure(person: DemoUser) -> None:
    if User.objects.filter(email__iexact=person.email).exists():
        return
    user = User(
        email=person.email,
        first_name=person.first_name,
        last_name=person.last_name,
        is_staff=person.is_staff,
        is_superuser=person.is_superuser,
    )
    user.set_unusable_password()
    user.save(force_insert=True)
    if person.role:
        user.groups.add(Group.objects.get(name=person.role))


def _set_password(password: str) -> None:
    """One hash for all of them: bcrypt is slow on purpose, and they share the password anyway."""
    users = User.objects.filter(email__in=[person.email for person in LOG_INS])
    hashes = set(users.values_list("password", flat=True))
    if len(hashes) == 1 and check_password(password, hashes.pop()):
        return
    users.update(password=make_password(password), token_version=F("token_version") + 1)
