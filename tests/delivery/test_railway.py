"""Requirement 5.1: Railway builds the Dockerfile, migrates before a release, checks /health and restarts on failure."""

import json
import os
import secrets
import shlex
import subprocess
import sys
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest

from tests.delivery.servers import ROOT, started

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
    assert all(command.endswith("gunicorn config.asgi:application") for command in commands)


@pytest.mark.parametrize("environment", ["production", "staging", "pr"])
def test_the_start_command_serves_and_its_health_check_passes(railway: dict[str, Any], tmp_path: Path, environment: str) -> None:
    command = shlex.split(railway["environments"][environment]["deploy"]["startCommand"])
    variables = {name: secrets.token_urlsafe(48) for name in ("JWT_SECRET_KEY", "ENCRYPTION_KEY", "ENCRYPTION_SALT")}
    variables |= {
        "DATABASE_URL": f"sqlite:///{tmp_path}/railway.sqlite3",
        "VAR_DIR": str(tmp_path),
        "RAILWAY_ENVIRONMENT": environment,
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
    }
    with started(command, variables) as server:
        probe = HTTPConnection("127.0.0.1", server.port, timeout=railway["deploy"]["healthcheckTimeout"])
        probe.request("GET", railway["deploy"]["healthcheckPath"], headers={"Host": "healthcheck.railway.app"})
        answer = probe.getresponse()
        assert answer.status == 200
        assert json.loads(answer.read())["checks"]["database"]["status"] == "healthy"
        probe.close()
