"""What rooms do with letters: write one, take one back; and what operators and the night do."""

import datetime
from functools import partial

from django.conf import settings
from django.db import models, transaction
from django.utils import timezone

from vanguard.mail import sending
from vanguard.mail.models import Letter

KEPT = datetime.timedelta(days=30)


def write(user: models.Model | None, *, address: str, kind: str, subject: str, body: str, lasts: datetime.timedelta) -> Letter:
    """A letter in the open transaction: with it it is sent, or was never written. After `lasts` it is not sent any more.

    `user` is who gets it, at `address`. None costs as much and sends nothing: for who must not learn that there is nobody.
    """
    now = timezone.now()
    letter = Letter(user_id=user.pk if user else None, address=address if user else "", kind=kind, subject=subject, body=body)
    # By then the answer is out: the work of sending cannot slow it down, which would tell that there is such an account.
    letter.made_at, letter.next_at = now, now + datetime.timedelta(seconds=settings.MAIL_DELAY_SECONDS)
    letter.expires_at = now + lasts
    letter.save(force_insert=True)
    transaction.on_commit(partial(sending.send_soon, letter.pk), robust=True)
    return letter


def take_back(user: models.Model, kind: str) -> int:
    """Letters of this kind that wait for `user` are not sent any more: what they say has become untrue. Returns how many.

    One that is just being tried is among them: where the try fails it is not tried again.
    """
    return sending.settled(Letter.objects.filter(user_id=user.pk, kind=kind), Letter.State.WITHDRAWN, timezone.now())


def take_back_all(user: models.Model) -> int:
    """Nothing that waits for `user` is sent any more, nor kept: there is no log-in to which it could lead. Returns how many."""
    return sending.settled(Letter.objects.filter(user_id=user.pk), Letter.State.WITHDRAWN, timezone.now())


def hurry() -> int:
    """Whatever waits for somebody is due now: the mail server is well again. Returns how many."""
    now = timezone.now()
    return Letter.objects.in_no_hand(now).to_somebody().update(next_at=now)


def clear_letters() -> int:
    """Those that were settled a month ago; and what was for nobody, and the process that wrote it did not take away."""
    now = timezone.now()
    old = Letter.objects.filter(settled_at__lt=now - KEPT).delete()[0]
    return old + Letter.objects.in_no_hand(now).filter(user=None, expires_at__lt=now).delete()[0]
