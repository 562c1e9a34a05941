"""The one place where the API enters a thread: each request's database work is one function, entered once.

A client that goes away cancels the awaiting view, never the thread: its transaction is finished, or rolled back, as a whole.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar, copy_context
from time import monotonic

from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import close_old_connections

from vanguard.confinement import reads_of_the_caller
from vanguard.errors import Unavailable

# Set by the slim cycle (vanguard.web.slim): nobody above has a thread, a connection or a transaction that this work must share.
on_its_own: ContextVar[bool] = ContextVar("on_its_own", default=False)

LONGEST_WAIT = 4.0  # seconds until a thread is free
RETRY_SECONDS = 5
_threads = ThreadPoolExecutor(settings.SERVICE_THREADS, thread_name_prefix="service")


async def in_thread[Result](work: Callable[[], Result]) -> Result:
    """Run `work`, which may use the ORM, beside the event loop. Raises Unavailable where no thread gets free in time."""
    if not on_its_own.get():
        return await sync_to_async(_confined, thread_sensitive=True)(work)
    latest = monotonic() + LONGEST_WAIT
    return await asyncio.get_running_loop().run_in_executor(_threads, copy_context().run, _work_alone, work, latest)


def _work_alone[Result](work: Callable[[], Result], latest: float) -> Result:
    if monotonic() > latest:
        raise Unavailable("The platform is busy. Please try again shortly.", retry_after=RETRY_SECONDS)
    try:
        return _confined(work)
    finally:
        # What Django's signal does at the end of a request: the connection goes back to the pool.
        close_old_connections()


def _confined[Result](work: Callable[[], Result]) -> Result:
    with reads_of_the_caller():
        return work()
