"""`make bench-growth`: what the same request costs as the book grows. One caller, so that nothing waits in line."""

import http.client
import json
import statistics
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from uuid import uuid4

from bench import chart, machine, report
from bench.databases import Database, database
from bench.options import RESULTS, ROOT, Options
from bench.servers import Server, server

CALLS, CALLS_WHEN_SLOW, SLOW_SECONDS = 60, 7, 0.3
# What the chart shows: its cost should not grow with the book.
OPERATIONS = ("one claim by id", "page after a cursor, in the middle", "page 1 with total", "page at 90 % with total", "create a claim")
# What is asked in the query string: the first page and the exact total of what fits, which a search has to find and a total to count.
NARROWED = {
    "search: a claim number": "/api/claims?q=CLM-2025-0004321",
    "search: part of a number": "/api/claims?q=04321",
    "search: a policy by part of its number": "/api/policies?q=04321",
    "search: nobody": "/api/claims?q=nobody",
    "search: a common surname": "/api/claims?q=smith",
    "search: the start of every number": "/api/claims?q=CLM-2025",
    "customers: a common surname": "/api/customers?q=smith",
    "claims that are approved": "/api/claims?status=approved",
    "claims that are pending": "/api/claims?status=pending",
    "policies that have expired by now": "/api/policies?status=expired",
}


class Caller:
    """One kept connection and one token."""

    def __init__(self, to: Server, token: str) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", to.port, timeout=60)
        self.headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """The answer's data. Raises SystemExit for anything but 200 and 201: the wrong thing must not be timed."""
        headers = self.headers | ({"Idempotency-Key": str(uuid4())} if body else {})
        self.connection.request(method, path, json.dumps(body) if body else None, headers)
        answer = self.connection.getresponse()
        content = answer.read()
        if answer.status not in (200, 201):
            raise SystemExit(f"{method} {path} was answered with {answer.status}: {content[:300]!r}")
        return json.loads(content)["data"]


def calls(caller: Caller, made: Database, claims: int) -> dict[str, Callable[[], Any]]:
    """The operations, by name, on this size."""
    with made.connect() as connection:
        ids = [row[0] for row in connection.execute("SELECT id::text FROM claims_claim ORDER BY md5(id::text) LIMIT 500").fetchall()]
        incident = datetime.now(UTC) - timedelta(hours=1)
        pick = "SELECT id::text FROM policies_policy WHERE status = 'active' AND start_date <= %s AND end_date > %s LIMIT 500"
        covered = [row[0] for row in connection.execute(pick, [incident, incident]).fetchall()]
    turn = iter(range(10**9))
    middle = caller.ask("GET", f"/api/claims?page={claims // 40}&page_size=20")["nextCursor"]
    notice = {
        "claimType": "hail",
        "claimAmount": 1250.5,
        "incidentDate": incident.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "description": "Hail on the roof",
    }

    def another(place: int) -> dict[str, str]:
        """A loss of a type of its own: a second one of a policy, day and type would be held for a person."""
        return {"policyId": covered[place % len(covered)], "claimType": f"hail {place}"}

    plain = dict(
        zip(
            OPERATIONS,
            (
                lambda: caller.ask("GET", f"/api/claims/{ids[next(turn) % len(ids)]}"),
                lambda: caller.ask("GET", f"/api/claims?cursor={middle}&page_size=20"),
                lambda: caller.ask("GET", "/api/claims?page=1&page_size=20"),
                lambda: caller.ask("GET", f"/api/claims?page={claims * 9 // 200}&page_size=20"),
                lambda: caller.ask("POST", "/api/claims", notice | another(next(turn))),
            ),
            strict=True,
        )
    )
    return plain | {name: partial(caller.ask, "GET", f"{path}&page_size=20") for name, path in NARROWED.items()}


def median_ms(call: Callable[[], Any]) -> float:
    """The middle of many calls, or of a few when each is slow."""
    taken: list[float] = []
    for index in range(CALLS):
        started = time.perf_counter()
        call()
        taken.append(time.perf_counter() - started)
        if index + 1 >= CALLS_WHEN_SLOW and taken[-1] > SLOW_SECONDS:
            break
    return statistics.median(taken[2:]) * 1000


def main() -> int:
    options = Options()
    medians: dict[str, list[float]] = {name: [] for name in (*OPERATIONS, *NARROWED)}
    with database("growth", options) as made:
        about = machine.facts(options, made)
        for size in sorted(options.sizes):
            print(f"Filling {made.name}: {size:,} policies, {size:,} claims.", flush=True)
            made.fill(size, size, size // 2)
            made.vacuum()
            token = made.run("-m", "bench.book", "tokens", "1").strip()
            with server("ours", made, replace(options, workers=1)) as running:
                caller = Caller(running, token)
                for name, call in calls(caller, made, size).items():
                    medians[name].append(median_ms(call))
                    print(f"  {name:36}{medians[name][-1]:9.1f} ms", flush=True)
        result = about | {"sizes": sorted(options.sizes), "medians": medians, "load_after": machine.load_average()}
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "growth.json").write_text(json.dumps(result, indent=1) + "\n")
    (ROOT / "docs" / "performance-growth.svg").write_text(chart.drawn(result["sizes"], {name: medians[name] for name in OPERATIONS}))
    print(f"\n{report.growth_table(result)}\n\nWritten to bench/results/growth.json and docs/performance-growth.svg.")
    return 0
