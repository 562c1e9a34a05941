"""Noticing that a client went away: its request is ended, and nobody works for an answer that nobody reads."""

import asyncio
from typing import Any

from vanguard.web.limits import Receive


class Departure:
    """Watches one request's client, from `patience` seconds on, and then cancels the running task.

    Cheaper than asyncio.timeout around the whole, of which it is a narrow case: nearly every request ends before anything is watched.
    """

    __slots__ = ("loop", "receive", "task", "timer", "watcher", "went")

    def __init__(self, receive: Receive, patience: float) -> None:
        self.loop = asyncio.get_running_loop()
        self.task: asyncio.Task[Any] | None = asyncio.current_task()
        self.receive = receive
        self.watcher: asyncio.Task[None] | None = None
        self.went = False
        self.timer = self.loop.call_later(patience, self._watch)

    def ignore(self) -> None:
        """There is an answer."""
        self.timer.cancel()
        if self.watcher is not None:
            self.watcher.cancel()

    def ended_it(self) -> bool:
        """Whether the task was cancelled for this and for nothing else. To be asked once, where CancelledError is caught."""
        return self.went and self.task is not None and self.task.uncancel() == 0

    def _watch(self) -> None:
        self.watcher = self.loop.create_task(self._listen())

    async def _listen(self) -> None:
        message = await self.receive()
        if message["type"] == "http.disconnect" and self.task is not None:
            self.went = True
            self.task.cancel()
