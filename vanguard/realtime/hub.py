"""The sockets of this process: who hears what, how many there may be, and what becomes of one that does not keep up."""

import asyncio
import logging
from collections import Counter, OrderedDict, defaultdict
from collections.abc import Collection
from contextlib import suppress
from contextvars import Context
from uuid import UUID
from weakref import WeakKeyDictionary

from django.conf import settings
from django.db import DatabaseError

from vanguard.errors import Throttled, Unavailable
from vanguard.observability.metrics import SOCKETS
from vanguard.realtime import codes
from vanguard.realtime.beside import beside
from vanguard.realtime.door import Visitor
from vanguard.realtime.messages import Message, missed
from vanguard.realtime.streams import Stream, stream_named

# Messages that wait for a socket: one that is further behind is better told to read anew.
MOST_WAITING = 100
# Messages whose record's owner is still to be looked up.
MOST_ASKED = 1000
AGAIN_SECONDS = 5
# What is noted as told: whatever is pushed out is called missed, should its record become visible that late.
MOST_NOTED = 20_000

type Told = tuple[str, UUID, str]
type Place = tuple[int, int]

logger = logging.getLogger(__name__)


class Subscriber:
    """One open socket, seen from within."""

    def __init__(self, stream: Stream, visitor: Visitor, follows: UUID | None) -> None:
        """`follows`: the one record that it asked for; None for all of the stream that the visitor may see."""
        self.stream, self.visitor, self.follows = stream, visitor, follows
        self.waiting: asyncio.Queue[str] = asyncio.Queue(MOST_WAITING)
        self.ended: asyncio.Future[tuple[int, str]] = asyncio.get_running_loop().create_future()

    def tell(self, text: str) -> None:
        try:
            self.waiting.put_nowait(text)
        except asyncio.QueueFull:
            self.end(codes.TRY_AGAIN_LATER, "Too far behind: come again, and read anew.")

    def end(self, code: int, reason: str) -> None:
        if not self.ended.done():
            self.ended.set_result((code, reason))

    def wants(self, message: Message) -> bool:
        return self.follows in (None, message.subject)


class Hub:
    """Of one event loop. Everything but `deliver` runs on it."""

    def __init__(self) -> None:
        self.subscribers: defaultdict[str, set[Subscriber]] = defaultdict(set)
        self.of_user: Counter[UUID] = Counter()
        self.asked: asyncio.Queue[Message] = asyncio.Queue(MOST_ASKED)
        self._asking: asyncio.Task[None] | None = None
        # What was told of here, and up to where the recorded changes were compared with it (vanguard.realtime.overlooked).
        self.told: OrderedDict[Told, None] = OrderedDict()
        self.compared: Place | None = None

    @property
    def everybody(self) -> list[Subscriber]:
        return [each for group in self.subscribers.values() for each in group]

    def join(self, subscriber: Subscriber) -> None:
        """Raises Unavailable when this process, Throttled when this user has as many sockets as it may."""
        if self.of_user.total() >= settings.SOCKETS_AT_ONCE:
            raise Unavailable("Too many are listening here. Come again shortly.", retry_after=AGAIN_SECONDS, code="busy")
        if self.of_user[subscriber.visitor.user_id] >= settings.SOCKETS_PER_USER:
            raise Throttled("You have too many open connections of this kind. Close some of them.", retry_after=AGAIN_SECONDS)
        self.subscribers[subscriber.stream.name].add(subscriber)
        self.of_user[subscriber.visitor.user_id] += 1
        SOCKETS.inc()

    def leave(self, subscriber: Subscriber) -> None:
        group = self.subscribers[subscriber.stream.name]
        group.remove(subscriber)
        if not group:
            del self.subscribers[subscriber.stream.name]
        self.of_user[subscriber.visitor.user_id] -= 1
        if not self.of_user[subscriber.visitor.user_id]:
            del self.of_user[subscriber.visitor.user_id]
        SOCKETS.dec()

    def take(self, message: Message) -> None:
        """To who sees all at once; to the record's owner as soon as it is known who that is."""
        self._note((message.stream, message.subject, message.request))
        wanting = [each for each in self.subscribers.get(message.stream, ()) if each.wants(message)]
        for each in wanting:
            if each.visitor.sees_all:
                each.tell(message.text)
        if message.to_owner and not all(each.visitor.sees_all for each in wanting):
            self._ask(message)

    def missed(self) -> None:
        """Something happened that nobody here was told of."""
        for each in self.everybody:
            each.tell(missed(each.stream))

    def missed_about(self, stream: str, subjects: Collection[UUID]) -> None:
        """The same, to who wants to hear of one of these."""
        for each in self.subscribers.get(stream, ()):
            if each.follows is None or each.follows in subjects:
                each.tell(missed(each.stream))

    async def close(self) -> None:
        if self._asking is not None:
            self._asking.cancel()
            with suppress(asyncio.CancelledError):
                await self._asking

    def _note(self, told: Told) -> None:
        self.told[told] = None
        if len(self.told) > MOST_NOTED:
            self.told.popitem(last=False)

    def _ask(self, message: Message) -> None:
        try:
            self.asked.put_nowait(message)
        except asyncio.QueueFull:
            self._owners_missed(message.stream)
        if self._asking is None or self._asking.done():
            self._asking = asyncio.get_running_loop().create_task(self._tell_owners(), context=Context())

    async def _tell_owners(self) -> None:
        """One message after the other, so that an owner hears of a record in the order of what happened to it."""
        while not self.asked.empty():
            message = self.asked.get_nowait()
            try:
                await self._tell_owner(message)
            except DatabaseError:
                logger.warning("It could not be asked whose a record is: owners are told to read anew.")
                self._owners_missed(message.stream)

    async def _tell_owner(self, message: Message) -> None:
        if (stream := stream_named(message.stream)) is None:
            return
        owner = (await beside(lambda: stream.owners([message.subject]))).get(message.subject)
        for each in self._owners_of(message.stream):
            if each.visitor.user_id == owner and each.wants(message):
                each.tell(message.to_owner)

    def _owners_missed(self, stream: str) -> None:
        for each in self._owners_of(stream):
            each.tell(missed(each.stream))

    def _owners_of(self, stream: str) -> list[Subscriber]:
        return [each for each in self.subscribers.get(stream, ()) if not each.visitor.sees_all]


_hubs: WeakKeyDictionary[asyncio.AbstractEventLoop, Hub] = WeakKeyDictionary()


def running() -> Hub:
    """The running loop's."""
    loop = asyncio.get_running_loop()
    if (found := _hubs.get(loop)) is None:
        found = _hubs[loop] = Hub()
    return found


def loop_with_hub() -> asyncio.AbstractEventLoop | None:
    """This process's, where it is a worker of the server."""
    return next(iter(_hubs), None)


def deliver(message: Message) -> None:
    """To the sockets of this process, from any thread."""
    for loop, hub in list(_hubs.items()):
        with suppress(RuntimeError):  # a loop that has ended has no sockets
            loop.call_soon_threadsafe(hub.take, message)


async def close() -> None:
    """Before the event loop ends."""
    if (found := _hubs.pop(asyncio.get_running_loop(), None)) is not None:
        await found.close()
