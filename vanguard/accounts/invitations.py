"""Invitations: an administrator makes a log-in without a password, and a letter's link sets the first one, once and within three days.

The link leads to the pages for a new password; its token begins otherwise than those of forgotten ones. Only its digest is stored.
"""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils import timezone

from vanguard.accounts.models import Invitation, User
from vanguard.accounts.roles import works_here
from vanguard.accounts.services import check_password_policy, create_user
from vanguard.audit import unit_of_work
from vanguard.errors import Conflict, Invalid, NotAllowed
from vanguard.events import consult
from vanguard.mail.services import take_back, write

LASTS = timedelta(days=3)
# A letter that comes later leaves too little time to use its link.
LETTER_LASTS = LASTS - timedelta(hours=6)
PREFIX = "invitation."
KIND = "invitation"
FRONTEND_PAGE = "/reset-password"
WORKBENCH_PAGE = "/admin/reset/"
ADMINISTRATOR = "Administrator"
BAD_LINK = "This link does not work any more: it is good for three days, and once. Ask who invited you for another."
SUBJECT = "Your log-in for Vanguard"
LETTER = """\
Hello {name},

a log-in for Vanguard was made for you, under this e-mail address. To choose its password, open this link within three days:

{link}

It works once. If you do not know what this is about, do nothing.

Vanguard
"""


@dataclass(frozen=True, slots=True)
class InvitedOutside:
    """Somebody who does not work here gets a log-in: who knows whose it is ties it, or raises a DomainError."""

    user: User
    actor: User | None


def invite(actor: User | None, *, email: str, role: str, first_name: str = "", last_name: str = "") -> Invitation:
    """A log-in with this role (or "Administrator", a superuser), and the letter. It cannot be used before the password is set.

    Raises NotAllowed for who is no administrator, Invalid for an unknown role or what is no address, Conflict for an address that is taken.
    """
    _require_administrator(actor)
    _check_address(email)
    at_the_top = role == ADMINISTRATOR
    is_staff = at_the_top or works_here(role)
    with unit_of_work(actor):
        user = create_user(
            actor,
            email=email,
            password=None,
            first_name=first_name,
            last_name=last_name,
            roles=() if at_the_top else (role,),
            is_staff=is_staff,
            is_superuser=at_the_top,
        )
        if not is_staff:
            consult(InvitedOutside(user, actor))
        return _send(actor, user)


def resend(actor: User | None, user: User) -> Invitation:
    """Another letter, with a link of its own; those before are void. Raises Conflict for who has a password, or was not invited."""
    _require_administrator(actor)
    with unit_of_work(actor):
        _waiting(user)
        locked = User.objects.select_for_update().get(pk=user.pk)
        if not locked.is_active:
            locked.is_active = True
            locked.save(update_fields=["is_active"])
        return _send(actor, locked)


def withdraw(actor: User | None, user: User) -> Invitation:
    """The link is void, and the log-in switched off, until it is sent again. Raises Conflict as `resend` does."""
    _require_administrator(actor)
    with unit_of_work(actor):
        invitation = _waiting(user)
        invitation.withdrawn_at = timezone.now()
        invitation.save(update_fields=["withdrawn_at"])
        take_back(user, KIND)
        locked = User.objects.select_for_update().get(pk=user.pk)
        locked.is_active = False
        locked.save(update_fields=["is_active"])
        return invitation


def is_token(token: str) -> bool:
    """Whether this is what an invitation's link carries, good or not."""
    return token.startswith(PREFIX)


def accept(token: str, new_password: str) -> User:
    """Set the first password. Raises Invalid on `token` for one that is unknown, used, void or too old; on `new_password` by the policy."""
    found = Invitation.objects.select_related("user").filter(digest=_digest(token)).first()
    if found is None or not found.is_open or not found.user.is_active:
        raise _bad_link()
    user = found.user
    check_password_policy(user, new_password)
    user.set_password(new_password)  # slow on purpose, so not while the row is locked
    with unit_of_work(user):
        still_open = Invitation.objects.filter(
            pk=found.pk, digest=found.digest, accepted_at=None, withdrawn_at=None, expires_at__gt=timezone.now()
        )
        # Compare-and-swap: of two uses at the same instant one finds it open.
        if still_open.update(accepted_at=timezone.now()) != 1:
            raise _bad_link()
        user.save(update_fields=["password"])
    return user


def _send(actor: User | None, user: User) -> Invitation:
    token, now = PREFIX + secrets.token_urlsafe(32), timezone.now()
    fields = {"digest": _digest(token), "invited_by": actor, "sent_at": now, "expires_at": now + LASTS, "withdrawn_at": None}
    invitation, _ = Invitation.objects.update_or_create(user=user, defaults=fields)
    page = settings.WORKBENCH_URL + WORKBENCH_PAGE if user.is_staff else settings.PUBLIC_URL + FRONTEND_PAGE
    # In the fragment, which browsers send to nobody (decision 0031).
    body = LETTER.format(name=user.get_full_name() or user.email, link=f"{page}#token={token}")
    take_back(user, KIND)  # its link is void
    write(user, address=user.email, kind=KIND, subject=SUBJECT, body=body, lasts=LETTER_LASTS)
    return invitation


def _waiting(user: User) -> Invitation:
    """The invitation that was not accepted yet, locked."""
    invitation = Invitation.objects.select_for_update().filter(user=user).first()
    if invitation is None:
        raise Conflict(f"{user} was not invited.", code="not_invited")
    if invitation.accepted_at is not None:
        raise Conflict(f"{user} has set a password already.", code="accepted")
    return invitation


def _require_administrator(actor: User | None) -> None:
    if actor is not None and not actor.is_superuser:
        raise NotAllowed("Only an administrator invites people.")


def _check_address(email: str) -> None:
    try:
        validate_email(email.strip())
    except ValidationError:
        raise Invalid("Enter an e-mail address.", code="invalid", field="email") from None


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def _bad_link() -> Invalid:
    return Invalid(BAD_LINK, code="bad_token", field="token")
