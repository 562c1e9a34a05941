"""Letters to people: sent beside the request, so that neither a slow mail server nor its absence shows in an answer."""

import logging
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction

logger = logging.getLogger("vanguard.accounts.mail")
# One thread a worker process, started by its first letter. When the process ends, Python lets it finish what was handed to it.
_postman = ThreadPoolExecutor(max_workers=1, thread_name_prefix="mail")


def send_after_commit(letter: EmailMessage | None) -> None:
    """Hand over `letter` once the open transaction has committed. None costs the asking request as much, and sends nothing."""
    transaction.on_commit(partial(_hand_over, letter), robust=True)


def wait_until_sent() -> None:
    """Return when everything that was handed over before has been sent, or has failed."""
    _postman.submit(int).result()


def _hand_over(letter: EmailMessage | None) -> None:
    _postman.submit(_send, letter, time.monotonic() + settings.MAIL_DELAY_SECONDS)


def _send(letter: EmailMessage | None, not_before: float) -> None:
    if letter is None:
        return
    # By then the answer is out: the work of sending cannot slow it down, which would tell that there is such an account.
    time.sleep(max(0.0, not_before - time.monotonic()))
    try:
        letter.send()
    except Exception as error:  # noqa: BLE001 (whatever a mail server does, it is nobody's answer)
        # Its words may quote the address, so only its kind is logged.
        logger.error("A mail could not be sent: %s", type(error).__name__)
