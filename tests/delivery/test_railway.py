"""Requirement 5.1: Railway builds the Dockerfile, migrates before a release, checks /health and restarts on failure."""

import json
import os
import secrets
import shlex
import shutil
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests import migrated
from tests.delivery.servers import ROOT, started
from vanguard.jobs import jobs

pytestmark = pytest.mark.once
FILE = ROOT / "railway.json"
SCHEMA = Path(__file__).with_name("railway.schema.json")


@pytest.fixture
def railway() -> dict[str, Any]:
    return dict(json.loads(FILE.read_text()))


def is_valid(file: Path) -> bool:
    command = [sys.executable, "-m", "check_jsonschema", "--schemafile", str(SCHEMA), str(file)]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def test_the_file_is_as_railway_reads_it() -> None:
    assert is_valid(FILE)


@pytest.mark.parametrize(
    ("key", "mistake"),
    [("drainingSeconds", "30"), ("releaseCommand", "x"), ("restartPolicyType", "on-failure"), ("preDeployCommand", ["a", "b"])],
)
def test_a_mistake_that_railway_would_refuse_or_ignore_is_found(railway: dict[str, Any], tmp_path: Path, key: str, mistake: object) -> None:
    railway["deploy"][key] = mistake
    broken = tmp_path / "railway.json"
    broken.write_text(json.dumps(railway))
    assert not is_valid(broken)


def test_it_builds_the_dockerfile_and_restarts_on_failure_three_times(railway: dict[str, Any]) -> None:
    assert railway["build"] == {"builder": "DOCKERFILE", "dockerfilePath": "Dockerfile"}
    deploy = railway["deploy"]
    assert deploy["preDeployCommand"] == ["python manage.py migrate --noinput"]
    assert (deploy["healthcheckPath"], deploy["healthcheckTimeout"]) == ("/health", 30)
    assert (deploy["restartPolicyType"], deploy["restartPolicyMaxRetries"]) == ("ON_FAILURE", 3)


@pytest.mark.parametrize(
    ("environment", "name", "log_level"),
    [("production", "production", "info"), ("staging", "staging", "debug"), ("pr", "preview", "debug")],
)
def test_each_environment_says_which_it_is(railway: dict[str, Any], environment: str, name: str, log_level: str) -> None:
    words = shlex.split(railway["environments"][environment]["deploy"]["startCommand"])
    assert words[0] == "env"
    assert {f"ENVIRONMENT={name}", "DEBUG=false", f"LOG_LEVEL={log_level}"} <= set(words)
    # Without it gunicorn would count the processors of Railway's host.
    assert any(word.startswith("WEB_CONCURRENCY=") for word in words)


@pytest.mark.parametrize(("environment", "name"), [("staging", "staging"), ("pr", "preview")])
def test_each_environment_migrates_as_what_it_is(railway: dict[str, Any], environment: str, name: str) -> None:
    (command,) = railway["environments"][environment]["deploy"]["preDeployCommand"]
    assert command.startswith(f"env ENVIRONMENT={name} ")
    assert "manage.py migrate --noinput" in command


def test_an_environment_of_a_pull_request_is_seeded_and_no_other_is(railway: dict[str, Any]) -> None:
    """Railway gives overrides under `pr` to every environment that it makes for a pull request."""
    seeded = [name for name, each in railway["environments"].items() if "seed_demo" in str(each)]
    assert seeded == ["pr"]
    (command,) = railway["environments"]["pr"]["deploy"]["preDeployCommand"]
    # Railway runs it as it stands: two commands in one need a shell that is named.
    assert shlex.split(command)[:4] == ["env", "ENVIRONMENT=preview", "sh", "-c"]
    assert len(shlex.split(command)) == 5


def test_no_start_command_needs_a_shell(railway: dict[str, Any]) -> None:
    """Railway runs it as it stands: `$PORT` in it would reach gunicorn as five letters. gunicorn.conf.py reads the variable itself."""
    commands = [railway["deploy"]["startCommand"], *(each["deploy"]["startCommand"] for each in railway["environments"].values())]
    assert not [command for command in commands if set("$;&|<>`") & set(command)]
    assert all(command.endswith("python -m config.together") for command in commands)


def variables(folder: Path, environment: str) -> dict[str, str]:
    own = {name: secrets.token_urlsafe(48) for name in ("JWT_SECRET_KEY", "ENCRYPTION_KEY", "ENCRYPTION_SALT")}
    return own | {
        "DATABASE_URL": f"sqlite:///{folder}/railway.sqlite3",
        "VAR_DIR": str(folder),
        "RAILWAY_ENVIRONMENT": environment,
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
    }


@pytest.mark.parametrize("environment", ["production", "staging", "pr"])
@pytest.mark.slow
def test_the_start_command_serves_and_its_health_check_passes(railway: dict[str, Any], tmp_path: Path, environment: str) -> None:
    command = shlex.split(railway["environments"][environment]["deploy"]["startCommand"])
    with started(command, variables(tmp_path, environment)) as server:
        probe = HTTPConnection("127.0.0.1", server.port, timeout=railway["deploy"]["healthcheckTimeout"])
        probe.request("GET", railway["deploy"]["healthcheckPath"], headers={"Host": "healthcheck.railway.app"})
        answer = probe.getresponse()
        assert answer.status == 200
        assert json.loads(answer.read())["checks"]["database"]["status"] == "healthy"
        probe.close()


@pytest.mark.slow
def test_the_periodic_jobs_run_beside_the_server_where_the_documents_are_and_end_with_it(railway: dict[str, Any], tmp_path: Path) -> None:
    """A volume belongs to one service: what a cron service writes would be gone with it."""
    shutil.copyfile(migrated.on_sqlite(), tmp_path / "railway.sqlite3")
    command = shlex.split(railway["deploy"]["startCommand"])
    with started(command, variables(tmp_path, "production")) as server:
        deadline = time.monotonic() + 420  # half a dozen processes that each begin, beside whatever else is tested
        while (waiting := not_run(tmp_path / "railway.sqlite3")) and time.monotonic() < deadline:
            time.sleep(0.5)
        assert waiting == set(), server.output()
        # What has to run all the time does: the trail is sealed.
        beside = [pid for word in ("run_jobs", "audit_seal --every", "deliver_webhooks --every") for pid in children(server.pid, word)]
        assert len(beside) == 3
        with closing(sqlite3.connect(tmp_path / "railway.sqlite3", timeout=10)) as connection:
            assert connection.execute("SELECT count(*) FROM audit_link").fetchone()[0] > 0
    deadline = time.monotonic() + 30
    while any(Path(f"/proc/{pid}").exists() for pid in beside) and time.monotonic() < deadline:
        time.sleep(0.2)
    assert not any(Path(f"/proc/{pid}").exists() for pid in beside)


def not_run(database: Path) -> set[str]:
    """The jobs that have not ended well yet."""
    ended = "SELECT name FROM jobs_jobruns WHERE succeeded_at IS NOT NULL"
    with closing(sqlite3.connect(database, timeout=10)) as connection:
        done = {name for (name,) in connection.execute(ended)}
    return set(jobs()) - done


@pytest.mark.parametrize("file", ["docker-compose.yml", "deploy/compose/production.yml"])
def test_compose_runs_the_same_beside_its_server(file: str) -> None:
    services = yaml.safe_load((ROOT / file).read_text())["services"]
    assert services["jobs"]["command"] == ["python", "manage.py", "run_jobs"]
    assert services["jobs"]["environment"] == services["app"]["environment"]
    assert "documents:/var/lib/vanguard" in services["jobs"]["volumes"]


def children(of: int, command: str) -> list[int]:
    """The processes below `of` with this word in their command line."""
    listed = subprocess.run(["ps", "-ewwo", "pid=,ppid=,args="], capture_output=True, text=True, check=True).stdout.splitlines()
    rows = [(int(pid), int(parent), args) for pid, parent, args in (line.split(maxsplit=2) for line in listed)]
    below = {of}
    while more := {pid for pid, parent, _ in rows if parent in below} - below:
        below |= more
    return [pid for pid, _, args in rows if pid in below and command in args]
