"""A second factor: six digits from an authenticator (RFC 6238), or one of ten recovery codes in its place.

A code works once, also when it comes twice at the same instant: the database decides which was first. Codes are tried under the same
lock as passwords, counted before they are looked at (vanguard.accounts.lockout). The secret is encrypted; of recovery codes there are
keyed digests only. Nothing is stored of a factor that is being set up: its secret travels sealed, and counts with the first right code.
"""

import json
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from hmac import compare_digest
from typing import NamedTuple
from uuid import UUID

import pyotp
from django.conf import settings
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from vanguard.accounts.lockout import require_try, succeeded
from vanguard.accounts.models import RecoveryCode, SecondFactor, TokenFamily, User
from vanguard.accounts.services import end_log_ins
from vanguard.accounts.step_up import lasts, require_recent
from vanguard.audit import unit_of_work
from vanguard.encryption import keys
from vanguard.errors import Conflict, Invalid, NotAllowed, Unauthenticated

ISSUER = "Vanguard"
DIGITS = 6
# Half minutes on either side: clocks differ, and people take their time.
TOLERANCE = 1
RECOVERY_CODES = 10
# 24 letters of 32 kinds are 120 bits: nobody tries those out, so that a fast keyed digest is enough.
LETTERS, GROUPS, GROUP = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789", 6, 4
SET_UP_LASTS = timedelta(minutes=30)
WRONG_CODE = "This code is not valid. Each works once, and for half a minute."
MISSING = "Set up your second factor first: log in to the workbench, which leads you there."


class SetUp(NamedTuple):
    """A secret that may become somebody's second factor: for typing, as the address in the picture, and sealed, to come back."""

    secret: str
    address: str
    sealed: str


def is_required(user: User) -> bool:
    """Whether this person must have one: staff, where REQUIRE_SECOND_FACTOR says so."""
    return bool(settings.REQUIRE_SECOND_FACTOR and (user.is_staff or user.is_superuser))


def is_missing(user: User) -> bool:
    return user.second_factor_since is None and is_required(user)


def require_set_up(user: User) -> None:
    """Raises NotAllowed for who must have a second factor and has none: they may set one up in the workbench, and nothing else."""
    if is_missing(user):
        raise NotAllowed(MISSING, code="second_factor_missing")


def new_set_up(user: User) -> SetUp:
    """A fresh secret for `user`. Nothing is stored."""
    return _set_up(user, pyotp.random_base32())


def set_up_again(user: User, sealed: str) -> SetUp:
    """The one that was shown before. Raises Invalid where it is not the user's, or too old."""
    return _set_up(user, _unsealed(user, sealed))


def enrol(user: User, sealed: str, code: str) -> list[str]:
    """Make the sealed secret the user's second factor, in the place of an earlier one. Returns the recovery codes, to be shown once.

    All log-ins of the user end: they were opened without it. Raises Invalid for a wrong `code` or a bad `sealed`; Conflict where the user
    set up another meanwhile; StepUpRequired where there is an earlier one and no code of it was given lately.
    """
    require_recent(user)
    secret = _unsealed(user, sealed)
    step = _step_of(secret, _plain(code))
    if step is None:
        raise Invalid(WRONG_CODE, code="wrong_code", field="otp")
    with unit_of_work(user):
        if User.objects.select_for_update().get(pk=user.pk).second_factor_since != user.second_factor_since:
            raise Conflict("The second factor was set up or reset meanwhile. Load the page again.", code="changed_meanwhile")
        SecondFactor.objects.update_or_create(user=user, defaults={"secret": secret, "last_step": step, "created_at": timezone.now()})
        codes = _new_codes(user)
        user.second_factor_since = timezone.now()
        user.save(update_fields=["second_factor_since"])
        end_log_ins(user, "second factor set up")
    return codes


def new_recovery_codes(user: User) -> list[str]:
    """Ten new ones, to be shown once; those before are void. Raises Conflict without a second factor, StepUpRequired."""
    require_recent(user)
    with unit_of_work(user):
        if User.objects.select_for_update().get(pk=user.pk).second_factor_since is None:
            raise Conflict("There is no second factor.", code="no_second_factor")
        return _new_codes(user)


def recovery_codes_left(user: User) -> int:
    return RecoveryCode.objects.filter(user=user, used_at=None).count()


def reset(actor: User | None, user: User) -> None:
    """Take the second factor away from who has lost it, and end all log-ins. The secret is shown to nobody; the change is audited.

    Raises NotAllowed for who is no administrator, Conflict where there is none.
    """
    if actor is not None and not actor.is_superuser:
        raise NotAllowed("Only an administrator resets a second factor.")
    require_recent(actor)
    with unit_of_work(actor):
        locked = User.objects.select_for_update().get(pk=user.pk)
        if locked.second_factor_since is None:
            raise Conflict(f"{locked} has no second factor.", code="no_second_factor")
        SecondFactor.objects.filter(user=locked).delete()
        RecoveryCode.objects.filter(user=locked).delete()
        locked.second_factor_since = None
        locked.save(update_fields=["second_factor_since"])
        end_log_ins(locked, "second factor reset")


@contextmanager
def using_code(request: HttpRequest, user: User, code: str) -> Iterator[None]:
    """Count a try, then use the code together with what is done inside, which it was given for: it counts once, with that or not at all.

    Raises Throttled while the account is locked, Unauthenticated for a wrong code; then nothing inside is done.
    """
    require_try(request, user.email)
    with transaction.atomic():
        if not is_accepted(request, user, code):
            raise Unauthenticated(WRONG_CODE, code="wrong_code")
        yield


def step_up(request: HttpRequest, user: User, code: str, family_id: UUID) -> datetime:
    """Take a code for this log-in of the API. Returns until when it counts. Raises as `using_code`; Conflict without a second factor."""
    if user.second_factor_since is None:
        raise Conflict("There is no second factor, so none is asked for.", code="no_second_factor")
    with using_code(request, user, code):
        now = timezone.now()
        TokenFamily.objects.filter(pk=family_id, user=user).update(factor_at=now)
    return now + lasts()


def is_accepted(request: HttpRequest, user: User, code: str) -> bool:
    """Whether the code is right, and was not used before; it is used then. For a try that has been counted."""
    plain = _plain(code)
    right = _use_step(user, plain) if len(plain) == DIGITS else _use_recovery_code(user, plain)
    if right:
        succeeded(request, user)
    return right


def _plain(code: str) -> str:
    """As people may type it: with spaces or dashes, in small letters."""
    return "".join(code.split()).replace("-", "").upper()


def _step_of(secret: str, code: str) -> int | None:
    """The half minute that the code is of, when it is one of those around now. All are looked at, so that each answer takes as long."""
    totp = pyotp.TOTP(secret, digits=DIGITS)
    now = totp.timecode(timezone.now())
    steps = range(now - TOLERANCE, now + TOLERANCE + 1)
    fitting = [step for step in steps if compare_digest(totp.generate_otp(step).encode(), code.encode("utf-8", "replace"))]
    return fitting[0] if fitting else None


def _use_step(user: User, code: str) -> bool:
    factor = SecondFactor.objects.filter(user=user).first()
    step = _step_of(factor.secret, code) if factor else None
    # Compare-and-swap: of two that bring the same code one finds it unused.
    return step is not None and SecondFactor.objects.filter(user=user, last_step__lt=step).update(last_step=step) == 1


def _use_recovery_code(user: User, code: str) -> bool:
    unused = RecoveryCode.objects.filter(user=user, digest__in=_digests(user, code), used_at=None)
    return unused.update(used_at=timezone.now()) == 1


def _new_codes(user: User) -> list[str]:
    RecoveryCode.objects.filter(user=user).delete()
    plain = ["".join(secrets.choice(LETTERS) for _ in range(GROUPS * GROUP)) for _ in range(RECOVERY_CODES)]
    RecoveryCode.objects.bulk_create([RecoveryCode(user=user, digest=_digests(user, each)[0]) for each in plain])
    return ["-".join(each[at : at + GROUP] for at in range(0, len(each), GROUP)) for each in plain]


def _digests(user: User, code: str) -> list[str]:
    """The current key's first, then those of earlier keys."""
    return keys.digests("recovery code", f"{user.pk}:{code}")


def _set_up(user: User, secret: str) -> SetUp:
    address = pyotp.TOTP(secret, digits=DIGITS).provisioning_uri(name=user.email, issuer_name=ISSUER)
    sealed = json.dumps({"user": str(user.pk), "secret": secret, "at": timezone.now().timestamp()})
    return SetUp(secret, address, keys.encrypt(sealed.encode()).decode())


def _unsealed(user: User, sealed: str) -> str:
    try:
        told = json.loads(keys.decrypt(sealed.encode("utf-8", "replace")))
    except keys.DecryptionError:
        raise _bad_set_up() from None
    if told["user"] != str(user.pk) or timezone.now().timestamp() - told["at"] > SET_UP_LASTS.total_seconds():
        raise _bad_set_up()
    return str(told["secret"])


def _bad_set_up() -> Invalid:
    return Invalid("This key was not shown to you within the last half hour. Begin again.", code="bad_set_up", field="set_up")
