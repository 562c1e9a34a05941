"""`python -m bench watching`: what request lines, figures and traces cost a request, each left out or added in a process of its own.
And `python -m bench controls`: what each control of security costs, left out in the same way, by the clock and one request at a time.

Processor time of the application alone, as in bench/cost.py, but the mean of all rounds: spans are sent every two seconds, which the
calmest round would not show.
"""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from bench.cost import measured
from bench.databases import Database
from bench.load import Load
from bench.options import Options
from bench.rounds import ready
from bench.sink import tracing

# What is left out of the application (bench/inside.py), and of a hundred requests how many are traced.
VARIANTS = {
    "nothing is watched": ("lines,figures", 0),
    "request lines alone": ("figures", 0),
    "figures alone": ("lines", 0),
    "both, as it starts": ("", 0),
    "and 10 of 100 traced": ("", 10),
    "and all traced": ("", 100),
}


def main() -> int:
    """Fills a book, and prints a table a variant."""
    options = Options()
    with ready(options) as (made, load, total), tempfile.TemporaryDirectory() as folder:
        for name, (without, percent) in VARIANTS.items():
            with tracing(percent) as traced:
                more = {"BENCH_WITHOUT": without, "BENCH_MEAN": "1", **traced}
                print(f"{name}\n{measured('ours', made, load, options, Path(folder), total, more)}", flush=True)
    return 0


# What is left out of the application, which variables, and what is taken away in the database.
CONTROLS: dict[str, tuple[str, dict[str, str], str]] = {
    "every control on": ("", {}, ""),
    "without security headers": ("headers", {}, ""),
    "without counting requests": ("", {"REQUESTS_A_MINUTE": "0", "COSTLY_REQUESTS_A_MINUTE": "0"}, ""),
    "without the stored answer": ("answers", {}, ""),
    "without encrypting": ("encryption", {}, ""),
    "without row security": (
        "",
        {},
        "SELECT format('ALTER TABLE %I DISABLE ROW LEVEL SECURITY', relname), format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', relname)"
        " FROM pg_class WHERE relrowsecurity AND relnamespace = current_schema()::regnamespace",
    ),
    "without the triggers of own writes": (
        "",
        {},
        "SELECT format('ALTER TABLE %I DISABLE TRIGGER own_rows', relname), format('ALTER TABLE %I ENABLE TRIGGER own_rows', relname)"
        " FROM pg_class JOIN pg_trigger ON tgrelid = pg_class.oid WHERE tgname = 'own_rows'"
        " AND relnamespace = current_schema()::regnamespace",
    ),
    "every control on, once more": ("", {}, ""),
}
# The database's nets are there for policyholders, who are measured beside staff.
POLICYHOLDER = """
from datetime import UTC, datetime
from django.test.utils import override_settings
from customers.models import Customer
from policies.models import Policy
from tests.factories import policyholder
from vanguard.accounts.tokens import start_family
policy = Policy.objects.get(pk={policy!r})
user = policy.customer.user or policyholder(policy.customer)
with override_settings(ACCESS_TOKEN_SECONDS=86400):
    print(start_family(user).access)
"""


def controls() -> int:
    """Fills a book, and prints a table a control, for staff and for a policyholder."""
    options = Options()
    with ready(options) as (made, load, total), tempfile.TemporaryDirectory() as folder:
        own = as_policyholder(made, load, Path(folder))
        for name, (without, variables, taken) in CONTROLS.items():
            more = {"BENCH_WITHOUT": without, "BENCH_CLOCK": "1", **variables}
            with taken_away(made, taken):
                for who, asks in (("staff", load), ("a policyholder", own)):
                    print(f"{name}, {who}\n{measured('ours', made, asks, options, Path(folder), total, more)}", flush=True)
    return 0


def as_policyholder(made: Database, load: Load, folder: Path) -> Load:
    """The same workloads by somebody who has one of the policies."""
    policy = (load.folder / "covered.txt").read_text().split()[0]
    said = made.run("manage.py", "shell", "--verbosity", "0", "--command", POLICYHOLDER.format(policy=policy))
    files = folder / "own"
    files.mkdir()
    for name, line in {"tokens": said.splitlines()[-1], "policies": policy, "covered": policy}.items():
        (files / f"{name}.txt").write_text(line)
    return replace(load, folder=files)


@contextmanager
def taken_away(made: Database, query: str) -> Iterator[None]:
    """What `query` gives a row of is done until the block ends, and then undone: a statement for either."""
    if not query:
        yield
        return
    with made.connect() as connection:
        both = connection.execute(query.encode()).fetchall()
        try:
            for away, _ in both:
                connection.execute(away.encode())
            yield
        finally:
            for _, back in both:
                connection.execute(back.encode())
