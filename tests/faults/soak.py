"""Mixed work for SOAK_MINUTES: filings, decisions, reads, pages and sockets, while each worker ends after some hundred requests.

Every write that was acknowledged is looked for afterwards; memory, descriptors and connections must not grow, nor the time of answers.
"""

import asyncio
import hashlib
import os
import random
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from websockets.exceptions import ConnectionClosed

from tests.faults import figure, size
from tests.faults.load import Answer, Caller, Load, counted, logged_in, p99, prepare, require_whole
from tests.faults.parts import Front, Postgres, family, nginx, redis_server
from tests.faults.r09_redis_away import workbench
from tests.faults.sockets import Crowd, Held, held
from tests.live import LiveServer, live_server

MINUTES = size("minutes", int(os.environ.get("SOAK_MINUTES", 30)))
EVERY, SEALED_EVERY, RENEWED_EVERY, SOCKETS = 5.0, 60.0, 600.0, 60
FILERS, DECIDERS, READERS = 2, 2, 3
# Beside the first part of the run: what was there before the caches and the pools were full is not compared.
MAY_GROW, MAY_SLOW = 1.10, 2.0
STEPS = ("assign", "start", "reserve", "approve", "pay")
BODIES: dict[str, dict[str, object]] = {"reserve": {"amount": 500, "reason": "First estimate"}, "pay": {}}
DONE = "SELECT claim_id::text, command FROM claims_claimtransition"
RESERVED = "SELECT claim_id::text FROM claims_ledgerentry WHERE kind = 'reserve'"


class Work:
    """What goes on beside the filings of `load`, until that has ended."""

    def __init__(self, load: Load) -> None:
        self.load = load
        self.steps: list[tuple[str, str]] = []
        self.refused = 0
        self.pages: list[Answer] = []
        # The same piece of work again and again: what it takes says how busy others have the machine.
        self.measure: list[Answer] = []

    def decide(self, number: int) -> None:
        """Files claims of its own, and brings each as far as it goes; each acknowledged step is kept."""
        caller, at = Caller(self.load), 0
        while not self.load.ended.is_set():
            key = f"{self.load.name}{100 + number}-{at}"
            claim = self._filed(caller, key, at)
            self.load.acknowledged[key] = claim
            for step in STEPS:
                answer, said = caller.ask("POST", f"/api/claims/{claim}/{step}", BODIES.get(step, {}), {"Idempotency-Key": f"{key}-{step}"})
                if answer.status == 200:
                    self.steps.append((claim, step))
                elif answer.status == 409:  # a second person is waited for, so there is nothing to pay yet
                    self.refused += 1
                else:
                    self.load.wrong.append(f"{step}: {answer.status} {said[:200]!r}")
            at += 1
            time.sleep(0.2)

    def _filed(self, caller: Caller, key: str, number: int) -> str:
        while (found := caller.file(key, number, amount=1_500)) is None:
            time.sleep(0.2)
        return found

    def read(self, number: int) -> None:
        caller, chance = Caller(self.load), random.Random(number)
        while not self.load.ended.is_set():
            known = list(self.load.acknowledged.values())[-200:]
            paths = ["/api/claims?page=1&page_size=20", "/api/policies?page=1&page_size=20", f"/api/policies/{self.load.policies[0]}"]
            caller.ask("GET", chance.choice(paths + [f"/api/claims/{chance.choice(known)}"] * 3 if known else paths))
            time.sleep(0.05)

    def look(self, front: Front) -> None:
        """Pages of the workbench."""
        with workbench(front.url, front.tls) as client:
            while not self.load.ended.is_set():
                for path in ("/admin/", "/admin/claims/claim/", "/admin/policies/policy/"):
                    began = time.monotonic()
                    self.pages.append(Answer(began, time.monotonic() - began, client.get(path).status_code))
                time.sleep(0.5)

    def measure_the_machine(self) -> None:
        """Some ten milliseconds of a processor, without Python's lock."""
        while not self.load.ended.is_set():
            began = time.monotonic()
            hashlib.pbkdf2_hmac("sha256", b"the same", b"each time", 20_000)
            self.measure.append(Answer(began, time.monotonic() - began, 200))
            time.sleep(0.2)  # so that measuring is no load of its own

    def listen(self, crowd: Crowd) -> None:
        """A crowd that is sent away by each worker that ends and comes again; some of it goes by itself."""

        async def stay(place: int) -> None:
            while not self.load.ended.is_set():
                socket = await crowd.one()
                until = time.monotonic() + random.uniform(5, 60)
                with suppress(ConnectionClosed):
                    while time.monotonic() < until and not self.load.ended.is_set():
                        with suppress(TimeoutError):
                            await asyncio.wait_for(socket.recv(), 1)
                if place % 2:
                    socket.transport.abort()
                else:
                    await socket.close()

        async def all_of_them() -> None:
            await asyncio.gather(*map(stay, range(SOCKETS)))

        asyncio.run(all_of_them())

    def renew(self, server: LiveServer, crowd: Crowd) -> None:
        """A new token before the old one has ended, as a client does."""
        while not self.load.ended.wait(RENEWED_EVERY):
            self.load.token = crowd.token = logged_in(server)

    def seal(self, server: LiveServer) -> None:
        """As whoever operates it has it done each minute."""
        while not self.load.ended.wait(SEALED_EVERY):
            server.manage("audit_seal")

    def missing(self, database: Postgres) -> set[tuple[str, str]]:
        """Acknowledged steps that are not there. A reserve is an entry of the ledger, a payment asked for or made is a step."""
        there = {(str(claim), str(command)) for claim, command in database.query(DONE)}
        there |= {(str(claim), "reserve") for (claim,) in database.query(RESERVED)}
        names = {"assign": {"assign"}, "pay": {"pay", "request_payment"}, "approve": {"approve", "propose"}}
        return {(claim, step) for claim, step in self.steps if not any((claim, name) in there for name in names.get(step, {step}))}


@dataclass(frozen=True)
class Sample:
    at: float
    workers: Held
    master: float
    began: int


def test_it_goes_on_as_it_began(database: Postgres) -> None:
    recycled = {"GUNICORN_CMD_ARGS": "--max-requests 500 --max-requests-jitter 100"}
    limits = {"SOCKETS_AT_ONCE": "500", "SOCKETS_PER_USER": "500"}
    with redis_server() as redis:
        variables = {"WEB_CONCURRENCY": "2", "DATABASE_URL": database.url(), "DATABASE_POOL_SIZE": "4", "REDIS_URL": redis.url}
        with live_server(variables | recycled | limits) as server, nginx(server.port) as front:
            soak(server, database, front)


def soak(server: LiveServer, database: Postgres, front: Front) -> None:
    load = prepare(server, database, front)
    work, crowd = Work(load), Crowd(server.url, load.token)
    parts: list[tuple[Callable[..., None], tuple[object, ...]]] = [
        *((load.write, (f"{load.name}{place}", None, 60.0, 0.2)) for place in range(FILERS)),
        *((work.decide, (place,)) for place in range(DECIDERS)),
        *((work.read, (place,)) for place in range(READERS)),
        (work.look, (front,)),
        (work.measure_the_machine, ()),
        (work.listen, (crowd,)),
        (work.seal, (server,)),
        (work.renew, (server, crowd)),
    ]
    threads = [threading.Thread(target=part, args=arguments, daemon=True) for part, arguments in parts]
    began, samples, seen = time.monotonic(), [], set[int]()
    for thread in threads:
        thread.start()
    while time.monotonic() - began < MINUTES * 60:
        time.sleep(EVERY)
        seen |= set(family(server.pid)[1:])
        samples.append(Sample(time.monotonic() - began, held(server, database), megabytes_of(server.pid), len(seen)))
        tell(samples[-1], load)
        died = [part.__name__ for thread, (part, _) in zip(threads, parts, strict=True) if not thread.is_alive()]
        assert died == [], f"{died} ended: {load.wrong}"
    load.ended.set()
    for thread in threads:
        thread.join(timeout=120)
    judge(load, work, samples, began, server, database, crowd)


def tell(sample: Sample, load: Load) -> None:
    print(
        f"{sample.at:6.0f} s  {sample.workers}, master {sample.master:.0f} MB, {sample.began} workers, {len(load.answers):,} answers",
        flush=True,
    )


def judge(load: Load, work: Work, samples: list[Sample], began: float, server: LiveServer, database: Postgres, crowd: Crowd) -> None:
    """Says what was measured, then what of it does not hold."""
    first, last = samples[len(samples) // 8 : len(samples) // 3], samples[-len(samples) // 4 :]
    grown = {
        name: (median(map(of, first)), median(map(of, last)))
        for name, of in {
            "MB of the workers": lambda sample: sample.workers.megabytes,
            "MB of the master": lambda sample: sample.master,
            "descriptors": lambda sample: float(sample.workers.descriptors),
            "connections": lambda sample: float(sample.workers.connections),
        }.items()
    }
    end = began + MINUTES * 60
    early, late = p99(load.between(began, began + 60)), p99(load.between(end - 60, end))
    before, after = p99(during(work.measure, began, began + 60)), p99(during(work.measure, end - 60, end))
    missing, whole = work.missing(database), require_whole(load, server, database)
    answers, pages = counted(load.answers), counted(work.pages)
    figure(
        "SOAK",
        f"{MINUTES} min, {samples[-1].began} workers one after another: {len(load.answers):,} answers {answers}, {len(work.pages):,} pages"
        f" {pages}, {crowd.came:,} sockets; {len(work.steps):,} acknowledged steps, {len(missing)} missing; {whole}",
    )
    moved = ", ".join(f"{name} {then:.0f} → {now:.0f}" for name, (then, now) in grown.items())
    figure("SOAK", f"{moved}; p99 of the first minute {early * 1000:.0f} ms, of the last {late * 1000:.0f} ms")
    figure("SOAK", f"p99 of a fixed piece of work beside: {before * 1000:.0f} ms in the first minute, {after * 1000:.0f} ms in the last")
    assert missing == set()
    assert set(answers) <= {200, 201, 409}
    assert set(pages) == {200}
    assert {name: both for name, both in grown.items() if both[1] > both[0] * MAY_GROW} == {}
    # A machine that others have busier at the end than at the beginning slows down whatever runs on it.
    assert late <= early * MAY_SLOW * max(1.0, after / before)


def during(answers: list[Answer], begin: float, end: float) -> list[Answer]:
    return [answer for answer in answers if begin <= answer.sent < end]


def megabytes_of(pid: int) -> float:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * 4096 / 1_000_000
