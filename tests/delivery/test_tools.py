"""The scripts behind the Makefile."""

import subprocess
from collections import Counter
from pathlib import Path

import pytest

from tests.delivery.servers import ROOT
from tools.test import Outcome, left_out, rounds
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


def test_what_was_left_out_is_named_once_with_what_would_enable_it() -> None:
    skipped = Counter({"needs chromium: install Chromium": 7})
    outcomes = [Outcome("SQLite", 0, "", skipped), Outcome("PostgreSQL", 0, "", skipped)]
    assert left_out(outcomes, "postgres://x/y", "redis://x/1") == ["7 tests: needs chromium: install Chromium"]
    assert any("TEST_DATABASE_URL" in sentence for sentence in left_out([], None, None))
