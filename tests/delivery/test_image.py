"""Requirement 3.1: what the Dockerfile promises, read from the file; docs/decisions/0004 says how it was built and run."""

import json
import re
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path

import pytest

from config.healthcheck import is_alive
from tests.delivery.servers import ROOT, free_port, served

pytestmark = pytest.mark.once


def instructions() -> list[tuple[str, str]]:
    """The Dockerfile's instructions in order, continued lines joined."""
    text = re.sub(r"\\\n\s*", "", re.sub(r"(?m)^#.*\n", "", (ROOT / "Dockerfile").read_text()))
    return [(line.split(maxsplit=1)[0], line.split(maxsplit=1)[1]) for line in text.splitlines() if line.strip()]


def last_stage() -> list[tuple[str, str]]:
    every = instructions()
    return every[max(index for index, (word, _) in enumerate(every) if word == "FROM") :]


def test_both_stages_stand_on_slim_python_3_12() -> None:
    assert [rest for word, rest in instructions() if word == "FROM"] == ["python:3.12-slim AS build", "python:3.12-slim"]


def test_the_environment_comes_from_the_lock_with_hashes() -> None:
    installs = [rest for word, rest in instructions() if word == "RUN" and "install" in rest and "pip" in rest]
    assert len(installs) == 1
    assert installs[0].count("--require-hashes") == 2
    assert "requirements/run.txt" in installs[0]


def test_it_runs_as_appuser_without_a_shell_in_between() -> None:
    stage = last_stage()
    assert ("USER", "appuser") in stage
    assert stage.index(("USER", "appuser")) < next(index for index, (word, _) in enumerate(stage) if word == "CMD")
    assert json.loads(dict(stage)["CMD"]) == ["gunicorn", "config.asgi:application"]


def test_it_is_checked_every_thirty_seconds_by_something_that_is_in_it() -> None:
    check = dict(last_stage())["HEALTHCHECK"]
    assert re.findall(r"--(\S+)", check) == ["interval=30s", "timeout=30s", "start-period=5s", "retries=3"]
    assert json.loads(check.partition("CMD ")[2]) == ["python", "-m", "config.healthcheck"]


def test_it_has_what_a_backup_is_made_with() -> None:
    """Installed before it is `appuser`'s, with nothing beside it, and without the lists that it was found by."""
    stage = last_stage()
    [brings] = [(word, rest) for word, rest in stage if "apt-get install" in rest]
    assert "--no-install-recommends postgresql-client " in brings[1]
    assert "rm -rf /var/lib/apt/lists/*" in brings[1]
    assert stage.index(brings) < stage.index(("USER", "appuser"))


def test_static_files_are_collected_in_the_build() -> None:
    assert any(word == "RUN" and "collectstatic" in rest for word, rest in instructions())


def copied() -> Iterator[str]:
    for word, rest in instructions():
        if word == "COPY" and "--from" not in rest:
            yield from rest.split()[:-1]


def test_everything_that_is_copied_is_there_and_let_in() -> None:
    let_in = [line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")]
    for source in copied():
        assert (ROOT / source).exists()
        assert any(fnmatch(source, pattern) for pattern in let_in), f".dockerignore keeps {source} out"


def test_nothing_else_is_let_in() -> None:
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    assert lines[1] == "*"
    assert {line[1:] for line in lines if line.startswith("!")} == set(copied())


def test_every_package_of_the_project_is_in_it() -> None:
    packages = {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"tests", "tools", "bench"}
    assert packages <= set(copied())


@pytest.mark.parametrize("word", ["PASSWORD", "SECRET_KEY=", "ENCRYPTION_KEY=", "TOKEN"])
def test_no_secret_is_kept_in_a_layer(word: str) -> None:
    kept = [rest for instruction, rest in instructions() if instruction in ("ENV", "ARG", "LABEL")]
    assert not any(word in rest for rest in kept)


@pytest.mark.slow
def test_the_health_check_passes_while_the_server_answers_and_fails_when_it_does_not(tmp_path: Path) -> None:
    # The database is a folder that is not there: liveness does not ask it.
    away = {"DATABASE_URL": f"sqlite:///{tmp_path}/away/away.sqlite3", "ENVIRONMENT": "development", "VAR_DIR": str(tmp_path)}
    with served("config.asgi:application", WEB_CONCURRENCY="1", **away) as server:
        assert is_alive(server.port)
    assert not is_alive(free_port())
