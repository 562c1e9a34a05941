"""Sending: each letter is taken for some minutes, sent outside of any transaction, and its outcome written where nobody else took it.

A process that is killed leaves what it had in hand; when the minutes are over `manage.py deliver_mail` takes it up. Only one that dies
between the mail server's word and ours sends a letter twice; both copies have the same Message-ID, by which mailboxes tell.
"""

import datetime
import logging
import secrets
import smtplib
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from email.utils import parseaddr
from uuid import UUID

from django.conf import settings
from django.core.mail import EmailMessage, mailers
from django.core.mail.backends.base import BaseEmailBackend
from django.db import connections, transaction
from django.utils import timezone

from vanguard import context
from vanguard.encryption.keys import DecryptionError
from vanguard.mail.models import Letter, LetterQuerySet

logger = logging.getLogger(__name__)
# Longer than a mail server that answers each word of the conversation just in time (config.mail).
LEASE = datetime.timedelta(minutes=3)
# The wait after each failure: half a minute, three times as long each time, a quarter of an hour at most, more or less a quarter.
FIRST_WAIT, LONGEST_WAIT = datetime.timedelta(seconds=30), datetime.timedelta(minutes=15)
PERMANENT = 500
_chance = secrets.SystemRandom()
# One thread a worker process, started by its first letter. When the process ends, Python lets it finish what was handed to it.
_postman = ThreadPoolExecutor(max_workers=1, thread_name_prefix="mail")
# What a mail server may take to look through what it was sent, before it says that it has it (RFC 5321 would give it ten minutes).
SENDING_SECONDS = 60
# A letter whose sending broke off may have arrived. After so many tries it is not sent again.
IN_DOUBT, MOST_IN_DOUBT = ", while it was sent", 3


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a try. `trouble` is empty where it was sent; `is_final`: no other try will do better; `is_away`: for no letter."""

    trouble: str = ""
    is_final: bool = False
    is_away: bool = False


@dataclass(slots=True)
class Done:
    """What one call has done."""

    sent: int = 0
    failed: int = 0
    too_old: int = 0


def send_soon(letter_id: UUID) -> None:
    """This letter, in the background and after the delay that keeps it out of the answer's time."""
    _postman.submit(context.carried().run, _send_in_thread, letter_id, time.monotonic() + settings.MAIL_DELAY_SECONDS)


def _send_in_thread(letter_id: UUID, not_before: float) -> None:
    time.sleep(max(0.0, not_before - time.monotonic()))
    try:
        with _mail_server() as server:
            for letter in _taken(Letter.objects.filter(pk=letter_id)):
                _settle(letter, _sent(server, letter))
    except Exception:
        # The letter waits as it was; whoever runs next sends it.
        logger.exception("A letter could not be taken in hand.")
    finally:
        connections.close_all()


def deliver() -> Done:
    """Send all that is due, one after another over one connection; a mail server that does not answer ends it, and everything waits."""
    now = timezone.now()
    done = Done(too_old=settled(Letter.objects.in_no_hand(now).to_somebody().filter(expires_at__lte=now), Letter.State.TOO_OLD, now))
    if done.too_old:
        logger.error("Letters became too old to be sent: %d", done.too_old)
    with _mail_server() as server:
        while letters := _taken(Letter.objects.order_by("next_at", "id")):
            outcome = _sent(server, letters[0])
            _settle(letters[0], outcome)
            done.sent += not outcome.trouble and letters[0].user_id is not None
            done.failed += bool(outcome.trouble)
            if outcome.is_away:
                break
    return done


def settled(letters: LetterQuerySet, state: str, now: datetime.datetime, **besides: str) -> int:
    """These wait no more, and nothing of what they said is kept. Returns how many."""
    return letters.waiting().update(state=state, settled_at=now, address=None, body=None, leased_until=None, **besides)


def wait_after(attempt: int) -> datetime.timedelta:
    """How long after the `attempt`-th failure the next try follows; by chance, so that what failed together does not return together."""
    wait = min(FIRST_WAIT * 3.0 ** min(attempt - 1, 5), LONGEST_WAIT)
    return datetime.timedelta(seconds=wait.total_seconds() * _chance.uniform(0.75, 1.25))


def _taken(letters: LetterQuerySet) -> list[Letter]:
    """The first of `letters` that is due, in this hand from now on; none where nothing is, or another has it."""
    now = timezone.now()
    with transaction.atomic():
        # What is encrypted is left where it is: one letter that no key opens must not stand in the way of the others.
        bare = letters.due(now).defer("address", "body").select_for_update(skip_locked=True)
        for letter in bare[:1]:
            letter.leased_until, letter.attempts = now + LEASE, letter.attempts + 1
            letter.save(update_fields=["leased_until", "attempts"])
            return [letter]
    return []


def _sent(server: BaseEmailBackend, letter: Letter) -> Outcome:
    if letter.user_id is None:
        return Outcome()
    try:
        message = _message(letter)
    except DecryptionError:
        return Outcome("It cannot be decrypted", is_final=True)
    try:
        server.open()
    except Exception as error:  # noqa: BLE001  # whatever it is, the mail server is not to be had
        return Outcome(_named(error), is_away=True)
    if (connection := getattr(server, "connection", None)) is not None and connection.sock is not None:
        connection.sock.settimeout(SENDING_SECONDS)
    try:
        server.send_messages([message])
    except smtplib.SMTPRecipientsRefused as error:
        codes = [code for code, _ in error.recipients.values()]
        return Outcome(f"SMTPRecipientsRefused {min(codes, default=0)}", is_final=min(codes, default=0) >= PERMANENT)
    except ValueError as error:  # no address that a letter could go to
        return Outcome(_named(error), is_final=True)
    except (smtplib.SMTPServerDisconnected, OSError) as error:
        if isinstance(error, smtplib.SMTPResponseException):
            return Outcome(_named(error))
        # It may have been accepted all the same: somebody would get it again with each try.
        again = letter.trouble.endswith(IN_DOUBT) and letter.attempts >= MOST_IN_DOUBT
        return Outcome(f"{_named(error)}{IN_DOUBT}", is_away=True, is_final=again)
    except Exception as error:  # noqa: BLE001  # of whatever kind, it is this letter's and no other's
        return Outcome(_named(error))
    return Outcome()


def _message(letter: Letter) -> EmailMessage:
    domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2]
    headers = {"Message-ID": f"<{letter.pk}@{domain}>"}
    return EmailMessage(letter.subject, str(letter.body), to=[str(letter.address)], headers=headers)


def _settle(letter: Letter, outcome: Outcome) -> None:
    """Write down what came of it, where the letter is still in this hand."""
    mine = Letter.objects.filter(pk=letter.pk, leased_until=letter.leased_until)
    now = timezone.now()
    if letter.user_id is None:
        mine.delete()
        return
    told = {"letter_id": letter.pk, "kind": letter.kind, "attempt": letter.attempts}
    if not outcome.trouble:
        settled(mine, Letter.State.SENT, now)
        logger.info("A letter was sent.", extra=told)
        return
    if outcome.is_final:
        settled(mine, Letter.State.REFUSED, now, trouble=outcome.trouble)
        logger.error("A letter cannot be sent: %s", outcome.trouble, extra=told)
        return
    mine.update(trouble=outcome.trouble, next_at=now + wait_after(letter.attempts), leased_until=None)
    logger.warning("A letter could not be sent: %s", outcome.trouble, extra=told)


def _named(error: Exception) -> str:
    """Its kind and SMTP's code. Its words may quote the address, or the reply of a server that does."""
    code = getattr(error, "smtp_code", None)
    return f"{type(error).__name__} {code}" if isinstance(code, int) else type(error).__name__


@contextmanager
def _mail_server() -> Iterator[BaseEmailBackend]:
    """A line to it, opened by the first letter. How it ends says nothing about letters that were taken before."""
    server = mailers.default
    try:
        yield server
    finally:
        with suppress(Exception):
            server.close()
