"""`python -m bench burst`: 128 connections and then 1,000, all asking at once and again as soon as they are answered.

Prints the answers by status, how long the served and the refused waited, what the server's memory and queues are before, meanwhile and
after, and whether the served wait longer at the end than at the beginning, as they would in a queue that grows. Who is told to come again
comes again after the time that the answer names. Each burst ends after BENCH_BURST_SECONDS. The server is the product as it is configured
(`deployed`), and once more without its workers starting anew after so many requests and with a pool of fixed size (`ours`).
"""

import asyncio
import json
import os
import random
import re
import statistics
import time
import urllib.request
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from bench import machine
from bench.databases import database
from bench.load import load_on
from bench.options import RESULTS, Options
from bench.servers import Server, server

CALLERS = (128, 1_000)
SECONDS = float(os.environ.get("BENCH_BURST_SECONDS", "20"))
# An answer that takes longer counts as none.
PATIENCE = 30.0
# Slept before the last look: the platform looks at its pools every five seconds, so they have given back what they keep no longer.
REST = 11.0
# Slept between looks at what nobody has taken yet.
LOOK_EVERY = 0.25
STATUS, LENGTH, RETRY = (
    re.compile(rb"HTTP/1\.1 (\d{3})"),
    re.compile(rb"content-length: (\d+)", re.I),
    re.compile(rb"retry-after: (\d+)", re.I),
)
HOW_MANY = re.compile(r"^(vanguard_active_connections|vanguard_database_pool_waiting)(?:\{[^}]*\})? ([\d.e+-]+)$", re.M)
LISTENING = "0A"


@dataclass
class Told:
    """What the callers were answered. Moments are seconds since the burst began, times seconds."""

    statuses: Counter[str] = field(default_factory=Counter)
    served: list[tuple[float, float]] = field(default_factory=list)
    refused: list[float] = field(default_factory=list)
    without_retry_after: int = 0
    most_waiting: int = 0


@dataclass(frozen=True, slots=True)
class Look:
    """MB of all processes; connections that nobody took yet; requests being answered; who waits for PostgreSQL."""

    memory_mb: float
    not_taken: int
    under_way: int
    waiting_for_a_connection: int

    @classmethod
    def at(cls, running: Server) -> "Look":
        with urllib.request.urlopen(f"{running.url}/metrics", timeout=PATIENCE) as answer:
            figures: Counter[str] = Counter()
            for name, value in HOW_MANY.findall(answer.read().decode()):
                figures[name] += int(float(value))
        # The one that asks is being answered too.
        under_way = max(figures["vanguard_active_connections"] - 1, 0)
        return cls(running.memory()["together_mb"], not_taken(running.port), under_way, figures["vanguard_database_pool_waiting"])


def not_taken(port: int) -> int:
    """Connections that the kernel holds for the server, which has not taken them yet."""
    lines = Path("/proc/net/tcp").read_text().splitlines()[1:]
    rows = [line.split() for line in lines if f":{port:04X} " in line]
    return sum(int(row[4].split(":")[1], 16) for row in rows if row[3] == LISTENING and row[1].endswith(f":{port:04X}"))


class Caller:
    """One kept connection. It is opened anew where the server closes it."""

    def __init__(self, port: int, token: str, paths: Sequence[str]) -> None:
        self.port, self.token, self.paths = port, token, paths
        self.reader: asyncio.StreamReader | None = None
        self.writer: asyncio.StreamWriter | None = None

    async def ask(self) -> tuple[int, int | None]:
        """The status, and after how many seconds to come again. Raises OSError, EOFError, TimeoutError where there is no answer."""
        if self.reader is None or self.writer is None:
            self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self.port)
        head = f"GET {random.choice(self.paths)} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {self.token}\r\n\r\n"  # noqa: S311  # a load
        self.writer.write(head.encode())
        answer = await self.reader.readuntil(b"\r\n\r\n")
        status, length, retry = STATUS.match(answer), LENGTH.search(answer), RETRY.search(answer)
        if status is None:
            raise EOFError
        await self.reader.readexactly(int(length[1]) if length else 0)
        if b"connection: close" in answer.lower():
            self.close()
        return int(status[1]), int(retry[1]) if retry else None

    def close(self) -> None:
        if self.writer is not None:
            self.writer.close()
        self.reader = self.writer = None


async def calls(caller: Caller, told: Told, started: float) -> None:
    """Asks until the time is up."""
    while (asked := time.monotonic()) - started < SECONDS:
        try:
            status, retry = await asyncio.wait_for(caller.ask(), PATIENCE)
        except (OSError, EOFError, TimeoutError) as error:
            told.statuses[type(error).__name__] += 1
            caller.close()
            continue
        told.statuses[str(status)] += 1
        took = time.monotonic() - asked
        if status == 200:
            told.served.append((asked - started, took))
            continue
        told.refused.append(took)
        if status == 503:
            told.without_retry_after += retry is None
            await asyncio.sleep(retry or 1)  # as Retry-After tells it to
    caller.close()


async def watched(port: int, told: Told) -> None:
    while True:
        told.most_waiting = max(told.most_waiting, not_taken(port))
        await asyncio.sleep(LOOK_EVERY)


async def burst(running: Server, tokens: Sequence[str], paths: Sequence[str], callers: int) -> Told:
    told, started = Told(), time.monotonic()
    watching = asyncio.create_task(watched(running.port, told))
    await asyncio.gather(*(calls(Caller(running.port, tokens[n % len(tokens)], paths), told, started) for n in range(callers)))
    watching.cancel()
    return told


def milliseconds(times: Sequence[float]) -> dict[str, float]:
    """Half of them, and 99 of a hundred, waited no longer."""
    if len(times) < 2:
        return {"p50": round(sum(times) * 1000, 1), "p99": round(sum(times) * 1000, 1)}
    cuts = statistics.quantiles(times, n=100, method="inclusive")
    return {"p50": round(cuts[49] * 1000, 1), "p99": round(cuts[98] * 1000, 1)}


def figures(told: Told) -> dict[str, Any]:
    third = SECONDS / 3
    early = [took for at, took in told.served if third / 3 < at < third]
    late = [took for at, took in told.served if at > SECONDS - third]
    return {
        "answers": dict(sorted(told.statuses.items())),
        "served a second": round(len(told.served) / SECONDS),
        "served, ms": milliseconds([took for _, took in told.served]),
        "served in the first third, ms": milliseconds(early),
        "served in the last third, ms": milliseconds(late),
        "refused, ms": milliseconds(told.refused),
        "503 without Retry-After": told.without_retry_after,
        "connections not taken yet, at most": told.most_waiting,
    }


def main() -> int:
    """Fills a book of BENCH_CLAIMS, and prints what a burst of either size does."""
    options = Options()
    with database("burst", options) as made:
        made.fill(options.claims, options.policies, options.customers)
        made.vacuum()
        about = machine.facts(options, made)
        with load_on(made) as load:
            tokens = (load.folder / "tokens.txt").read_text().split()
            ids = (load.folder / "policies.txt").read_text().split()
            paths = [f"/api/policies/{key}" for key in ids[:1000]] + [f"/api/policies?page={page}&page_size=20" for page in range(1, 200)]
            found = {}
            for name in ("deployed", "ours"):
                with server(name, made, options) as running:
                    found[name] = bursts(running, tokens, paths)
    result = about | {"seconds": SECONDS, "bursts": found, "load_after": machine.load_average()}
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "burst.json").write_text(json.dumps(result, indent=1) + "\n")
    return 0


def bursts(running: Server, tokens: Sequence[str], paths: Sequence[str]) -> dict[str, Any]:
    """Both, one after the other, on a server that is warm."""
    asyncio.run(burst_for_warmth(running, tokens, paths))
    found = {}
    for callers in CALLERS:
        before = Look.at(running)
        told = asyncio.run(burst(running, tokens, paths, callers))
        at_once = Look.at(running)
        time.sleep(REST)
        looks = {"before": before, "right after": at_once, f"{REST:.0f} s after": Look.at(running)}
        found[str(callers)] = figures(told) | {when: asdict(look) for when, look in looks.items()}
        print(f"{running.name}, {callers} connections", json.dumps(found[str(callers)], indent=1), sep="\n", flush=True)
    return found


async def burst_for_warmth(running: Server, tokens: Sequence[str], paths: Sequence[str]) -> None:
    """Pools are opened, and what callers may do is remembered."""
    callers = [Caller(running.port, token, paths) for token in tokens[:16]]
    for _ in range(20):
        await asyncio.gather(*(caller.ask() for caller in callers))
    for caller in callers:
        caller.close()
