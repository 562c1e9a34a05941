"""The one place where the API enters a thread: each request's database work is one function, entered once.

A client that goes away cancels the awaiting view, never the thread: its transaction is finished, or rolled back, as a whole.
"""

from collections.abc import Callable

from asgiref.sync import sync_to_async


async def in_thread[Result](work: Callable[[], Result]) -> Result:
    """Run `work`, which may use the ORM, beside the event loop."""
    return await sync_to_async(work, thread_sensitive=True)()
