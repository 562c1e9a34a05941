"""Database work of the sockets, beside the event loop: in threads of their own, so that it waits for no request and no request for it."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context

from django.db import close_old_connections

THREADS = 2
_threads = ThreadPoolExecutor(THREADS, thread_name_prefix="sockets")


async def beside[Result](work: Callable[[], Result]) -> Result:
    """The result of `work`, which may use the ORM. Started with the first socket, so a worker without one has no such thread."""
    return await asyncio.get_running_loop().run_in_executor(_threads, copy_context().run, _alone, work)


def _alone[Result](work: Callable[[], Result]) -> Result:
    try:
        return work()
    finally:
        close_old_connections()
