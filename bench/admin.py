"""`make bench-admin`: the workbench as each role uses it, at sizes where a page that reads everything is felt."""

import datetime
import json
import statistics
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench import machine, report
from bench.databases import database
from bench.options import RESULTS, Options
from bench.pages import PAGES, PER_PAGE, Page

if TYPE_CHECKING:
    from vanguard.accounts.models import User

SMALLEST = 30_000
CALLS, LONG_SECONDS = 3, 6.0


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
                print(f"  {name:60}{found['app_ms']:7.0f} + {found['pg_ms']:6.0f} ms {found['queries']:4} queries", flush=True)
        result = about | {"pages": pages, "load_after": machine.load_average()}
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "admin.json").write_text(json.dumps(result, indent=1) + "\n")
    print(f"\n{report.admin_table(result)}\n\nWritten to bench/results/admin.json.")
    return 0


def person(role: str) -> "User":
    """Somebody with this role: the book's first, or one made for it."""
    from django.contrib.auth.models import Group

    from vanguard.accounts.models import User

    known = {"email": f"{role.lower()}0@bench.example"}
    user, _ = User.objects.get_or_create(**known, defaults={"first_name": role, "last_name": "No. 0", "is_staff": True, "password": "!"})
    user.groups.add(Group.objects.get(name=role))
    return user


def measure(size: int, calls: int = CALLS) -> dict[str, dict[str, float]]:
    """Of each page the median ms by the clock and on the processors, and its queries, through Django's own handler with all middleware.

    Runs under Django. On a busy machine the clock says how long others had the processors; what was spent on them does not change.
    """
    from django.conf import settings
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    # All pages of a role are asked for by one person.
    settings.PAGES_A_MINUTE = settings.COSTLY_REQUESTS_A_MINUTE = 0
    clients = {}
    for role in {page.role for page in PAGES.values()}:
        clients[role] = Client(headers={"host": "localhost"})
        clients[role].force_login(person(role), backend="django.contrib.auth.backends.ModelBackend")
    with connection.cursor() as cursor:
        # One process of PostgreSQL does all of it, so that its time is the page's.
        cursor.execute("SET max_parallel_workers_per_gather = 0")
        cursor.execute("SELECT pg_backend_pid()")
        backend = cursor.fetchone()[0]
    found = {}
    for name, path in addresses(size).items():
        client, taken, spent = clients[PAGES[name].role], [], []
        for _ in range(calls + 1):
            before = time.process_time(), _seconds_of(backend)
            started = time.perf_counter()
            response = client.get(path)
            taken.append((time.perf_counter() - started) * 1000)
            spent.append(((time.process_time() - before[0]) * 1000, (_seconds_of(backend) - before[1]) * 1000))
            if response.status_code != 200:
                raise SystemExit(f"{name} ({path}) was answered with {response.status_code}.")
            # What takes longer than that has no use for warm caches.
            if max(taken) > LONG_SECONDS * 1000 or (sum(taken) > LONG_SECONDS * 1000 and len(taken) > 2):
                break
        with CaptureQueriesContext(connection) as queries:
            client.get(path)
        # The first call fills caches that a running worker has filled long ago.
        ours, postgresql = (statistics.median(each[side] for each in spent[1:] or spent) for side in (0, 1))
        found[name] = {"ms": statistics.median(taken[1:] or taken), "queries": len(queries), "app_ms": ours, "pg_ms": postgresql}
    return found


def _seconds_of(process: int) -> float:
    """What a process of this machine has spent on a processor; nothing is known of one elsewhere."""
    try:
        return int(Path(f"/proc/{process}/schedstat").read_text().split()[0]) / 1e9
    except OSError:
        return 0.0


def addresses(size: int) -> dict[str, str]:
    """The address of each page, on the book of this size."""
    from django.contrib.auth.models import Group
    from django.db.models import Count

    from claims.intake.models import NoticeDraft, Queue
    from claims.models import Claim

    claim = Claim.objects.select_related("policy__customer").get(claim_number=f"CLM-2025-{size // 2:07d}")
    ordered = Claim.objects.open().order_by("claim_number")
    # A small book may have none.
    open_claim = ordered.filter(assignee=person("Adjuster"), stage="evaluation").first() or claim
    asked = ordered.filter(stage="awaiting_approval").first() or claim
    last, last_customers = max(1, size // PER_PAGE), max(1, size // 2 // PER_PAGE)
    claimed_twice = Claim.objects.annotate(number=Count("claimants")).filter(number=2).order_by("claim_number").first() or claim
    filed = NoticeDraft.objects.filter(status="filed").order_by("policy_told")
    month = claim.reported_date.date() - datetime.timedelta(days=30)
    given = {
        "deep": min(9000, last),
        "middle": max(1, last // 2),
        "last": last,
        # Nearly four in five are approved.
        "deep_approved": max(1, min(9000, last * 3 // 4)),
        "last_customers": last_customers,
        "middle_customers": max(1, last_customers // 2),
        "owner": person("Adjuster").pk,
        "month": month,
        "month_end": month + datetime.timedelta(days=30),
        "number": claim.claim_number,
        "part": claim.claim_number[-5:],
        "start": claim.claim_number[:-3],
        "policy": claim.policy.policy_number,
        "name": claim.policy.customer.full_name.replace(" ", "+"),
        "email": claim.policy.customer.email,
        "claim": claim.pk,
        "open_claim": open_claim.pk,
        "open_number": open_claim.claim_number,
        "asked_claim": asked.pk,
        "claimed_twice": claimed_twice.pk,
        "claimed_day": claimed_twice.reported_date.date(),
        "last_notices": max(1, filed.count() // PER_PAGE),
        "noticed_policy": getattr(filed.first(), "policy_told", "POL"),
        "middle_day": claim.reported_date.date(),
        "middle_month": f"{claim.reported_date:%Y-%m}",
        "role": Group.objects.get(name="Adjuster").pk,
        "queue": Queue.objects.order_by("name")[0].pk,
        "policy_key": claim.policy_id,
        "customer": claim.policy.customer_id,
    }
    return {name: _address(page, given) for name, page in PAGES.items()}


def _address(page: Page, given: dict[str, Any]) -> str:
    from django.urls import reverse

    name, _, key = page.at.partition("/")
    return reverse(f"admin:{name}", args=[key.format(**given)] if key else None) + page.query.format(**given)


if __name__ == "__main__":
    import os

    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    print(json.dumps(measure(int(sys.argv[1]))))
