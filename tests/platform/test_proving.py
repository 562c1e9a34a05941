"""`make security` and `make faults`: a row whose tests did not run has shown nothing, and does not hold."""

from pathlib import Path

import pytest

from tests.delivery.servers import ROOT
from tests.faults import __main__ as faults
from tests.faults import rows as fault_rows
from tests.proving import Proof, proof_of, servers_here, tell
from tests.security import rows as security_rows
from tests.security.long import __main__ as security
from tools import services

pytestmark = pytest.mark.once
PASSES = "def test_passes() -> None: ...\n"
SKIPS = "import pytest\ndef test_skips() -> None:\n    pytest.skip('not here')\n"
NEEDS = "from tests import needs\n@needs.postgresql\ndef test_needs() -> None: ...\n"
KEEPS = "from tests.proving import keep\ndef test_counts() -> None:\n    keep('PROVED_FIGURES', 'S1', '3 of 3')\n"


@pytest.fixture
def nothing_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine without PostgreSQL and Redis."""
    for name in ("postgresql_url", "redis_url"):
        monkeypatch.setattr(services, name, lambda: None)


def proof(folder: Path, **files: str) -> Proof:
    for name, text in files.items():
        (folder / f"{name}.py").write_text(text)
    arguments = ["-c", str(ROOT / "pyproject.toml"), "--rootdir", str(ROOT), "-p", "tests.needs", "-p", "no:cacheprovider"]
    return proof_of(*arguments, *(str(folder / f"{name}.py") for name in files), figures="PROVED_FIGURES", most_seconds=300)


@pytest.mark.usefixtures("nothing_here")
class TestARow:
    def test_holds_where_all_its_tests_passed_and_gives_back_the_figures_that_they_kept(self, tmp_path: Path) -> None:
        found = proof(tmp_path, one=PASSES, two=KEEPS)
        assert (found.holds, found.passed, found.figures) == (True, 2, [("S1", "3 of 3")]), found.said

    def test_does_not_where_one_was_skipped(self, tmp_path: Path) -> None:
        found = proof(tmp_path, one=PASSES, two=SKIPS)
        assert (found.holds, found.passed) == (False, 1), found.said

    def test_does_not_where_something_is_missing_and_says_what(self, tmp_path: Path) -> None:
        found = proof(tmp_path, only=NEEDS)
        assert (found.holds, found.passed) == (False, 0), found.said
        assert "needs postgresql: start PostgreSQL" in found.said

    def test_does_not_where_there_is_no_test(self, tmp_path: Path) -> None:
        found = proof(tmp_path, only="SOON = True\n")
        assert (found.holds, found.passed) == (False, 0), found.said

    def test_does_not_hold_when_it_takes_too_long(self, tmp_path: Path) -> None:
        (tmp_path / "one.py").write_text("import time\ndef test_waits() -> None:\n    time.sleep(60)\n")
        found = proof_of(str(tmp_path / "one.py"), figures="PROVED_FIGURES", most_seconds=1)
        assert (found.holds, found.closing) == (False, "not done after 1 s")


def test_what_answers_on_this_machine_is_used_by_every_row(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    there = {"DATABASE_URL": "postgres://postgres@127.0.0.1:1/nowhere", "REDIS_URL": "redis://127.0.0.1:1/3"}
    monkeypatch.setattr(services, "postgresql_url", lambda: there["DATABASE_URL"])
    monkeypatch.setattr(services, "redis_url", lambda: there["REDIS_URL"])
    monkeypatch.setenv("DATABASE_URL", "sqlite:///elsewhere")
    assert servers_here() == there
    asked = f"import os\ndef test_environment() -> None:\n    assert {there!r}.items() <= os.environ.items()\n"
    found = proof(tmp_path, one=asked, two=NEEDS)
    assert (found.holds, found.passed) == (True, 2), found.said


@pytest.mark.parametrize("run", [faults.main, security.main])
def test_a_row_that_is_not_there_does_not_hold(run: object) -> None:
    assert callable(run)
    with pytest.raises(SystemExit, match="no such rows: S99"):
        run(["S99"])


@pytest.mark.parametrize(
    ("ended", "passed", "figure_of", "code"), [(0, 1, "own", 0), (0, 1, "other", 1), (0, 0, "own", 1), (1, 1, "own", 1)]
)
def test_a_run_fails_where_a_row_does_not_hold_or_keeps_no_figure(
    ended: int, passed: int, figure_of: str, code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    for runner, row in ((faults, "R12"), (security, "S7")):
        figures = [(row if figure_of == "own" else "S1", "3 of 3")]
        monkeypatch.setattr(runner, "proof_of", lambda *_, figures_kept=figures, **__: Proof(ended, passed, "", figures_kept))
        assert runner.main([row]) == code


def test_what_was_found_in_the_same_words_is_told_once_with_how_often(capsys: pytest.CaptureFixture[str]) -> None:
    assert tell("S7", "forged tokens", Proof(0, 3, "3 passed", [("S7", "refused"), ("S7", "refused"), ("S8", "ended")]), 1.0)
    assert capsys.readouterr().out.splitlines() == ["S7   forged tokens: holds · 3 passed · 1 s", "     refused (2 times)"]


def test_each_file_of_a_row_is_there() -> None:
    named = {path for row in fault_rows.ROWS.values() for path in row.scripts}
    named |= {path for row in (*security_rows.ROWS.values(), security_rows.SCANNERS) for path in (*row.tests, *row.long)}
    assert [path for path in sorted(named) if not (ROOT / path).is_file()] == []
