"""The scripts behind the Makefile."""

import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from tests.delivery.servers import ROOT
from tools.test import NOT_INHERITED, Outcome, left_out, rounds, with_slow
from tools.uv import pip_options, uv_environment

pytestmark = pytest.mark.once


def test_uv_is_told_what_pip_was_told() -> None:
    listing = "\n".join(
        [
            "global.index-url='https://mirror.example/simple'",
            "global.extra-index-url='https://one.example/simple https://two.example/simple'",
            "install.find-links='/wheels /more'",
            ":env:.cert='/etc/ca.pem'",
            "global.cert='/etc/other.pem'",
            "freeze.timeout='9'",
        ]
    )
    assert uv_environment(pip_options(listing)) == {
        "UV_INDEX_STRATEGY": "unsafe-best-match",
        "UV_DEFAULT_INDEX": "https://mirror.example/simple",
        "UV_INDEX": "https://one.example/simple https://two.example/simple",
        "UV_FIND_LINKS": "/wheels,/more",
        "SSL_CERT_FILE": "/etc/ca.pem",
    }


def test_without_a_new_enough_python_the_set_up_says_so_in_one_sentence(tmp_path: Path) -> None:
    old = tmp_path / "python3"
    old.write_text("#!/bin/sh\nexit 1\n")
    old.chmod(0o755)
    said = subprocess.run(
        ["/bin/sh", str(ROOT / "tools" / "find_python.sh")], env={"PATH": str(tmp_path)}, capture_output=True, text=True, check=False
    )
    assert said.returncode == 1
    assert said.stderr.count("\n") == 1
    assert "Python 3.12" in said.stderr


def test_a_port_that_is_taken_is_told_before_anything_else_is_done() -> None:
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        command = ["/bin/sh", str(ROOT / "tools" / "run.sh")]
        said = subprocess.run(command, env={"PORT": port, "PATH": "/usr/bin:/bin"}, capture_output=True, text=True, check=False)
    assert said.returncode == 1
    assert f"Port {port}" in said.stderr


def test_the_tests_go_round_on_every_database_that_is_there() -> None:
    assert [each.name for each in rounds(None, None)] == ["SQLite"]
    first, second = rounds("postgres://x/y", "redis://x/1")
    assert first.environment == {}
    assert first.later == ("postgresql", "redis")
    assert second.environment == {"DATABASE_URL": "postgres://x/y", "REDIS_URL": "redis://x/1", "TEST_AGAIN": "1"}


def test_slow_tests_run_where_all_is_asked_for_or_they_are_asked_for_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("TEST_ALL", "REQUIRE_ALL"):
        monkeypatch.delenv(name, raising=False)
    assert not with_slow([])
    assert with_slow(["tests/book"])
    for name in ("TEST_ALL", "REQUIRE_ALL"):
        with monkeypatch.context() as set_:
            set_.setenv(name, "1")
            assert with_slow([])


def two_tests(tmp_path: Path, mark: str, **variables: str) -> str:
    """What pytest writes of two tests, of which the first has the mark."""
    (tmp_path / "test_two.py").write_text(f"import pytest\n\n@pytest.mark.{mark}\ndef test_a(): ...\n\ndef test_b(): ...\n")
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-c",
        "/dev/null",
        "--rootdir",
        str(tmp_path),
        "-rs",
        "-p",
        "tests.needs",
        "-p",
        "no:cacheprovider",
        str(tmp_path),
    ]
    inherited = {name: value for name, value in os.environ.items() if name not in NOT_INHERITED}
    environment = inherited | {"REQUIRE_ALL": "0", "PYTHONPATH": str(ROOT)} | variables
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60, check=False)
    return done.stdout + done.stderr


@pytest.mark.slow
@pytest.mark.parametrize(("left", "closing"), [("1", "1 passed, 1 skipped"), ("0", "2 passed")])
def test_a_slow_test_is_skipped_with_what_runs_it_or_runs(tmp_path: Path, left: str, closing: str) -> None:
    said = two_tests(tmp_path, "slow", TEST_WITHOUT_SLOW=left)
    assert closing in said
    assert ("make test-all" in said) == (left == "1")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("url", "closing"), [("", "2 passed"), ("sqlite:///x", "2 passed"), ("postgres://x/y", "1 passed, 1 deselected")], ids=repr
)
def test_a_test_of_sqlite_is_none_on_postgresql_and_nothing_is_left_out(tmp_path: Path, url: str, closing: str) -> None:
    assert closing in two_tests(tmp_path, "sqlite", DATABASE_URL=url, REQUIRE_ALL="1")


def test_what_was_left_out_is_named_once_with_what_would_enable_it() -> None:
    skipped = Counter({"needs chromium: install Chromium": 7})
    outcomes = [Outcome("SQLite", 0, "", skipped), Outcome("PostgreSQL", 0, "", skipped)]
    assert left_out(outcomes, "postgres://x/y", "redis://x/1") == ["7 tests: needs chromium: install Chromium"]
    assert any("TEST_DATABASE_URL" in sentence for sentence in left_out([], None, None))
