"""R1: workers are killed (-9) twenty times while claims are filed; who gets no answer asks again under the same key.

Beside them somebody listens: each filing that was acknowledged is heard, or it is said that something was missed.
"""

import json
import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from websockets.exceptions import ConnectionClosed, WebSocketException
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

from tests.faults import figure, size
from tests.faults.load import Load, prepare, require_whole, writers
from tests.faults.parts import Postgres, family, until
from tests.live import LiveServer, live_server

KILLS, WRITERS = size("kills", 20), 6
# Two looks of two seconds each, and what a crowded machine takes for them.
TOLD_WITHIN = 15.0


@dataclass
class Listening:
    """One client: what it heard of, and when it was told, or knew by a lost connection, to read anew (seconds since 1970)."""

    load: Load
    heard: set[str] = field(default_factory=set)
    read_anew: list[float] = field(default_factory=list)
    missed: int = 0
    ended: threading.Event = field(default_factory=threading.Event)

    def listen(self) -> None:
        address = self.load.url.replace("http", "ws", 1) + "/ws/claims"
        protocols = [Subprotocol("bearer"), Subprotocol(self.load.token)]
        while not self.ended.is_set():
            try:
                with connect(address, subprotocols=protocols, compression=None) as socket:
                    self.read_anew.append(time.time())
                    self.hear_all(socket)
            except (OSError, ConnectionClosed, WebSocketException):
                time.sleep(0.1)  # as a client does that was sent away: not at once again

    def hear_all(self, socket: ClientConnection) -> None:
        while not self.ended.is_set():
            with suppress(TimeoutError):
                self.hear(socket.recv(timeout=0.5))

    def hear(self, said: str | bytes) -> None:
        told = json.loads(said)
        if told["type"] == "events.missed":
            self.missed += 1
            self.read_anew.append(time.time())
        elif told["type"] == "claim.filed":
            self.heard.add(told["claimId"])


@contextmanager
def listening(load: Load) -> Iterator[Listening]:
    client = Listening(load)
    thread = threading.Thread(target=client.listen, daemon=True)
    thread.start()
    try:
        until(lambda: bool(client.read_anew), "a socket is open")
        yield client
    finally:
        client.ended.set()
        thread.join(timeout=30)


def workers_of(server: LiveServer) -> list[int]:
    return family(server.pid)[1:]


def test_what_was_acknowledged_is_there_once_and_nobody_who_listens_is_left_unaware(database: Postgres) -> None:
    with live_server({"WEB_CONCURRENCY": "2", "DATABASE_URL": database.url(), "DATABASE_POOL_SIZE": "4"}) as server:
        load = prepare(server, database)
        killed = 0
        with listening(load) as client:
            with writers(load, WRITERS):
                while killed < KILLS:
                    before = load.count()
                    until(lambda before=before: load.count() > before + 5, "writes between two kills")  # type: ignore[misc]  # mypy does not infer a default of a lambda
                    if pids := workers_of(server):
                        os.kill(pids[killed % len(pids)], signal.SIGKILL)
                        killed += 1
                time.sleep(1)  # some are filed after the last kill too
            ended = time.monotonic()
            until(lambda: client.heard >= set(load.acknowledged.values()) or time.monotonic() > ended + TOLD_WITHIN, "all is told")
        rows = database.query("SELECT id::text, extract(epoch FROM created_at)::float FROM claims_claim")
        made = {str(pk): float(str(at)) for pk, at in rows}
        unheard = [pk for pk in load.acknowledged.values() if pk not in client.heard]
        unaware = [pk for pk in unheard if max(client.read_anew) < made[pk]]
        whole = require_whole(load, server, database)
        told = f"{len(unheard)} filings were not heard of, and all of them known as missed ({client.missed} times events.missed)"
        figure("R1", f"{killed} kills: {load.tried_again} tries were repeated; {whole}; {told}")
        assert load.tried_again > 0
        assert unaware == []
