"""Many WebSockets from one process, and what the platform's processes hold meanwhile."""

import asyncio
import json
import os
import random
import signal
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, WebSocketException
from websockets.typing import Subprotocol

from tests.faults.parts import Postgres, family
from tests.live import LiveServer

AT_A_TIME, OPEN_SECONDS = 50, 60.0
OF_THE_PLATFORM = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'vanguardai'"


@dataclass(frozen=True)
class Held:
    """What all workers hold together, and how many connections to the database the platform has."""

    megabytes: float
    descriptors: int
    connections: int

    @property
    def besides(self) -> int:
        """Descriptors that are no connections to the database: pools grow with a crowd, and shrink when they have rested."""
        return self.descriptors - self.connections

    def __str__(self) -> str:
        return f"{self.megabytes:.0f} MB, {self.descriptors} descriptors, {self.connections} connections"


def held(server: LiveServer, database: Postgres) -> Held:
    pages = descriptors = 0
    for pid in family(server.pid)[1:]:
        with suppress(OSError):  # it has just ended
            pages += int(Path(f"/proc/{pid}/statm").read_text().split()[1])
            descriptors += len(list(Path(f"/proc/{pid}/fd").iterdir()))
    return Held(pages * 4096 / 1_000_000, descriptors, int(str(database.query(OF_THE_PLATFORM)[0][0])))


@dataclass
class Crowd:
    """Who listens at once to every claim. `codes`: how its sockets were closed by the server."""

    url: str
    token: str
    open: list[ClientConnection] = field(default_factory=list)
    codes: Counter[int] = field(default_factory=Counter)
    came: int = 0
    refused: int = 0

    async def come(self, number: int) -> None:
        """So many more, some at a time."""
        wanted = len(self.open) + number
        while len(self.open) < wanted:
            self.open += await asyncio.gather(*(self.one() for _ in range(min(AT_A_TIME, wanted - len(self.open)))))

    async def one(self) -> ClientConnection:
        """Comes again where it was turned away, as a client does while workers are replaced."""
        protocols = [Subprotocol("bearer"), Subprotocol(self.token)]
        for _ in range(20):
            try:
                address = self.url.replace("http", "ws", 1) + "/ws/claims"
                socket = await connect(address, subprotocols=protocols, compression=None, open_timeout=OPEN_SECONDS)
                self.came += 1
                return socket
            except (OSError, WebSocketException, TimeoutError):
                self.refused += 1
                await asyncio.sleep(random.uniform(0.1, 0.5))
        raise AssertionError("a WebSocket was turned away twenty times")

    async def hear(self, kind: str, seconds: float = OPEN_SECONDS) -> None:
        """Until everybody has heard such an event."""

        async def wait(socket: ClientConnection) -> None:
            while json.loads(await socket.recv())["type"] != kind:
                pass

        await asyncio.wait_for(asyncio.gather(*map(wait, self.open)), seconds)

    async def go(self) -> None:
        """Half of them say so, the others as a machine that loses its network."""
        for socket in self.open[::2]:
            socket.transport.abort()
        await asyncio.gather(*(socket.close() for socket in self.open[1::2]))
        self.open = []

    async def come_again_when_sent_away(self) -> None:
        """Each waits until the server closes it, and connects anew after a moment of chance length."""

        async def again(socket: ClientConnection) -> ClientConnection:
            with suppress(ConnectionClosed):
                while True:
                    await socket.recv()
            self.codes[socket.close_code or 1006] += 1
            await asyncio.sleep(random.uniform(0, 3))
            return await self.one()

        self.open = list(await asyncio.gather(*map(again, self.open)))


def hang_up(server: LiveServer) -> set[int]:
    """Tells the master to replace its workers; returns those that are to go."""
    before = set(family(server.pid)[1:])
    os.kill(server.pid, signal.SIGHUP)
    return before


def figure_of(text: str, name: str) -> float:
    """One figure of /metrics that has no labels."""
    line = next(line for line in text.splitlines() if line.startswith(f"{name} "))
    return float(line.split()[1])
