"""The book of the bench: customers, policies, claims, log-ins and tokens. Runs under Django, in a process of its own.

`python -m bench.book fill CUSTOMERS POLICIES CLAIMS` and `python -m bench.book tokens NUMBER`.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import django

SQL = Path(__file__).parent / "sql"
BATCH = 100_000
# Below it the indexes may as well be kept up while rows are added.
MANY = 20_000
TABLES = (
    *("customers_customer", "policies_policy", "policies_policyversion", "policies_policysegment"),
    *("claims_claim", "claims_claimtransition", "claims_claimpayment", "claims_ledgerentry", "clocks_clock", "diary_diaryentry"),
    *("intake_noticedraft", "parties_claimant"),
)
ADJUSTERS, SUPERVISORS = 30, 3
TOKEN_SECONDS = 12 * 3600
STEPS = {"customers": 90_000, "policies": 45_000, "claims": 90_000}  # milliseconds between two records, the first being the newest


def statement(name: str) -> str:
    return (SQL / f"{name}.sql").read_text()


def fill(customers: int, policies: int, claims: int) -> None:
    """Adds what is missing to this size, and people to own the claims."""
    people = staff()
    newest = newest_moment()
    wanted = {"customers": customers, "policies": policies, "claims": claims}
    there = {name: count(name) for name in wanted}
    if any(there[name] > number for name, number in wanted.items()):
        raise SystemExit(
            "The database that BENCH_KEEP=1 left holds a larger book. Run once without BENCH_KEEP, or name its size in BENCH_SIZES."
        )
    with without_indexes(sum(wanted.values()) - sum(there.values())), unrecorded():
        for name, number in wanted.items():
            for start in range(there[name] + 1, number + 1, BATCH):
                last = min(start + BATCH - 1, number)
                given = {"newest": newest, "step": STEPS[name], "first": start, "last": last, "customers": customers, "policies": policies}
                execute(name, given | people | ciphertexts() if name == "customers" else given | people)
                if name == "policies":
                    execute("versions", given)
                if name == "claims":
                    for more in ("diary", "clocks", "money", "claimants"):
                        execute(more, given)
                    execute("notices", given | ciphertexts())


def count(name: str) -> int:
    """How many of our invented records are there; what the workloads created does not count."""
    table, column, prefix = {
        "customers": ("customers_customer", "email", "insured"),
        "policies": ("policies_policy", "policy_number", "POL-2025-"),
        "claims": ("claims_claim", "claim_number", "CLM-2025-"),
    }[name]
    return int(scalar(f"SELECT count(*) FROM {table} WHERE {column} LIKE %(prefix)s", {"prefix": f"{prefix}%"}))  # noqa: S608  # names from above


def newest_moment() -> int:
    """When the newest record was made, in milliseconds: now, or what an earlier filling took for now."""
    earlier = scalar("SELECT extract(epoch FROM max(created_at)) * 1000 FROM policies_policy WHERE policy_number = 'POL-2025-0000001'")
    return int(earlier) + STEPS["policies"] if earlier else int(datetime.now(UTC).timestamp() * 1000)


def staff() -> dict[str, Any]:
    """Adjusters and supervisors who cannot log in by a password; made once."""
    from django.contrib.auth.models import Group

    from vanguard.accounts.models import User

    for role, number in (("Adjuster", ADJUSTERS), ("Supervisor", SUPERVISORS)):
        group = Group.objects.get(name=role)
        for index in range(number):
            email = f"{role.lower()}{index}@bench.example"
            user, _ = User.objects.get_or_create(
                email=email, defaults={"first_name": role, "last_name": f"No. {index}", "is_staff": True, "password": "!"}
            )
            user.groups.add(group)
    adjusters = User.objects.filter(email__startswith="adjuster", email__endswith="@bench.example")
    return {"adjusters": list(adjusters.order_by("email").values_list("pk", flat=True))}


def ciphertexts() -> dict[str, Any]:
    """A handful of real ones, used again and again: encrypting a hundred thousand would measure nothing here."""
    from vanguard.encryption.keys import digests, encrypt

    return {
        "callers": [encrypt(name.encode()) for name in ("Harold Finch", "Grace Oduya", "Wen Li")],
        "phones": [encrypt(f"+1 916 555 01{number}".encode()) for number in range(42, 47)],
        "births": [encrypt(f"19{year}-04-09".encode()) for year in range(51, 56)],
        "ssns": [encrypt(f"901-23-45{number}".encode()) for number in range(61, 66)],
        "digest": digests("ssn", "901234561")[0][:32],
        "addresses": [encrypt(f"{number} Alder Court, Sacramento, CA 95814".encode()) for number in range(1187, 1192)],
    }


@contextmanager
def without_indexes(rows: int) -> Iterator[None]:
    """Takes the tables' indexes away (those of constraints stay), and puts them back: much faster for many rows."""
    if rows < MANY:
        yield
        return
    made = query(
        "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename = ANY(%(tables)s)"
        " AND indexname NOT IN (SELECT conname FROM pg_constraint) AND indexdef NOT LIKE 'CREATE UNIQUE%%'",
        {"tables": list(TABLES)},
    )
    for name, _ in made:
        run(f'DROP INDEX "{name}"')
    try:
        yield
    finally:
        for _, definition in made:
            run(definition)


@contextmanager
def unrecorded() -> Iterator[None]:
    """Rows that nobody made leave no trace in the audit trail, which would take longer to write than they do."""
    _each_recorded("DISABLE")
    try:
        yield
    finally:
        _each_recorded("ENABLE")


def _each_recorded(what: str) -> None:
    # A table of which something is still to be checked at the commit cannot be altered: inside a transaction it is checked now.
    run("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")
    for table in TABLES:
        run(f"ALTER TABLE {table} {what} TRIGGER recorded_insert")


def tokens(number: int) -> list[str]:
    """Access tokens of `number` fresh log-ins, good for longer than any run takes."""
    from django.test.utils import override_settings

    from vanguard.accounts.models import User
    from vanguard.accounts.tokens import start_family

    users = list(User.objects.filter(email__startswith="adjuster", email__endswith="@bench.example"))
    with override_settings(ACCESS_TOKEN_SECONDS=TOKEN_SECONDS):
        return [start_family(users[index % len(users)]).access for index in range(number)]


def execute(name: str, given: dict[str, Any]) -> None:
    run(statement(name), given)


def run(text: str, given: dict[str, Any] | None = None) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
        cursor.execute(text, given)


def query(text: str, given: dict[str, Any] | None = None) -> list[tuple[Any, ...]]:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(text, given)
        return list(cursor.fetchall())


def scalar(text: str, given: dict[str, Any] | None = None) -> Any:
    return query(text, given)[0][0]


def main(arguments: list[str]) -> None:
    import os

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    command, *numbers = arguments
    if command == "fill":
        fill(*map(int, numbers))
    else:
        print("\n".join(tokens(int(numbers[0]))))


if __name__ == "__main__":
    main(sys.argv[1:])
