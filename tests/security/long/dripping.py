"""Who sends slowly, as a process of its own, so that nobody waits for its work: `python -m tests.security.long.dripping PORT SECONDS`.

Two hundred heads and two hundred bodies, a byte every quarter of a second, and fifty chunked bodies without end, over TLS. Each comes
from an address of its own, and again from another one when it is cut off, so that they are all there all the time. Writes what they heard.
"""

import asyncio
import json
import ssl
import sys
from collections import Counter
from contextlib import suppress
from functools import cache
from itertools import count
from typing import NamedTuple

HEAD = b"POST /api/auth/token HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
EVERY = 0.25
CONNECTED = "connected\n"
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


@cache
def trusting() -> ssl.SSLContext:
    """Once for all: to make one takes longer than a handshake, and who makes 450 sends nothing meanwhile."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    made.check_hostname, made.verify_mode = False, ssl.CERT_NONE
    return made


async def drip(port: int, kind: Kind, there: asyncio.Event) -> str:
    """One connection, until it is answered or cut off. It listens while it sends: an answer comes in the midst of a body without end."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=trusting(), local_addr=(address(), 0))
    there.set()
    hearing = asyncio.create_task(reader.read(4096))
    try:
        writer.write(kind.head)
        while not (await asyncio.wait({hearing}, timeout=EVERY))[0]:
            if not writer.transport.get_write_buffer_size():  # else the other side takes nothing now
                writer.write(kind.piece)
        return hearing.result()[9:12].decode() or "closed"
    finally:
        hearing.cancel()
        writer.transport.abort()


async def again_and_again(port: int, kind: Kind, there: asyncio.Event, answers: Counter[str]) -> None:
    try:
        while True:
            try:
                answers[await drip(port, kind, there)] += 1
            except OSError:
                answers["closed"] += 1
    finally:
        answers["under way at the end"] += 1


async def main(port: int, seconds: float) -> None:
    """Writes a line when all are connected, and after so many seconds more what they heard."""
    answers: dict[str, Counter[str]] = {name: Counter() for name in KINDS}
    senders = [(kind, asyncio.Event(), answers[name]) for name, kind in KINDS.items() for _ in range(kind.senders)]
    tasks = [asyncio.create_task(again_and_again(port, *sender)) for sender in senders]
    for _, there, _ in senders:
        await there.wait()
    sys.stdout.write(CONNECTED)
    sys.stdout.flush()
    await asyncio.sleep(seconds)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    sys.stdout.write(json.dumps(answers))


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        asyncio.run(main(int(sys.argv[1]), float(sys.argv[2])))
