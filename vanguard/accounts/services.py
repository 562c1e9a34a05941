"""Making and changing log-ins."""

from collections.abc import Sequence

from django.contrib.auth.models import Group
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from vanguard.accounts.models import User
from vanguard.accounts.tokens import end_families
from vanguard.audit import unit_of_work
from vanguard.errors import Conflict, Invalid
from vanguard.mail.services import take_back_all


def create_user(
    actor: User | None,
    *,
    email: str,
    password: str | None,
    first_name: str = "",
    last_name: str = "",
    roles: Sequence[str] = (),
    is_staff: bool = False,
    is_superuser: bool = False,
) -> User:
    """A new log-in with its roles. `password` None: it cannot log in until it is given one.

    Raises Invalid for a password against the policy, Conflict for an e-mail address that is taken.
    """
    user = User(email=email.strip(), first_name=first_name, last_name=last_name, is_staff=is_staff, is_superuser=is_superuser)
    if password is not None:
        check_password_policy(user, password)
    user.set_password(password)
    with unit_of_work(actor):
        try:
            with transaction.atomic():
                user.save(force_insert=True)
        except IntegrityError:
            raise Conflict("This e-mail address is taken.", code="duplicate", field="email") from None
        user.groups.set(Group.objects.filter(name__in=roles))
    return user


def end_log_ins(user: User, reason: str) -> None:
    """Nothing that was given out to `user` before is accepted from now on: no access token, no refresh token."""
    with transaction.atomic():
        user.token_version = 1 + User.objects.select_for_update().values_list("token_version", flat=True).get(pk=user.pk)
        user.save(update_fields=["token_version"])
        end_families(user.token_families.all(), reason)


def check_password_policy(user: User, password: str) -> None:
    """Raises Invalid, naming `new_password`, when the policy refuses the password."""
    try:
        validate_password(password, user)
    except ValidationError as refused:
        raise Invalid(" ".join(refused.messages), code="password_policy", field="new_password") from None


def erase_user(user: User) -> None:
    """The log-in of somebody whose personal data is erased: it can never be used again, and names nobody. Its key stays in the books."""
    end_log_ins(user, "erased")
    user.email, user.first_name, user.last_name = f"erased-{user.pk}@erased.invalid", "", ""
    user.is_active = False
    user.set_unusable_password()
    user.save(update_fields=["email", "first_name", "last_name", "is_active", "password"])
    user.password_history.all().delete()
    take_back_all(user)  # a letter that waits has the name and the address
