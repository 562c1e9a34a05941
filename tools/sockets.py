"""Opens and drops many WebSockets on a server of its own, and says what is left of them: `python -m tools.sockets [1000]`.

Connect, hear one event, drop (half of them without a word), connect again, deploy. Memory and descriptors of the workers must return.
"""

import asyncio
import os
import signal
import sys
import time
from collections import Counter
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import django
import httpx
from django.conf import settings
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from tests.live import LiveServer, live_server

if not settings.configured:
    os.environ |= {"ENVIRONMENT": "test", "DJANGO_SETTINGS_MODULE": "config.settings"}
    django.setup()

# The tests' records, which need the settings.
from tests.realtime.book import ADMIN, OF_ROSA
from tests.realtime.listening import Listener

AT_A_TIME = 50
RETURN_SECONDS = 15.0


@dataclass(frozen=True)
class Held:
    """What all workers hold together."""

    kilobytes: int
    descriptors: int

    def __str__(self) -> str:
        return f"{self.kilobytes / 1024:.1f} MB, {self.descriptors} descriptors"


@dataclass(frozen=True)
class Report:
    """`heard_after`: seconds until every socket had the event; `codes`: how the deploy closed them."""

    number: int
    before: Held
    opened: Held
    dropped: Held
    again: Held
    heard_after: float
    opened_after: float
    codes: Counter[int]

    def __str__(self) -> str:
        return (
            f"{self.number} sockets open after {self.opened_after:.1f} s; one event heard by all after {self.heard_after * 1000:.0f} ms\n"
            f"before   {self.before}\nopen     {self.opened}"
            f" ({(self.opened.kilobytes - self.before.kilobytes) / self.number:.1f} kB each)\n"
            f"dropped  {self.dropped}\nopened and dropped once more  {self.again}\ndeploy   close codes {dict(self.codes)}"
        )


def held(server: LiveServer) -> Held:
    workers = Path(f"/proc/{server.pid}/task/{server.pid}/children").read_text().split()
    kilobytes = sum(int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * 4 for pid in workers)
    return Held(kilobytes, sum(len(list(Path(f"/proc/{pid}/fd").iterdir())) for pid in workers))


def serve(number: int, workers: int) -> Report:
    """The whole of it, with `number` sockets over so many workers."""
    limits = {"SOCKETS_AT_ONCE": str(number), "SOCKETS_PER_USER": str(number), "WEB_CONCURRENCY": str(workers)}
    with live_server(limits, seed="from tests.realtime.book import fill; fill()") as server:
        return asyncio.run(_measured(server, number))


async def _measured(server: LiveServer, number: int) -> Report:
    admin = await asyncio.to_thread(Listener, server, ADMIN)
    await _round(server, admin, AT_A_TIME)  # what is made once is made
    before = held(server)
    started = time.monotonic()
    async with AsyncExitStack() as stack:
        sockets = await _open(server, admin, number, stack)
        opened_after, opened = time.monotonic() - started, held(server)
        claim = (await asyncio.to_thread(admin.claim, OF_ROSA))["id"]
        started = time.monotonic()
        await asyncio.to_thread(admin.post, f"/claims/{claim}/assign")
        await asyncio.gather(*(socket.recv() for socket in sockets))
        heard_after = time.monotonic() - started
        _drop(sockets[::2])
    dropped = await _returned(server, before)
    await _round(server, admin, number)
    again = await _returned(server, before)
    return Report(number, before, opened, dropped, again, heard_after, opened_after, await _deploy(server, admin, number))


async def _round(server: LiveServer, admin: Listener, number: int) -> None:
    async with AsyncExitStack() as stack:
        _drop((await _open(server, admin, number, stack))[::2])


async def _open(server: LiveServer, admin: Listener, number: int, stack: AsyncExitStack) -> list[ClientConnection]:
    address = server.url.replace("http", "ws", 1) + "/ws/claims"
    protocols = [Subprotocol("bearer"), Subprotocol(admin.token)]
    sockets: list[ClientConnection] = []
    while len(sockets) < number:
        several = range(min(AT_A_TIME, number - len(sockets)))
        opening = (stack.enter_async_context(connect(address, subprotocols=protocols, compression=None, open_timeout=30)) for _ in several)
        sockets += await asyncio.gather(*opening)
    return sockets


def _drop(sockets: list[ClientConnection]) -> None:
    """As a machine that loses its network does."""
    for socket in sockets:
        socket.transport.abort()


async def _returned(server: LiveServer, before: Held) -> Held:
    """What is held when no socket is counted any more and the descriptors are back, or when that takes too long."""
    deadline = time.monotonic() + RETURN_SECONDS
    async with httpx.AsyncClient() as client:
        while time.monotonic() < deadline:
            figures = (await client.get(f"{server.url}/metrics")).text
            counted = next(line for line in figures.splitlines() if line.startswith("vanguard_websockets "))
            if float(counted.split()[1]) == 0 and held(server).descriptors <= before.descriptors:
                break
            await asyncio.sleep(0.2)
    return held(server)


async def _deploy(server: LiveServer, admin: Listener, number: int) -> Counter[int]:
    async def code(socket: ClientConnection) -> int:
        try:
            while True:
                await socket.recv()
        except ConnectionClosed as end:
            return end.rcvd.code if end.rcvd else 1006

    async with AsyncExitStack() as stack:
        sockets = await _open(server, admin, number, stack)
        os.kill(server.pid, signal.SIGHUP)
        return Counter(await asyncio.gather(*map(code, sockets)))


if __name__ == "__main__":
    print(serve(int(sys.argv[1]) if len(sys.argv) > 1 else 1000, workers=2))
