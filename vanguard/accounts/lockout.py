"""Three failed log-ins lock an account for a quarter of an hour, and nobody can lock somebody else out.

A try is counted before the password is looked at, and taken back when it was right: of fifty that come at once three are looked at, over
all workers, because the database counts. Tries from devices that nobody knows share one count, whatever their address. A device from which
the account was logged in to before carries a signed token and has a count of its own: a stranger who fails on purpose does not reach it.
Addresses are counted apart, and generously: an office has one. Who comes from a known device is not held up by a neighbour's failures, and
a try that a lock of the account refuses is no failure of the address.

axes leads here (AXES_HANDLER); its own counting follows the password check, and knows names and addresses only.
"""

import math
from datetime import timedelta
from ipaddress import IPv6Address, ip_network
from typing import Any

from axes.handlers.base import AxesHandler
from django.conf import settings
from django.core import signing
from django.db import transaction
from django.db.models import Case, F, Q, Value, When
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.crypto import get_random_string, salted_hmac

from vanguard import context
from vanguard.accounts.models import FailedLogIns, User
from vanguard.accounts.passwords import lockout_name
from vanguard.errors import Throttled

DEVICE_HEADER = "X-Device-Token"
DEVICE_KNOWN_FOR = timedelta(days=180)
FAILURES_PER_ADDRESS = 50
PURGED_AT_ONCE = 10
SALT = "vanguard.accounts.lockout"
# Where a request keeps what was found for it: several of axes' and our steps ask, and one try counts once.
FOUND = "_seconds_locked"
GIVEN_BACK = "_try_given_back"


class CountingFirst(AxesHandler):
    """What axes asks and tells while somebody logs in."""

    def is_allowed(self, request: HttpRequest, credentials: dict[str, Any] | None = None) -> bool:
        return seconds_locked(request, lockout_name(request, credentials)) == 0

    def user_logged_in(self, sender: Any, request: HttpRequest, user: User, **kwargs: Any) -> None:
        succeeded(request, user)

    def reset_attempts(self, *, ip_address: str | None = None, username: str | None = None, ip_or_username: bool = False) -> int:
        """Ends the lock of an account on all devices: after a reset of the password, or by `manage.py axes_reset_username`."""
        return FailedLogIns.objects.filter(account=_account(username or "")).delete()[0]


def require_try(request: HttpRequest, name: str) -> None:
    """Count a try to log in as `name`. Raises Throttled while that is locked for this device or address."""
    if wait := seconds_locked(request, name):
        raise Throttled("Too many failed log-ins. Wait before you try again.", retry_after=wait, code="locked")


def seconds_locked(request: HttpRequest, name: str) -> int:
    """0, and the try is counted as a failed one until it succeeds; or for how long none is looked at. The same again within one request."""
    found: int | None = getattr(request, FOUND, None)
    if found is None:
        _purge()
        found = _count_try(request, _account(name))
        setattr(request, FOUND, found)
    return found


def _count_try(request: HttpRequest, account: str) -> int:
    device = _device(request, account)
    digest = _digest(account, device)
    # Asked before the address is counted, which a try that nobody looks at costs nothing.
    held_up = _wait(digest, settings.AXES_FAILURE_LIMIT)
    if not held_up and not device:
        held_up = _count(_address(request), FAILURES_PER_ADDRESS)
    return held_up or _count(digest, settings.AXES_FAILURE_LIMIT, account)


def succeeded(request: HttpRequest, user: User) -> None:
    """All that was asked for was right: the count of this device begins anew, and the address gets its try back, if it was counted."""
    account = _account(user.email)
    device = _device(request, account)
    FailedLogIns.objects.filter(digest=_digest(account, device)).delete()
    if not device:
        _give_back(request, _address(request))


def take_back(request: HttpRequest, user: User) -> None:
    """The password was right, and a code is still to come: this try is no failure, and those before it stay counted.

    Else who knows the password could begin anew with it after each two wrong codes.
    """
    account = _account(user.email)
    device = _device(request, account)
    _give_back(request, _digest(account, device), *([] if device else [_address(request)]))


def _give_back(request: HttpRequest, *digests: str) -> None:
    """Once a request, as a try is counted once."""
    if getattr(request, FOUND, None) == 0 and not hasattr(request, GIVEN_BACK):
        FailedLogIns.objects.filter(digest__in=digests, failures__gt=0).update(failures=F("failures") - 1)
        setattr(request, GIVEN_BACK, True)


def device_token(request: HttpRequest, user: User) -> str:
    """By which this device is known at the account's next log-in: the one that it brought, renewed, or a new one."""
    account = _account(user.email)
    return signing.dumps([account, _device(request, account) or get_random_string(22)], salt=SALT)


def remember_device(response: HttpResponse, request: HttpRequest, user: User) -> None:
    """For browsers: a cookie for each account, so that several people can share a machine."""
    response.set_cookie(
        _cookie(_account(user.email)),
        device_token(request, user),
        max_age=DEVICE_KNOWN_FOR,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def comes_from_known_device(request: HttpRequest, name: str) -> bool:
    """Whether `name` was logged in to from there before."""
    return _device(request, _account(name)) != ""


def _device(request: HttpRequest, account: str) -> str:
    """The device's id, where the account has been logged in to from it; else nothing: unknown devices are all one."""
    for token in (request.headers.get(DEVICE_HEADER), request.COOKIES.get(_cookie(account))):
        try:
            owner, device = signing.loads(token or "", salt=SALT, max_age=DEVICE_KNOWN_FOR)
        except (signing.BadSignature, ValueError):
            continue
        if owner == account:
            return str(device)
    return ""


def _count(digest: str, limit: int, account: str = "") -> int:
    """One try more, unless there were `limit` already and their time is not over: then the seconds until it is.

    An account's time begins anew with each failure, so that the third locks for the whole of it. An address's begins with the first one:
    what people mistype all day long in one office does not add up.
    """
    now = timezone.now()
    FailedLogIns.objects.bulk_create([FailedLogIns(digest=digest, account=account, since=now, failures=0)], ignore_conflicts=True)
    over = Q(since__lte=now - _lasts())
    counted = FailedLogIns.objects.filter(over | Q(failures__lt=limit), digest=digest).update(
        failures=Case(When(over, then=1), default=F("failures") + 1),
        since=now if account else Case(When(over | Q(failures=0), then=Value(now)), default=F("since")),
    )
    return 0 if counted else max(1, _wait(digest, limit))


def _wait(digest: str, limit: int) -> int:
    """The seconds until a count that is full is over; 0 if it is not."""
    now = timezone.now()
    full = FailedLogIns.objects.filter(digest=digest, failures__gte=limit, since__gt=now - _lasts())
    since = full.values_list("since", flat=True).first()
    return max(1, math.ceil((since + _lasts() - now).total_seconds())) if since else 0


def _lasts() -> timedelta:
    return timedelta(hours=settings.AXES_COOLOFF_TIME)


def _purge() -> None:
    """Each try takes more old counts away than it adds, so that invented names do not pile up."""
    over = FailedLogIns.objects.filter(since__lt=timezone.now() - _lasts())
    with transaction.atomic():
        old = over.select_for_update(skip_locked=True).values_list("pk", flat=True)
        FailedLogIns.objects.filter(pk__in=list(old[:PURGED_AT_ONCE])).delete()


def _account(name: str) -> str:
    return _digest("account", name.strip().lower())


def _address(request: HttpRequest) -> str:
    """Who has an IPv6 address has 2^64 of them."""
    address = context.address_of(request)
    try:
        network = ip_network(address)
    except ValueError:
        return _digest("address", address)
    return _digest("address", str(network.supernet(new_prefix=64) if isinstance(network.network_address, IPv6Address) else network))


def _digest(*parts: str) -> str:
    """Names are kept as digests only: people type passwords into the name box."""
    return salted_hmac(SALT, "\n".join(parts), algorithm="sha256").hexdigest()


def _cookie(account: str) -> str:
    return f"{settings.COOKIE_PREFIX}device-{account[:12]}"
