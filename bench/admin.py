"""`make bench-admin`: the worklist as a supervisor uses it, at sizes where a page that reads everything is felt."""

import json
import statistics
import sys
import time
from typing import TYPE_CHECKING, Any

from bench import machine, report
from bench.databases import database
from bench.options import RESULTS, Options

if TYPE_CHECKING:
    from vanguard.accounts.models import User

SMALLEST = 100_000
CALLS, LONG_SECONDS = 5, 3.0
PER_PAGE = 25
# What stays the same however the pages are built; {…} is filled from the book.
PAGES = {
    "where the worklist opens": "",
    "everything, page 1": "?view=all",
    "everything, page 9,000 (or the last)": "?view=all&p={deep}",
    "all open": "?view=team",
    "everything, status approved": "?view=all&status=approved",
    "everything, by amount claimed": "?view=all&o=-6",
    "a claim number": "?view=all&q={number}",
    "part of a number": "?view=all&q={part}",
    "a full name": "?view=all&q={name}",
    "a common surname": "?view=all&q=Smith",
}


def main() -> int:
    options = Options()
    pages: dict[str, Any] = {}
    with database("growth", options) as made:
        about = machine.facts(options, made)
        for size in sorted(size for size in options.sizes if size >= SMALLEST):
            print(f"Filling {made.name}: {size:,} policies, {size:,} claims.", flush=True)
            made.fill(size, size, size // 2)
            made.vacuum()
            made.run("manage.py", "collectstatic", "--noinput", "--verbosity", "0")
            # The platform's own log lines come before it.
            pages[str(size)] = json.loads(made.run("-m", "bench.admin", str(size)).splitlines()[-1])
            for name, found in pages[str(size)].items():
                print(f"  {name:40}{found['ms']:9.1f} ms {found['queries']:4} queries", flush=True)
        result = about | {"pages": pages, "load_after": machine.load_average()}
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "admin.json").write_text(json.dumps(result, indent=1) + "\n")
    print(f"\n{report.admin_table(result)}\n\nWritten to bench/results/admin.json.")
    return 0


def supervisor() -> "User":
    """Who looks."""
    from vanguard.accounts.models import User

    return User.objects.get(email="supervisor0@bench.example")


def measure(size: int, calls: int = CALLS) -> dict[str, dict[str, float]]:
    """Median ms and queries of each page, through Django's own handler with all middleware. Runs under Django."""
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    client = Client(headers={"host": "localhost"})
    client.force_login(supervisor(), backend="django.contrib.auth.backends.ModelBackend")
    found = {}
    for name, path in addresses(size).items():
        taken = []
        for _ in range(calls + 1):
            started = time.perf_counter()
            response = client.get(path)
            taken.append((time.perf_counter() - started) * 1000)
            if response.status_code != 200:
                raise SystemExit(f"{name} ({path}) was answered with {response.status_code}.")
            if sum(taken) > LONG_SECONDS * 1000 and len(taken) > 2:
                break
        with CaptureQueriesContext(connection) as queries:
            client.get(path)
        # The first call fills caches that a running worker has filled long ago.
        found[name] = {"ms": statistics.median(taken[1:]), "queries": len(queries)}
    return found


def addresses(size: int) -> dict[str, str]:
    from django.urls import reverse

    from claims.models import Claim

    claim = Claim.objects.select_related("policy__customer").get(claim_number=f"CLM-2025-{size // 2:07d}")
    given = {
        "deep": min(9000, size // PER_PAGE),
        "number": claim.claim_number,
        "part": claim.claim_number[-5:],
        "name": claim.policy.customer.full_name.replace(" ", "+"),
    }
    return {name: reverse("admin:claims_claim_changelist") + query.format(**given) for name, query in PAGES.items()}


if __name__ == "__main__":
    import os

    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    print(json.dumps(measure(int(sys.argv[1]))))
