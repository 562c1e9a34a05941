"""Work that a request asks for and does not wait for: after the commit, one thing at a time in this process.

What is to be done is a row, written in the transaction of who asks; the work takes it by compare-and-swap. So nothing is lost with the
process: whatever was not taken, or not finished, a command takes up. See docs/decisions/0096.
"""

import logging
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial

from django.db import connections, transaction
from prometheus_client import Counter, Gauge

from vanguard import context
from vanguard.observability.tracing import handed_on

WAITING = Gauge("vanguard_background_waiting", "Work in the background, waiting or under way.", multiprocess_mode="livesum")
FAILED = Counter("vanguard_background_failed", "Work in the background that failed.")

logger = logging.getLogger(__name__)
_threads = ThreadPoolExecutor(max_workers=1, thread_name_prefix="background")


def after_commit(work: Callable[[], object]) -> None:
    """Do `work` in the background once the open transaction has committed; at once where none is open."""
    transaction.on_commit(partial(start, work))


def start(work: Callable[[], object]) -> "Future[None]":
    """Do `work` in the background, after what was started before. Its log lines have the correlation id and the user of who asks."""
    WAITING.inc()
    return _threads.submit(context.carried().run, _done, handed_on(_name_of(work), work))


def _name_of(work: Callable[[], object]) -> str:
    named = work.func if isinstance(work, partial) else work
    return f"background {getattr(named, '__name__', 'work')}"


def _done(work: Callable[[], object]) -> None:
    try:
        work()
    except Exception:
        FAILED.inc()
        logger.exception("Work in the background failed.")
    finally:
        WAITING.dec()
        connections.close_all()
