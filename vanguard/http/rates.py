"""How much one caller may ask for in a minute: an account at large and of what is costly, an address of refused tokens and without one.

Pages of the workbench are counted by `ThreadMeter` in the same way, in threads instead of on the event loop (vanguard.workbench.rates).

The count is one for all workers, in Redis, and never above what is allowed (decision 0121): a worker takes so many at a time from
what is left of the minute and gives them out itself, so one request in fifty or so speaks to Redis at all. Where there is no Redis, or
it is away, each worker counts for itself.
"""

import asyncio
import logging
from dataclasses import dataclass
from threading import Lock
from time import monotonic, time
from weakref import WeakKeyDictionary

import redis
import redis.asyncio
from django.conf import settings
from redis.exceptions import RedisError

from vanguard import context
from vanguard.errors import Throttled
from vanguard.http.threads import on_its_own

logger = logging.getLogger(__name__)

WINDOW = 60  # seconds
MOST_AT_A_TIME = 50
MOST_CALLERS = 10_000
# Redis gets so long to answer, and so long in peace where it did not.
REDIS_SECONDS, AGAIN_SECONDS = 1.0, 5.0


@dataclass(frozen=True, slots=True)
class Allowance:
    """What one caller may ask for in a minute; 0 is without end."""

    name: str
    setting: str

    @property
    def a_minute(self) -> int:
        found: int = getattr(settings, self.setting)
        return found


REQUESTS = Allowance("requests", "REQUESTS_A_MINUTE")
COSTLY = Allowance("costly", "COSTLY_REQUESTS_A_MINUTE")
REFUSED_TOKENS = Allowance("tokens", "REFUSED_TOKENS_A_MINUTE")
ANONYMOUS = Allowance("anonymous", "ANONYMOUS_REQUESTS_A_MINUTE")
PAGES = Allowance("pages", "PAGES_A_MINUTE")


@dataclass(slots=True)
class _Held:
    """Of one caller's minute, what this worker may still give out."""

    minute: int
    left: int = 0
    # Given out without Redis: the whole minute's, once.
    alone: bool = False
    spent: bool = False


class _Permits:
    """What one worker holds of the minute's permits, and how it takes more of them: in lots, from the count of all workers."""

    def __init__(self) -> None:
        self._not_before = 0.0
        self._minute = 0
        self._held: dict[tuple[str, str], _Held] = {}

    def _of(self, allowance: Allowance, who: str) -> _Held:
        key, minute = (allowance.name, who), int(time()) // WINDOW
        held = self._held.get(key)
        if held is None or held.minute != minute:
            if self._minute != minute or len(self._held) >= MOST_CALLERS:
                # Whoever is forgotten within the minute is counted on in Redis.
                self._minute, self._held = minute, {}
            held = self._held[key] = _Held(minute)
        return held

    def _is_resting(self) -> bool:
        """Whether Redis did not answer a moment ago."""
        return monotonic() < self._not_before

    def _does_not_answer(self, error: Exception) -> None:
        self._not_before = monotonic() + AGAIN_SECONDS
        logger.warning("Redis counts no requests: %s. Each worker counts for itself.", type(error).__name__)


def _key(allowance: Allowance, who: str, held: _Held) -> str:
    return f"vanguard:rate:{allowance.name}:{who}:{held.minute}"


def _lot(most: int) -> int:
    return max(1, min(MOST_AT_A_TIME, most // 60))


def _granted(held: _Held, most: int, taken: int | None) -> int:
    """Of a lot how much may be given out. `taken`: how many are taken with it; None where nobody counts for all workers."""
    if taken is None:
        granted, held.alone = 0 if held.alone else most, True
        return granted
    lot = _lot(most)
    return max(0, min(lot, most - taken + lot))


class Meter(_Permits):
    """Of one event loop."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self._redis = redis.asyncio.Redis.from_url(url, socket_connect_timeout=REDIS_SECONDS, socket_timeout=REDIS_SECONDS) if url else None

    async def take(self, allowance: Allowance, who: str) -> None:
        """One request of `who`. Raises Throttled where the minute's are all taken."""
        if not (most := allowance.a_minute):
            return
        held = self._of(allowance, who)
        if held.left > 0:
            held.left -= 1
            return
        more = 0 if held.spent else _granted(held, most, await self._taken(_key(allowance, who, held), _lot(most)))
        held.left += more
        # Others of the same caller have asked meanwhile: what they were given is for all.
        if held.left <= 0:
            held.spent = True
            raise _too_many()
        held.left -= 1

    async def _taken(self, key: str, more: int) -> int | None:
        """How many are taken with these; None where nobody counts for all workers."""
        if self._redis is None or self._is_resting():
            return None
        try:
            async with self._redis.pipeline(transaction=False) as both:
                both.incrby(key, more)
                both.expire(key, 2 * WINDOW)
                return int((await both.execute())[0])
        except (RedisError, OSError) as error:
            self._does_not_answer(error)
            return None

    async def close(self) -> None:
        if self._redis is not None:
            await self._redis.aclose()


class ThreadMeter(_Permits):
    """Of one process, for what runs in its threads. It counts in the same place: an account has one allowance, whichever way it comes."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self._lock = Lock()
        self._redis = redis.Redis.from_url(url, socket_connect_timeout=REDIS_SECONDS, socket_timeout=REDIS_SECONDS) if url else None

    def take(self, allowance: Allowance, who: str) -> None:
        """One request of `who`. Raises Throttled where the minute's are all taken."""
        if not (most := allowance.a_minute):
            return
        with self._lock:
            held = self._of(allowance, who)
            if held.left > 0:
                held.left -= 1
                return
            spent = held.spent
        # Not under the lock: while Redis does not answer, the others go on.
        taken = None if spent else self._taken(_key(allowance, who, held), _lot(most))
        with self._lock:
            held.left += 0 if spent else _granted(held, most, taken)
            if held.left <= 0:
                held.spent = True
                raise _too_many()
            held.left -= 1

    def _taken(self, key: str, more: int) -> int | None:
        """How many are taken with these; None where nobody counts for all workers."""
        if self._redis is None or self._is_resting():
            return None
        try:
            with self._redis.pipeline(transaction=False) as both:
                both.incrby(key, more)
                both.expire(key, 2 * WINDOW)
                return int(both.execute()[0])
        except (RedisError, OSError) as error:
            self._does_not_answer(error)
            return None


def _too_many() -> Throttled:
    left = WINDOW - int(time()) % WINDOW
    return Throttled("You have asked for more than one caller may in a minute. Please wait, and ask less often.", retry_after=left)


_meters: WeakKeyDictionary[asyncio.AbstractEventLoop, Meter] = WeakKeyDictionary()


def meter() -> Meter:
    """The running loop's."""
    loop = asyncio.get_running_loop()
    found = _meters.get(loop)
    if found is None:
        found = _meters[loop] = Meter(settings.REDIS_URL)
    return found


async def take(allowance: Allowance, who: str) -> None:
    """One request of `who`. Raises Throttled where the minute's are all taken. Only behind the slim cycle, by which all callers come."""
    if on_its_own.get():
        await meter().take(allowance, who)


async def costly() -> None:
    """First in an endpoint that works for long or gives out much. Raises Throttled."""
    await take(COSTLY, context.user_id.get())


async def anonymous() -> None:
    """First where nobody has logged in. Raises Throttled for an address that comes too often."""
    await take(ANONYMOUS, context.client_address.get())


async def refused_token() -> None:
    """Before an address is told that its token does not count. Who comes with a good one from there is not held up. Raises Throttled."""
    await take(REFUSED_TOKENS, context.client_address.get())


async def close() -> None:
    """Before the event loop ends."""
    if (found := _meters.pop(asyncio.get_running_loop(), None)) is not None:
        await found.close()
