"""Whether those who came in may still be here: asked every two seconds for all sockets of the process in a few statements.

Log-out, a changed password, a disabled log-in and a role that was taken away end a socket so within the five seconds that they may take
anywhere. Asked, and not told, because sessions tell nobody of their end, and SQLite tells nothing at all.
"""

import asyncio
import logging
from collections.abc import Iterable, Mapping
from time import monotonic
from uuid import UUID

from django.contrib.sessions.models import Session
from django.db.models import Q
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from vanguard.accounts.models import TokenFamily, User
from vanguard.realtime import codes
from vanguard.realtime.beside import beside
from vanguard.realtime.door import SessionLogIn, TokenLogIn, Visitor
from vanguard.realtime.hub import Hub, Subscriber

CHECK_SECONDS = 2.0
# A check that does not answer is given up, and after so long without one nobody stays whose log-in may have ended meanwhile.
CHECK_TIMEOUT = 4.0
UNCHECKED_SECONDS = 10.0
ENDED = (codes.LOG_IN_ENDED, "The log-in has ended.")
TAKEN_AWAY = (codes.NOT_ALLOWED, "Your role has changed.")
UNSURE = (codes.TRY_AGAIN_LATER, "The platform cannot tell now who may listen.")

logger = logging.getLogger(__name__)


async def watch(hub: Hub) -> None:
    """For as long as the hub has sockets."""
    checked_at = monotonic()
    while here := hub.everybody:
        try:
            lost = await asyncio.wait_for(beside(lambda: ended(here)), CHECK_TIMEOUT)
            checked_at = monotonic()
        except Exception:  # whatever it was, nobody stays unchecked because of it
            lost = dict.fromkeys(here, UNSURE) if monotonic() - checked_at > UNCHECKED_SECONDS else {}
            logger.warning("It could not be asked whose log-ins have ended.", exc_info=True)
        for subscriber, why in lost.items():
            subscriber.end(*why)
        await asyncio.sleep(CHECK_SECONDS)


def ended(here: Iterable[Subscriber]) -> Mapping[Subscriber, tuple[int, str]]:
    """Those that must go, and why. One statement for each way to log in, and one for each stream's permission."""
    here = list(here)
    standing = _standing_tokens(here) | _standing_sessions(here)
    holding = {stream: _holders(stream.permission, here) for stream in {each.stream for each in here}}
    gone = {each: ENDED for each in here if each.visitor not in standing}
    lesser = {each: TAKEN_AWAY for each in here if each.visitor.sees_all and each.visitor.user_id not in holding[each.stream]}
    return lesser | gone


def _standing_tokens(here: Iterable[Subscriber]) -> set[Visitor]:
    asked: dict[Visitor, TokenLogIn] = {each.visitor: each.visitor.log_in for each in here if isinstance(each.visitor.log_in, TokenLogIn)}
    if not asked:
        return set()
    families = TokenFamily.objects.filter(pk__in={log_in.family_id for log_in in asked.values()}, ended_at=None, user__is_active=True)
    versions = dict(families.values_list("pk", "user__token_version"))
    now = timezone.now()
    return {
        visitor for visitor, log_in in asked.items() if versions.get(log_in.family_id) == log_in.token_version and log_in.expires_at > now
    }


def _standing_sessions(here: Iterable[Subscriber]) -> set[Visitor]:
    asked: dict[Visitor, SessionLogIn] = {
        each.visitor: each.visitor.log_in for each in here if isinstance(each.visitor.log_in, SessionLogIn)
    }
    if not asked:
        return set()
    keys = {log_in.key for log_in in asked.values()}
    living = set(Session.objects.filter(pk__in=keys, expire_date__gt=timezone.now()).values_list("pk", flat=True))
    users = User.objects.filter(is_active=True, is_staff=True).in_bulk({visitor.user_id for visitor in asked})
    # A session that was opened under an earlier key of ours has that key's hash until the next page renews it.
    hashes = {key: [user.get_session_auth_hash(), *user.get_session_auth_fallback_hash()] for key, user in users.items()}
    return {
        visitor
        for visitor, log_in in asked.items()
        if log_in.key in living and any(constant_time_compare(each, log_in.password_hash) for each in hashes.get(visitor.user_id, []))
    }


def _holders(permission: str, here: Iterable[Subscriber]) -> set[UUID]:
    app, _, codename = permission.partition(".")
    of_role = {"groups__permissions__codename": codename, "groups__permissions__content_type__app_label": app}
    own = {"user_permissions__codename": codename, "user_permissions__content_type__app_label": app}
    held = Q(is_superuser=True) | Q(**of_role) | Q(**own)
    asked = {each.visitor.user_id for each in here if each.visitor.sees_all}
    return set(User.objects.filter(held, is_active=True, pk__in=asked).values_list("pk", flat=True)) if asked else set()
