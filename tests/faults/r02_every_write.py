"""R2 on every writing operation of the API: stopped after each of its statements and in its COMMIT, all of it is done or nothing.

Twice over: the database ends the connection there, and the client goes away while the request is held there. And then the client goes away
at any moment, five milliseconds later each time. What a whole request changes is learned from undisturbed ones.
"""

import os
import socket
import struct
import time
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from tests.faults import figure, size
from tests.faults.making import Asked, Maker, maker
from tests.faults.parts import Postgres, until
from tests.faults.points import HOLD, KILL, Change, Points, without_later
from tests.live import WITHOUT_END, LiveServer, live_server

UNDISTURBED = 2
LATEST, STEP = size("latest_ms", 100), 5
# A name's part: only such operations. For who looks into one.
ONLY = os.environ.get("FAULT_ONLY", "")
NO_ANSWER = 0
LEFT_OVER = (
    "from django.utils import timezone; from datetime import timedelta; from vanguard.documents.keeping import left_over;"
    "print('left over:', sorted(left_over(timezone.now() + timedelta(days=1))))"
)


@dataclass(frozen=True)
class Try:
    asked: Asked
    correlation: str
    status: int
    repeats: str = ""


@dataclass
class Work:
    """Sends requests to the server, and keeps what was sent."""

    server: LiveServer
    points: Points
    making: Maker
    tries: list[Try] = field(default_factory=list)

    def new(self, operation: str) -> tuple[Asked, str]:
        return self.making.make(operation), f"fault-{len(self.tries)}-x"

    def whole(self, asked: Asked, correlation: str, key: str = "", repeats: str = "") -> int:
        """The answer's status."""
        with self._connected() as connection:
            connection.sendall(asked.sent_as(correlation, key or correlation))
            status = _status(connection)
        self.tries.append(Try(asked, correlation, status, repeats))
        return status

    def left_alone(self, asked: Asked, correlation: str, seconds: float) -> None:
        """The whole request, and after so long a reset, as when the line breaks."""
        with self._connected() as connection:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            connection.sendall(asked.sent_as(correlation, correlation))
            time.sleep(seconds)
        self.tries.append(Try(asked, correlation, NO_ANSWER))

    def left_alone_at(self, asked: Asked, correlation: str, place: int, *, in_commit: bool) -> None:
        self.points.arm(place, HOLD, in_commit=in_commit)
        with self._connected() as connection:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            connection.sendall(asked.sent_as(correlation, correlation))
            until(lambda: self.points.passed()[in_commit] >= place, f"{asked.operation} comes to its point {place}", seconds=30)
        self.tries.append(Try(asked, correlation, NO_ANSWER))
        self.rest()

    def rest(self) -> None:
        """Until the server has done what it was sent."""
        time.sleep(0.02)
        until(self.points.are_at_rest, "nothing is being done", seconds=30)

    def _connected(self) -> socket.socket:
        address = urlsplit(self.server.url)
        return socket.create_connection((str(address.hostname), address.port or 80), timeout=30)


def _status(connection: socket.socket) -> int:
    said = b""
    while b"\r\n" not in said:
        if not (more := connection.recv(65536)):
            return NO_ANSWER
        said += more
    return int(said.split(b" ", 2)[1])


def test_every_write_is_done_or_not_wherever_it_is_stopped(database: Postgres) -> None:
    variables = {**WITHOUT_END, "WEB_CONCURRENCY": "1", "DATABASE_URL": database.url(), "DATABASE_POOL_SIZE": "4"}
    with live_server(variables) as server, maker(server) as making:
        work = Work(server, Points(database), making)
        operations = [name for name in making.operations() if ONLY in name]
        stopped: Counter[str] = Counter()
        for operation in operations:
            places, commits = _undisturbed(work, operation)
            stopped += _stopped(work, operation, places, commits)
        time.sleep(2)
        done = _judged(work, operations)
        left = server.manage("shell", "--verbosity", "0", "--command", LEFT_OVER)
        server.manage("audit_seal")
        server.manage("verify_all")
        crashed = [line for line in server.log_lines() if line.get("status") == 500]
        figure(
            "R2",
            f"{len(operations)} writing operations: {stopped[KILL]} connections ended after a statement or in the COMMIT, {stopped[HOLD]}"
            f" clients gone while held there, {stopped['moment']} gone after 0 to {LATEST} ms: {done['done']} done, {done['undone']} not at"
            f" all, {done['steps']} by half; {done['again']} tried again under the same key, each done once; everything verified",
        )
        assert left.strip().endswith("left over: []")
        assert crashed == []


def _undisturbed(work: Work, operation: str) -> tuple[int, int]:
    """The statements and the COMMITs that it takes."""
    found = []
    for _ in range(UNDISTURBED):
        asked, correlation = work.new(operation)
        work.points.arm()
        status = work.whole(asked, correlation)
        work.rest()
        assert status == asked.status, (operation, status)
        found.append(work.points.passed())
    return min(found)


def _stopped(work: Work, operation: str, places: int, commits: int) -> Counter[str]:
    count: Counter[str] = Counter()
    for place, in_commit in [*((number + 1, False) for number in range(places)), *((number + 1, True) for number in range(commits))]:
        asked, correlation = work.new(operation)
        work.points.arm(place, KILL, in_commit=in_commit)
        status = work.whole(asked, correlation)
        work.points.arm()
        assert status in (asked.status, 503), (operation, place, in_commit, status)
        if asked.takes_a_key:
            again = work.whole(asked, f"{correlation}-again", key=correlation, repeats=correlation)
            assert again == asked.status, (operation, place, in_commit, again)
        work.rest()
        asked, correlation = work.new(operation)
        work.left_alone_at(asked, correlation, place, in_commit=in_commit)
        count.update([KILL, HOLD])
    work.points.arm()
    for milliseconds in range(0, LATEST + 1, STEP):
        asked, correlation = work.new(operation)
        work.left_alone(asked, correlation, milliseconds / 1000)
        count["moment"] += 1
    work.rest()
    return count


def _judged(work: Work, operations: list[str]) -> Counter[str]:
    changes, of_nobody = work.points.changes()
    found = {each.correlation: without_later(changes.get(each.correlation, [])) for each in work.tries}
    whole: dict[str, list[list[Change]]] = defaultdict(list)
    for operation in operations:
        whole[operation] = [found[each.correlation] for each in work.tries if each.asked.operation == operation][:UNDISTURBED]
    count: Counter[str] = Counter()
    by_half: list[object] = []
    for each in work.tries:
        got = found[each.correlation]
        what = "undone" if not got else "done" if got in whole[each.asked.operation] else "steps"
        count[what] += 1
        if each.repeats:
            count["again"] += 1
            if bool(got) == bool(found[each.repeats]):
                by_half.append((each, "not once", got, found[each.repeats]))
        elif what == "steps" or (what == "undone" and each.status == each.asked.status and whole[each.asked.operation][0]):
            by_half.append((each.asked.operation, each.status, what, got, whole[each.asked.operation][0]))
    assert by_half == [], "\n".join(str(each) for each in by_half[:20])
    assert of_nobody == set()
    return count
