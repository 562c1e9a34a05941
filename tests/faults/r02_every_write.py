"""R2 on every writing operation of the API: wherever it is stopped, all of it is done or nothing.

The database ends the connection after each statement and in each COMMIT; the client goes away while a COMMIT is held, and at any moment,
five milliseconds later each time until the answer is sooner. What a whole request writes is learned from undisturbed ones.
"""

import os
import select
import socket
import struct
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from tests.faults import figure, size
from tests.faults.making import Asked, Maker, maker
from tests.faults.parts import Postgres, until
from tests.faults.points import HOLD, KILL, Change, Points
from tests.live import WITHOUT_END, LiveServer, live_server

UNDISTURBED = 2
LATEST, STEP = size("latest_ms", 100), 5
# A name's part: only such operations. For who looks into one.
ONLY = os.environ.get("FAULT_ONLY", "")
NO_ANSWER, UNAVAILABLE = 0, 503
MOMENT, BESIDES, DONE, UNDONE, AGAIN = "moment", "besides", "done", "undone", "again"
# No records of the trade are in these tables, and a transaction that writes to nothing else does not say whose it is: it is not judged.
TELL_NOBODY = {
    f"{table} {what}"
    for table in ("accounts_failedlogins", "accounts_resetrequests", "mail_letter")
    for what in ("INSERT", "UPDATE", "DELETE")
}
LEFT_OVER = (
    "from django.utils import timezone; from datetime import timedelta; from vanguard.documents.keeping import left_over;"
    "print('left over:', len(list(left_over(timezone.now() + timedelta(days=1)))))"
)


@dataclass(frozen=True)
class Try:
    asked: Asked
    correlation: str
    status: int
    # The correlation id of the one that it repeats under the same key.
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

    def whole(self, asked: Asked, correlation: str, repeats: str = "") -> int:
        """The answer's status."""
        with self._connected() as connection:
            connection.sendall(asked.sent_as(correlation, key=repeats or correlation))
            status = _status(connection)
        self.tries.append(Try(asked, correlation, status, repeats))
        return status

    @contextmanager
    def left_alone(self, operation: str) -> Iterator[socket.socket]:
        """Sends the whole request, and resets the connection when the block ends, as when the line breaks."""
        asked, correlation = self.new(operation)
        with self._connected() as connection:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            connection.sendall(asked.sent_as(correlation, key=correlation))
            yield connection
        self.tries.append(Try(asked, correlation, NO_ANSWER))

    def rest(self) -> None:
        """Until the server has done what it was sent."""
        time.sleep(0.02)  # what was sent last is on its way through the sockets still
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
        writing = 0
        stopped: Counter[str] = Counter()
        for operation in making.operations():
            if ONLY in operation and (taken := _undisturbed(work, operation)) != (0, 0):
                writing += 1
                stopped.update(_ended_by_the_database(work, operation, *taken))
                stopped.update(_left_in_the_commit(work, operation, taken[1]))
                stopped.update(_left_at_any_moment(work, operation))
        done = _judged(work)
        left = int(server.manage("shell", "--verbosity", "0", "--command", LEFT_OVER).rpartition("left over: ")[2])
        server.manage("audit_seal")
        server.manage("verify_all")
        assert [line for line in server.log_lines() if line.get("status") == 500] == []
        # A file is written before its row; whose row was undone is taken away a day later (vanguard.documents.keeping).
        assert left <= done[UNDONE]
        figure(
            "R2",
            f"{writing} writing operations: {stopped[KILL]:,} connections ended after a statement or in the COMMIT, {stopped[HOLD]} clients"
            f" gone while a COMMIT was held, {stopped[MOMENT]:,} gone after 0 to {LATEST} ms; with those that nothing befell {done[DONE]:,}"
            f" done, {done[UNDONE]:,} not at all, none by half; {done[AGAIN]:,} were repeated under their key: done once;"
            f" {left} files without a record were left; all verified",
        )


def _undisturbed(work: Work, operation: str) -> tuple[int, int]:
    """The statements and the COMMITs that it takes."""
    found = []
    for _ in range(UNDISTURBED):
        work.points.arm()
        asked, correlation = work.new(operation)
        status = work.whole(asked, correlation)
        work.rest()
        assert status == asked.status, (operation, status)
        found.append(work.points.passed())
    return min(found)


def _ended_by_the_database(work: Work, operation: str, statements: int, commits: int) -> Iterator[str]:
    places = [(place, False) for place in range(1, statements + 1)] + [(place, True) for place in range(1, commits + 1)]
    for place, in_commit in places:
        work.points.arm(place, KILL, in_commit=in_commit)
        asked, correlation = work.new(operation)
        status = work.whole(asked, correlation)
        work.points.arm()
        # Its own answer, where what was ended is done besides (a letter is sent, a count of tries cleared).
        assert status in (asked.status, UNAVAILABLE), (operation, place, in_commit, status)
        if asked.takes_a_key:
            again = work.whole(asked, f"{correlation}-again", repeats=correlation)
            assert again == asked.status, (operation, place, in_commit, again)
        work.rest()
        yield KILL if status == UNAVAILABLE else BESIDES


def _left_in_the_commit(work: Work, operation: str, commits: int) -> Iterator[str]:
    for place in range(1, commits + 1):
        work.points.arm(place, HOLD, in_commit=True)
        with work.left_alone(operation):
            # mypy infers no type for a lambda with a default, which binds the place of this turn.
            until(lambda place=place: work.points.passed()[1] >= place, f"{operation} comes to COMMIT {place}", seconds=30)  # type: ignore[misc]
        work.rest()
        yield HOLD


def _left_at_any_moment(work: Work, operation: str) -> Iterator[str]:
    work.points.arm()
    for milliseconds in range(0, LATEST + 1, STEP):
        with work.left_alone(operation) as connection:
            was_answered = bool(select.select([connection], [], [], milliseconds / 1000)[0])
        yield MOMENT
        if was_answered:
            break
    work.rest()


def _judged(work: Work) -> Counter[str]:
    """How many were done, and how many not at all. Raises AssertionError for what is neither, is done twice, or was answered and is not."""
    changes, of_nobody = work.points.changes()
    assert of_nobody <= TELL_NOBODY
    wholes: dict[str, list[list[Change]]] = {}
    wrong: list[object] = []
    count: Counter[str] = Counter()
    for each in work.tries:
        wrote, whole = changes.get(each.correlation, []), wholes.setdefault(each.asked.operation, [])
        if len(whole) < UNDISTURBED:  # they came first
            whole.append(wrote)
        count[DONE if wrote else UNDONE] += any(whole)
        count[AGAIN] += each.repeats != ""
        if wrote and wrote not in whole:
            wrong.append(("by half", each.asked.operation, each.status, wrote, whole[0]))
        if each.repeats and bool(wrote) == bool(changes.get(each.repeats)) and any(whole):
            wrong.append(("not once", each.asked.operation, each.status, wrote))
        if not each.repeats and each.status == each.asked.status and not wrote and any(whole):
            wrong.append(("answered and not done", each.asked.operation, each.status))
    assert wrong == [], "\n".join(str(each) for each in wrong[:20])
    return count
