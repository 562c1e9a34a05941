"""Figures over several workers, also of those that have gone."""

import subprocess
import sys
from pathlib import Path

import pytest

from vanguard.observability import workers

ROOT = Path(__file__).resolve().parents[2]
pytestmark = [pytest.mark.slow, pytest.mark.once]
# A worker: it counts, it holds, it prints its process id, and it ends.
WORKER = """
import os
from prometheus_client import Counter, Gauge, Histogram
Counter("jobs", "Jobs.", ["kind"]).labels("a").inc(3)
Gauge("held", "Held.", multiprocess_mode="livesum").set(5)
Histogram("seconds", "Seconds.", buckets=(1, 2)).observe(1.5)
print(os.getpid())
"""
PAGE = """
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector
registry = CollectorRegistry()
MultiProcessCollector(registry)
print(generate_latest(registry).decode())
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(workers.VARIABLE, str(tmp_path))
    return tmp_path


def run(program: str) -> str:
    return subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=30).stdout


def test_the_figures_of_workers_that_are_gone_stay_in_the_sums_in_one_file_a_kind(folder: Path) -> None:
    for _ in range(3):
        workers.worker_gone(int(run(WORKER)))
    run(WORKER)
    page = run(PAGE)
    assert 'jobs_total{kind="a"} 12.0' in page
    assert "seconds_count 4.0" in page
    assert 'seconds_bucket{le="2.0"} 4.0' in page
    assert "held 5.0" in page
    assert {"counter_archive.db", "histogram_archive.db"} <= {file.name for file in folder.glob("*.db")}
    assert len(list(folder.glob("*.db"))) == 5


def test_a_command_leaves_its_figures_and_no_files(folder: Path) -> None:
    for _ in range(3):
        run("from vanguard.observability import workers\nworkers.keep_at_exit()\n" + WORKER)
    assert {file.name for file in folder.glob("*.db")} == {"counter_archive.db", "histogram_archive.db"}
    assert 'jobs_total{kind="a"} 9.0' in run(PAGE)


def test_a_fork_does_not_put_its_parents_figures_away(folder: Path) -> None:
    forking = "from vanguard.observability import workers\nworkers.keep_at_exit()\nimport os, sys\nos.fork() or sys.exit()\nos.wait()\n"
    pid = int(run(forking + WORKER))
    assert not list(folder.glob(f"*_{pid}.db"))
    assert 'jobs_total{kind="a"} 3.0' in run(PAGE)


def test_a_command_makes_the_folder_that_is_not_there_yet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(workers.VARIABLE, str(tmp_path / "run" / "figures"))
    subprocess.run([sys.executable, "manage.py", "check"], cwd=ROOT, capture_output=True, check=True, timeout=30)


def test_a_start_begins_at_nothing(folder: Path) -> None:
    run(WORKER)
    workers.start_afresh()
    assert not list(folder.glob("*.db"))


def test_a_single_process_needs_no_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(workers.VARIABLE, raising=False)
    workers.start_afresh()
    workers.worker_gone(1)
    with workers.reading():
        assert workers.directory() is None
