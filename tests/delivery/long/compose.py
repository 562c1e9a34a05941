"""Requirement 3.2: both compose files, really up: all healthy, reachable where it should be, and gone afterwards. `make test-image`."""

import os
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.delivery.long.docker import docker, listens, until
from tests.delivery.long.filing import Desk
from tests.delivery.servers import ROOT

DEVELOPMENT = ("compose", "-f", "docker-compose.yml", "-f", "tests/delivery/long/small-book.yml")
PRODUCTION = ("compose", "--project-directory", ".", "-f", "deploy/compose/production.yml")
PASSWORD = "Demo-of-compose-1!"


def trusting() -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(ROOT / "var" / "tls" / "certificate.pem"))


@pytest.fixture(scope="module", autouse=True)
def _made_by_make() -> None:
    subprocess.run(["make", "--silent", "certificate", "compose-secrets", "portal"], cwd=ROOT, check=True)


@pytest.mark.parametrize(("command", "file"), [(DEVELOPMENT, "docker-compose.yml"), (PRODUCTION, "deploy/compose/production.yml")])
def test_the_file_is_valid(command: tuple[str, ...], file: str) -> None:
    docker(*command, "config", "--quiet")
    checker = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", file]
    subprocess.run(checker, cwd=ROOT, check=True, capture_output=True)


@pytest.fixture(scope="module")
def development() -> Iterator[None]:
    os.environ["DEMO_PASSWORD"] = PASSWORD
    began = time.monotonic()
    try:
        docker(*DEVELOPMENT, "up", "--detach", "--wait", "--wait-timeout", "1800")
        print(f"\ndevelopment: up and healthy after {time.monotonic() - began:.0f} s")
        yield
    except AssertionError:
        print(docker(*DEVELOPMENT, "ps", "--all"), docker(*DEVELOPMENT, "logs", "--tail", "40"))
        raise
    finally:
        docker(*DEVELOPMENT, "down", "--volumes", "--timeout", "40")


def test_everything_of_development_is_where_people_expect_it(development: None) -> None:
    assert [port for port in (8000, 5432, 6379, 80, 443) if not listens(port)] == []
    assert httpx.get("http://127.0.0.1:8000/health").json()["status"] == "healthy"
    through = httpx.get("https://localhost/health", verify=trusting())
    assert through.json()["status"] == "healthy"
    assert httpx.get("http://localhost/admin/").headers["Location"] == "https://localhost/admin/"
    with Desk("https://localhost", "supervisor", PASSWORD, trusting()) as daniel:
        assert daniel.approve_claim(daniel.file_claim())["status"] == "approved"


def portal(path: str) -> httpx.Response:
    """Asked by the name of which every browser knows that it is this machine."""
    with httpx.Client(verify=trusting()) as client:
        return client.get(
            f"https://127.0.0.1{path}", headers={"Host": "app.localhost"}, extensions={"sni_hostname": "app.localhost"}, timeout=30
        )


def test_the_portal_is_there_with_the_api_beside_it(development: None) -> None:
    assert "<title>" in portal("/reset-password").text
    assert portal("/api/policies").status_code == 401


def test_migrations_ran_once_and_before_anything_served(development: None) -> None:
    lines = docker(*DEVELOPMENT, "ps", "--all", "--format", "{{.Service}} {{.State}} {{.ExitCode}}").splitlines()
    assert "migrate exited 0" in lines
    assert sum(line.startswith("migrate") for line in lines) == 1


def test_a_change_in_the_sources_replaces_the_workers(development: None) -> None:
    def workers() -> set[str]:
        return set(docker(*DEVELOPMENT, "exec", "app", "sh", "-c", "cat /proc/1/task/1/children").split())

    def changed_again() -> bool:
        """A worker that was still loading has not seen what was changed before."""
        os.utime(ROOT / "config" / "urls.py")
        time.sleep(3)
        return bool(workers()) and not workers() & before

    before = workers()
    assert before
    until("the workers are others", changed_again)
    until("they serve", lambda: is_ready("http://127.0.0.1:8000/health/ready"))


def is_ready(url: str) -> bool:
    """False as well while workers that are just loading take the connection and do not answer."""
    try:
        return httpx.get(url, timeout=10).status_code == 200
    except httpx.TransportError:
        return False


@pytest.fixture(scope="module")
def production() -> Iterator[None]:
    docker(*DEVELOPMENT, "down", "--volumes", "--timeout", "40")  # it has the same ports, and is up until the module ends
    began = time.monotonic()
    try:
        docker(*PRODUCTION, "up", "--detach", "--wait", "--wait-timeout", "1800")
        print(f"\nproduction-like: up and healthy after {time.monotonic() - began:.0f} s")
        yield
    except AssertionError:
        print(docker(*PRODUCTION, "ps", "--all"), docker(*PRODUCTION, "logs", "--tail", "40"))
        raise
    finally:
        docker(*PRODUCTION, "down", "--volumes", "--timeout", "40")


def test_in_production_only_nginx_can_be_reached(production: None) -> None:
    assert [port for port in (8000, 5432, 6379, 80, 443) if listens(port)] == [80, 443]
    answer = httpx.get("https://localhost/admin/login/", verify=trusting())
    assert answer.status_code == 200
    for name in ("Strict-Transport-Security", "Content-Security-Policy", "X-Frame-Options", "X-Content-Type-Options", "Referrer-Policy"):
        assert len(answer.headers.get_list(name)) == 1
    assert httpx.get("https://localhost/metrics", verify=trusting()).status_code == 404


def test_in_production_the_portal_is_there_too(production: None) -> None:
    assert "<title>" in portal("/reset-password").text
    assert portal("/api/policies").status_code == 401


def test_in_production_the_application_can_write_nowhere_but_to_its_folders(production: None) -> None:
    tried = docker(
        *PRODUCTION, "exec", "app", "sh", "-c", "touch /app/x 2>&1; touch /opt/venv/x 2>&1; touch /var/lib/vanguard/x && echo yes"
    )
    assert tried.count("Read-only file system") == 2
    assert tried.strip().endswith("yes")


def test_in_production_there_is_a_log_in_only_after_somebody_made_one(production: None) -> None:
    done = subprocess.run(
        ["docker", *PRODUCTION, "exec", "app", "python", "manage.py", "seed_demo"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode != 0
    assert "development and preview only" in done.stderr


def test_in_production_the_trail_is_sealed_beside_the_server(production: None) -> None:
    """Three minutes at the most, like a clock of the runbook's: begun at once, and then every ten seconds."""
    deadline, found = time.monotonic() + 180, ""
    while "place" not in found and time.monotonic() < deadline:
        time.sleep(2)  # between two looks at what it has written
        found = docker(*PRODUCTION, "logs", "--no-log-prefix", "jobs")
    assert "The chain ends at place" in found
    assert docker(*PRODUCTION, "exec", "app", "python", "manage.py", "audit_verify").rstrip().endswith(": 0 faults.")


def test_secrets_that_are_there_stay(tmp_path: Path) -> None:
    script = str(ROOT / "deploy" / "compose" / "secrets.sh")
    subprocess.run([script, str(tmp_path)], check=True)
    first = (tmp_path / "platform.env").read_text()
    subprocess.run([script, str(tmp_path)], check=True)
    assert (tmp_path / "platform.env").read_text() == first
    assert (tmp_path / "platform.env").stat().st_mode & 0o077 == 0
