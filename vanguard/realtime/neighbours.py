"""Without Redis: from worker to worker of one machine, by datagrams over Unix sockets that lie in one directory.

Each process with sockets open has one there, named after it; who has something to tell sends it to all of them. The kernel takes a
datagram or refuses it at once, so nobody waits. What a worker that was killed left behind is removed by who finds nobody behind it.
"""

import asyncio
import hashlib
import logging
import os
import socket
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from vanguard.realtime.hub import Hub
from vanguard.realtime.messages import unpacked

logger = logging.getLogger(__name__)
# The longest address that Linux and macOS both take.
LONGEST_PATH = 100


class Neighbours:
    """The relay over `directory`."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    @property
    def own(self) -> Path:
        """Containers may share the directory, and each has a process 1."""
        machine = hashlib.sha256(socket.gethostname().encode()).hexdigest()[:8]
        return self.directory / f"{machine}-{os.getpid()}.socket"

    def send(self, packed: bytes) -> None:
        others = list(self._others())
        if not others:
            return
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK) as sender:
            for other in others:
                self._send_to(sender, other, packed)

    def _others(self) -> Iterator[Path]:
        """Asked with every event, and mostly there are none: so not by `Path.glob`, which takes several times as long."""
        with suppress(OSError):
            names = [name for name in os.listdir(self.directory) if name.endswith(".socket")]
            yield from (path for name in names if (path := self.directory / name) != self.own)

    def _send_to(self, sender: socket.socket, other: Path, packed: bytes) -> None:
        try:
            sender.sendto(packed, str(other))
        except (ConnectionRefusedError, FileNotFoundError):
            other.unlink(missing_ok=True)
        except OSError as error:
            logger.warning("A worker did not take what it was told: %s", error.strerror)

    async def listen(self, hub: Hub) -> None:
        try:
            receiver = self._open()
        except OSError as error:
            logger.warning("Workers cannot tell each other of events in %s: %s", self.directory, error.strerror)
            return
        loop = asyncio.get_running_loop()
        try:
            while True:
                if message := unpacked(await loop.sock_recv(receiver, 1 << 18)):
                    hub.take(message)
        finally:
            receiver.close()
            self.own.unlink(missing_ok=True)

    async def close(self) -> None:
        """What is open is closed by `listen`."""

    def _open(self) -> socket.socket:
        if len(str(self.own)) > LONGEST_PATH:
            raise OSError(0, "the path is too long")
        # Nobody else may write there: what comes is believed.
        self.directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.own.unlink(missing_ok=True)
        receiver = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        receiver.bind(str(self.own))
        return receiver
