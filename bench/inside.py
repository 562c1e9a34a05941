"""Processor time of an ASGI application alone, counted inside its own process: run by bench/cost.py, in ours and in the peers' Python.

The application is called as the server calls it, over and over, with nobody on the other side: no socket, no load and no second worker
disturb it, so a change of a few microseconds shows on a busy machine as well. PostgreSQL answers as ever.
The server's own parsing and writing are not in it; `make bench` has them.
"""

import asyncio
import json
import os
import sys
from collections.abc import Awaitable, Callable, Coroutine
from importlib import import_module
from itertools import cycle
from pathlib import Path
from statistics import mean
from time import perf_counter, process_time
from typing import Any, TextIO
from uuid import uuid4

import uvloop

ROUNDS, REQUESTS, WARM = 30, 25, 100
# Stand in what is sent for a key, a type and a policy that no other request has: a second notice of one loss would be held for a person.
OF_ITS_OWN, NEXT_POLICY = "of-its-own", "next-policy"

# What BENCH_WITHOUT can leave out of ours.
LEFT_OUT = {
    "lines": "vanguard.web.requestlog:write",
    "figures": "vanguard.web.middleware:observe",
    "headers": "vanguard.web.headers:SecurityHeaders.add",
    "answers": "vanguard.http.idempotency:RequestKey.keep",
    "encryption": "vanguard.encryption.keys:encrypt",
}

_kept: list[Any] = []

type Scope = dict[str, Any]
type Application = Callable[..., Coroutine[Any, Any, None]]


def requests(token: str, policy: str, covered: str, incident: str) -> dict[str, Scope]:
    """The workloads, as they arrive. What is sent lies beside the scope, under "sent". `covered`: policies, with commas between them."""
    bearer = (b"authorization", f"Bearer {token}".encode())
    one = f"/api/policies/{policy}"
    return {
        "W1 one policy": _scope(one, bearer),
        "W1 not modified": _scope(one, bearer, (b"if-none-match", b'"1"')),
        "W2 page of 20 + total": _scope("/api/policies", bearer, query=b"page=1&page_size=20"),
        "W3 create a claim": _scope("/api/claims", bearer, (b"content-type", b"application/json"), method="POST")
        | {
            "sent": json.dumps(
                {
                    "policyId": NEXT_POLICY,
                    "claimType": OF_ITS_OWN,
                    "claimAmount": 1234.56,
                    "incidentDate": incident,
                    "description": "Rear-end collision on Main Street near the crossing",
                }
            ).encode(),
            "policies": covered.split(","),
        },
        "W4 live": _scope("/health/live"),
    }


def _scope(path: str, *headers: tuple[bytes, bytes], query: bytes = b"", method: str = "GET") -> Scope:
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "server": ("127.0.0.1", 8000),
        "client": ("127.0.0.1", 50000),
        "scheme": "http",
        "method": method,
        "root_path": "",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query,
        "headers": [(b"host", b"127.0.0.1:8000"), *headers],
    }


def _given(body: bytes) -> Callable[[], Awaitable[dict[str, Any]]]:
    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    return receive


async def measure(application: Application, scope: Scope) -> tuple[int, float]:
    """The answer's status, and processor time a request in microseconds: of the calmest round, because neighbours only ever add.

    With BENCH_MEAN the mean of all rounds. With BENCH_CLOCK time by the clock, in which PostgreSQL's work is too.
    """
    clock = perf_counter if os.environ.get("BENCH_CLOCK") else process_time
    statuses: set[int] = set()
    sent, policies = scope.pop("sent", b""), cycle(scope.pop("policies", [""]))

    async def send(message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            statuses.add(message["status"])

    async def batch(count: int) -> float:
        started = clock()
        for _ in range(count):
            # As the server does it, each request is a task of its own, with a context of its own.
            key = uuid4().hex.encode()
            headers = [*scope["headers"], *([(b"idempotency-key", key)] if sent else [])]
            receive = _given(sent.replace(OF_ITS_OWN.encode(), key).replace(NEXT_POLICY.encode(), next(policies).encode()))
            await asyncio.create_task(application({**scope, "headers": headers, "state": {}}, receive, send))
        return (clock() - started) / count * 1e6

    await batch(WARM)
    figures = [await batch(REQUESTS) for _ in range(ROUNDS)]
    (status,) = statuses
    return status, mean(figures) if os.environ.get("BENCH_MEAN") else min(figures)


async def report(out: TextIO, where: str, *given: str) -> None:
    """A line a workload: status, microseconds, name. `where` is the application as gunicorn is told of it."""
    module, _, name = where.partition(":")
    application = getattr(import_module(module), name)
    await _as_a_worker_begins(application)
    for workload, scope in requests(*given).items():
        status, cost = await measure(application, scope)
        print(f"{status} {cost:.0f} {workload}", file=out, flush=True)


async def _as_a_worker_begins(application: Application) -> None:
    """Of ours, where it is measured with traces: its worker begins them. And what is to be left out is."""
    without = os.environ.get("BENCH_WITHOUT", "").split(",")
    for name in filter(None, without):
        module, _, rest = LEFT_OUT[name].partition(":")
        owner, _, last = rest.rpartition(".")
        # For this process only.
        setattr(
            getattr(import_module(module), owner) if owner else import_module(module), last, _as_it_is if name == "encryption" else _nothing
        )
    if os.environ.get("OTLP_ENDPOINT"):
        said = iter(["lifespan.startup"])

        async def receive() -> dict[str, Any]:
            for message in said:
                return {"type": message}
            await asyncio.get_running_loop().create_future()  # it does not end before the process does
            raise AssertionError("nobody ends it")

        begun = asyncio.Event()

        async def send(_message: dict[str, Any]) -> None:
            begun.set()

        _kept.append(asyncio.create_task(application({"type": "lifespan"}, receive, send)))
        await begun.wait()


def _as_it_is(data: bytes, _purpose: str = "") -> bytes:
    """In place of encrypting. Nobody reads it here."""
    return data


def _nothing(*_args: object, **_more: object) -> None:
    """In place of what is left out."""


if __name__ == "__main__":
    sys.path.insert(0, os.getcwd())
    out, sys.stdout = sys.stdout, Path(os.devnull).open("w")  # noqa: SIM115  # until the process ends: its log lines go there
    uvloop.run(report(out, *sys.argv[1:]))
