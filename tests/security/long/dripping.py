"""Who sends slowly, as a process of its own, so that nobody waits for its work: `python -m tests.security.long.dripping PORT SECONDS`.

Two hundred heads and two hundred bodies, a byte every quarter of a second, and fifty chunked bodies without end, over TLS. Each comes
from an address of its own, and again from another one when it is cut off, so that they are all there all the time. Writes what they heard.
"""

import asyncio
import json
import ssl
import sys
import time
from collections import Counter
from contextlib import suppress
from itertools import count
from typing import NamedTuple

HEAD = b"POST /api/auth/token HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
EVERY = 0.25
_addresses = count(1)


class Kind(NamedTuple):
    """`head` is sent at once, then `piece` again and again."""

    senders: int
    head: bytes
    piece: bytes


KINDS = {
    "headers": Kind(200, b"GET / HTTP/1.1\r\nHost: localhost\r\n", b"X"),
    "bodies": Kind(200, HEAD + b"Content-Length: 100000\r\n\r\n{", b" "),
    "chunks": Kind(50, HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"10000\r\n" + b" " * 0x10000 + b"\r\n"),
}


def address() -> str:
    """None twice: limits of an address are not what is tried here."""
    number = next(_addresses)
    return f"127.{1 + number // 65_000}.{number // 250 % 256}.{1 + number % 250}"


async def drip(port: int, kind: Kind) -> str:
    """One connection, until it is answered, cut off, or ended by us."""
    trusting = ssl.create_default_context()
    trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
    reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=trusting, local_addr=(address(), 0))
    try:
        writer.write(kind.head)
        while True:
            await writer.drain()
            try:
                got = await asyncio.wait_for(reader.read(4096), EVERY)
                return got[9:12].decode() or "closed"
            except TimeoutError:
                writer.write(kind.piece)
    finally:
        writer.transport.abort()


async def again_and_again(port: int, kind: Kind, until: float, answers: Counter[str]) -> None:
    while time.monotonic() < until:
        try:
            async with asyncio.timeout_at(asyncio.get_running_loop().time() + until - time.monotonic()):
                answers[await drip(port, kind)] += 1
        except TimeoutError:
            answers["under way at the end"] += 1
        except OSError:
            answers["closed"] += 1


async def main(port: int, seconds: float) -> None:
    until = time.monotonic() + seconds
    answers: dict[str, Counter[str]] = {name: Counter() for name in KINDS}
    async with asyncio.TaskGroup() as group:
        for name, kind in KINDS.items():
            for _ in range(kind.senders):
                group.create_task(again_and_again(port, kind, until, answers[name]))
    sys.stdout.write(json.dumps(answers))


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        asyncio.run(main(int(sys.argv[1]), float(sys.argv[2])))
