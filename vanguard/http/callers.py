"""Who calls, remembered between requests for a moment: the user of a token, and what the user may.

PostgreSQL tells every worker of a change as it is committed (vanguard.accounts.telling), and the worker forgets. Should the telling fail
unnoticed, what is remembered is too old after CALLER_REMEMBERED_SECONDS; while nobody listens, nothing is remembered. Decision 0079.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from contextvars import Context
from dataclasses import dataclass, field
from time import monotonic
from typing import Any
from weakref import WeakKeyDictionary

import psycopg
from django.conf import settings

from vanguard.accounts.telling import CHANNEL
from vanguard.accounts.tokens import AccessClaims

MOST = 10_000
AGAIN_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Caller:
    """A user's row, in the order of the model's fields, and the names of the permissions."""

    user_id: str
    row: tuple[Any, ...]
    permissions: frozenset[str]
    read_at: float = field(default_factory=monotonic)


class Memory:
    """Of one event loop. Usable while `listening`."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.listening = False
        # How often something was forgotten: what was read before that may be older.
        self.forgotten = 0
        self._callers: dict[AccessClaims, Caller] = {}
        self._task: asyncio.Task[None] | None = None

    def recall(self, claims: AccessClaims) -> Caller | None:
        known = self._callers.get(claims)
        if known is None or not self.listening or monotonic() - known.read_at > self.seconds:
            return None
        return known

    def keep(self, claims: AccessClaims, caller: Caller, forgotten: int) -> None:
        """`forgotten`: as it was before the caller was read."""
        if not self.listening or forgotten != self.forgotten:
            return
        if len(self._callers) >= MOST:
            self._callers.clear()
        self._callers[claims] = caller

    def forget(self, user_id: str = "") -> None:
        """This user, or everybody."""
        self.forgotten += 1
        kept = {claims: known for claims, known in self._callers.items() if known.user_id != user_id} if user_id else {}
        self._callers = kept

    def listen(self, parameters: Callable[[], dict[str, Any]]) -> None:
        """From now on, over a connection of its own."""
        self._task = asyncio.get_running_loop().create_task(self._hear(parameters), context=Context())

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    async def _hear(self, parameters: Callable[[], dict[str, Any]]) -> None:
        while True:
            with suppress(psycopg.Error):
                await self._hear_until_it_ends(parameters())
            await asyncio.sleep(AGAIN_SECONDS)

    async def _hear_until_it_ends(self, parameters: dict[str, Any]) -> None:
        async with await psycopg.AsyncConnection.connect(**parameters) as connection:
            try:
                await connection.execute(f"LISTEN {CHANNEL}")
                self.listening = True
                async for told in connection.notifies():
                    self.forget(told.payload)
            finally:
                self.listening = False
                self.forget()


_memories: WeakKeyDictionary[asyncio.AbstractEventLoop, Memory] = WeakKeyDictionary()


def memory(parameters: Callable[[], dict[str, Any]]) -> Memory:
    """The running loop's, which begins to listen when it is first asked for. `parameters`: of a connection to PostgreSQL."""
    loop = asyncio.get_running_loop()
    found = _memories.get(loop)
    if found is None:
        found = _memories[loop] = Memory(settings.CALLER_REMEMBERED_SECONDS)
        if found.seconds:
            found.listen(parameters)
    return found


async def close() -> None:
    """Before the event loop ends."""
    if (found := _memories.pop(asyncio.get_running_loop(), None)) is not None:
        await found.close()
