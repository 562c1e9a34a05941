"""The boundary to the virus scanner: ClamAV's daemon, where CLAMD_ADDRESS names one ("host:port", or "unix:/path").

Own code, because it is one command of a stable protocol (clamd's INSTREAM) and the clients that are published are either unmaintained
or under a licence that would bind the platform. Nothing is said to be clean that was not scanned.
"""

import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

from django.conf import settings
from django.db import models

SECONDS = 20.0
CHUNK = 64 * 1024
LONGEST_ANSWER = 4096


class ScanState(models.TextChoices):
    """What is known of a file. One that waits, or that was found harmful, is not handed out."""

    NOT_SCANNED = "not_scanned", "Not scanned: no scanner is set up"
    PENDING = "pending", "Waits for the scanner"
    CLEAN = "clean", "Scanned, nothing found"
    REFUSED = "refused", "Found harmful"


WITHHELD = (ScanState.PENDING, ScanState.REFUSED)


def scan(file: IO[bytes]) -> ScanState:
    """What the scanner says of `file`, which is left rewound. A scanner that does not answer leaves it waiting."""
    if not settings.CLAMD_ADDRESS:
        return ScanState.NOT_SCANNED
    file.seek(0)
    try:
        answer = _asked(file)
    except OSError:  # refused, cut off, or too slow
        return ScanState.PENDING
    finally:
        file.seek(0)
    if answer.endswith("FOUND"):
        return ScanState.REFUSED
    # Anything else ("… ERROR": too large for the daemon, say) is no verdict.
    return ScanState.CLEAN if answer.endswith("OK") else ScanState.PENDING


def _asked(file: IO[bytes]) -> str:
    """The daemon's answer to one stream: lengths and chunks, ended by a length of nought."""
    with _connection() as daemon:
        daemon.sendall(b"zINSTREAM\0")
        while chunk := file.read(CHUNK):
            daemon.sendall(struct.pack("!L", len(chunk)) + chunk)
        daemon.sendall(struct.pack("!L", 0))
        answer = b""
        while b"\0" not in answer and len(answer) < LONGEST_ANSWER and (more := daemon.recv(1024)):
            answer += more
    return answer.rstrip(b"\0\n").decode(errors="replace")


@contextmanager
def _connection() -> Iterator[socket.socket]:
    address: str = settings.CLAMD_ADDRESS
    if address.startswith("unix:"):
        with socket.socket(socket.AF_UNIX) as daemon:
            daemon.settimeout(SECONDS)
            daemon.connect(address.removeprefix("unix:"))
            yield daemon
        return
    host, _, port = address.rpartition(":")
    with socket.create_connection((host.strip("[]"), int(port)), timeout=SECONDS) as daemon:
        yield daemon
