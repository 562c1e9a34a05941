"""Requirements 3.1 and 5.2: the image is built from the Dockerfile, run as a platform runs it, and a claim is approved in it.

`make test-image`. Where no registry of images answers, on stand-ins for the base images (tools/engine/stand_ins.sh).
"""

import gzip
import json
import secrets
import shlex
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.delivery.long.docker import IMAGE, docker, inside, inspected, listens, until
from tests.delivery.long.filing import Desk
from tests.delivery.servers import ROOT, free_port

BOOK_LINES = 200
NETWORK = "vanguard-image-test"
APP, DATABASE, REDIS = f"{NETWORK}-app", f"{NETWORK}-db", f"{NETWORK}-redis"
PASSWORD = "Demo-of-the-image-1!"
TMPFS = ["--tmpfs", "/tmp", "--tmpfs", "/run/vanguard:uid=10001,gid=10001,mode=0700"]
HARDENED = ["--read-only", "--cap-drop", "ALL", "--security-opt", "no-new-privileges", *TMPFS]


@pytest.fixture(scope="module", autouse=True)
def built() -> None:
    began = time.monotonic()
    docker("build", "--tag", IMAGE, ".")
    size = inspected(IMAGE)["Size"]
    print(f"\nbuilt in {time.monotonic() - began:.0f} s, {size / 1e6:.0f} MB, {len(inspected(IMAGE)['RootFS']['Layers'])} layers")
    print(docker("history", "--format", "{{.Size}}\t{{.CreatedBy}}", IMAGE))


# What is in it


def test_it_runs_as_a_user_without_a_name_on_the_host() -> None:
    assert inspected(IMAGE)["Config"]["User"] == "appuser"
    assert inside("id", "-u").strip() == "10001"


def test_the_user_can_write_to_its_two_folders_and_nowhere_else() -> None:
    of_everybody = {"/tmp", "/var/tmp", "/run/lock"}
    look = "find / -xdev -writable '(' -type d -o -type f ')' -not -path '/proc/*' 2>/dev/null; true"
    found = set(inside("sh", "-c", look).split())
    assert found - of_everybody == {"/var/lib/vanguard", "/run/vanguard"}


@pytest.mark.parametrize("program", ["gcc", "cc", "g++", "ld", "make", "uv", "git"])
def test_nothing_compiles_in_it(program: str) -> None:
    assert inside("sh", "-c", f"command -v {program} || echo none").strip() == "none"


def test_no_test_and_no_tool_of_development_is_in_it() -> None:
    assert not {"tests", "tools", "bench", "docs", "requirements", ".git", "Makefile"} & set(inside("ls", "-A", "/app").split())
    assert (
        inside(
            "python", "-c", "import importlib.util as u; print([n for n in ('pytest', 'mypy', 'factory', 'uv') if u.find_spec(n)])"
        ).strip()
        == "[]"
    )


def test_it_has_the_tools_of_a_backup() -> None:
    assert all("(PostgreSQL)" in inside(tool, "--version") for tool in ("pg_dump", "pg_restore", "psql"))


def test_no_secret_is_in_it() -> None:
    kept = "\n".join([*inspected(IMAGE)["Config"]["Env"], docker("history", "--no-trunc", "--format", "{{.CreatedBy}}", IMAGE)])
    # Those of `collectstatic` are made in the stage before and named only in its command, which is no layer of this image.
    assert not [word for word in ("JWT_SECRET_KEY", "ENCRYPTION_KEY", "PASSWORD") if word in kept]


def test_static_files_are_collected_and_compressed() -> None:
    assert int(inside("sh", "-c", "find /app/static -name '*.gz' | wc -l")) > 10


def test_the_bill_of_materials_names_what_is_in_it(tmp_path: Path) -> None:
    """`make sbom` reads the lock, which is what is installed; the image is asked whether that is so."""
    lines = (
        line.split("==")
        for line in (ROOT / "requirements" / "run.txt").read_text().splitlines()
        if "==" in line and not line.startswith((" ", "#"))
    )
    locked = {name.partition("[")[0].replace("_", "-").lower(): rest.split()[0] for name, rest in lines}
    listed = inside(
        "python",
        "-c",
        "from importlib.metadata import distributions as d; import json; print(json.dumps({x.name: x.version for x in d()}))",
    )
    installed = {name.replace("_", "-").replace(".", "-").lower(): version for name, version in json.loads(listed).items()}
    assert installed == {name.replace(".", "-"): version for name, version in locked.items()}


def test_built_again_from_nothing_its_files_are_the_same() -> None:
    """But for their times: buildx with `--output type=image,rewrite-timestamp=true` and SOURCE_DATE_EPOCH makes those alike too."""
    look = "find /app /opt/venv -type f -print0 | xargs -0 sha256sum; find /app /opt/venv -type l -printf '%p %l\\n'"
    first = inside("sh", "-c", look).splitlines()
    docker("build", "--no-cache", "--tag", f"{IMAGE}-again", ".")
    again = docker("run", "--rm", "--entrypoint", "sh", f"{IMAGE}-again", "-c", look).splitlines()
    assert sorted(set(first) ^ set(again)) == []


# Running it


@pytest.fixture(scope="module")
def variables() -> dict[str, str]:
    own = {name: secrets.token_urlsafe(48) for name in ("JWT_SECRET_KEY", "ENCRYPTION_KEY", "ENCRYPTION_SALT")}
    database = f"postgres://vanguardai:try-me-out@{DATABASE}:5432/vanguardai"
    return own | {
        "ENVIRONMENT": "preview",
        "DATABASE_URL": database,
        "REDIS_URL": f"redis://{REDIS}:6379/0",
        "WEB_CONCURRENCY": "2",
        "TLS_REDIRECT": "false",
        "DEMO_PASSWORD": PASSWORD,
    }


@pytest.fixture(scope="module")
def databases() -> Iterator[None]:
    docker("network", "create", NETWORK)
    try:
        settings = ["-e", "POSTGRES_USER=vanguardai", "-e", "POSTGRES_DB=vanguardai", "-e", "POSTGRES_PASSWORD=try-me-out"]
        docker("run", "-d", "--name", DATABASE, "--network", NETWORK, *settings, "postgres:15")
        docker("run", "-d", "--name", REDIS, "--network", NETWORK, "redis:7")
        until("PostgreSQL answers", lambda: "accepting" in docker("exec", DATABASE, "sh", "-c", "pg_isready -h 127.0.0.1 || true"))
        yield
    finally:
        docker("rm", "-f", "-v", DATABASE, REDIS)
        docker("network", "rm", NETWORK)


def options(variables: dict[str, str]) -> list[str]:
    return ["--network", NETWORK, *HARDENED, *(word for name, value in variables.items() for word in ("-e", f"{name}={value}"))]


@pytest.fixture(scope="module")
def port(databases: None, variables: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """Where it is served, migrated and with the demo's work, its own file system read-only."""
    book = tmp_path_factory.mktemp("book") / "book.csv"
    with gzip.open(ROOT / "data" / "prism.csv.gz", "rt") as whole:
        book.write_text("".join(line for line, _ in zip(whole, range(BOOK_LINES), strict=False)))
    volume, free = f"{NETWORK}-documents", free_port()
    once = ["run", "--rm", *options(variables), "-v", f"{volume}:/var/lib/vanguard"]
    docker(*once, IMAGE, "python", "manage.py", "migrate", "--noinput")
    docker(*once, "-i", IMAGE, "sh", "-c", "cat > /tmp/book.csv && python manage.py seed_demo --book /tmp/book.csv", text=book.read_text())
    began = time.monotonic()
    docker("run", "-d", "--name", APP, *options(variables), "-v", f"{volume}:/var/lib/vanguard", "-p", f"127.0.0.1:{free}:8000", IMAGE)
    try:
        until("it is ready", lambda: is_ready(free))
        print(f"\nready {time.monotonic() - began:.1f} s after `docker run`")
        yield free
    finally:
        docker("rm", "-f", APP)
        docker("volume", "rm", "-f", volume)


def is_ready(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/health/ready", timeout=5).status_code == 200
    except httpx.TransportError:
        return False


def test_a_claim_is_filed_and_approved_in_it(port: int) -> None:
    with Desk(f"http://127.0.0.1:{port}", "supervisor", PASSWORD) as daniel:
        assert daniel.approve_claim(daniel.file_claim())["status"] == "approved"


def test_docker_runs_its_health_check_and_calls_it_healthy(port: int) -> None:
    until("Docker calls it healthy", lambda: inspected(APP)["State"]["Health"]["Status"] == "healthy")
    assert inspected(APP)["State"]["Health"]["Log"][-1]["ExitCode"] == 0


def test_a_hardened_container_has_no_capabilities_and_one_process_tree_of_its_user(port: int) -> None:
    status = docker("exec", APP, "sh", "-c", "cat /proc/1/status")
    assert "CapEff:\t0000000000000000" in status
    assert "Uid:\t10001\t10001\t10001\t10001" in status
    # No shell in between: the server itself has the signals.
    assert "gunicorn" in docker("exec", APP, "sh", "-c", "tr '\\0' ' ' < /proc/1/cmdline")


def test_its_lines_are_json(port: int) -> None:
    lines = [line for line in docker("logs", APP).splitlines() if line.strip()]
    assert lines
    assert all(json.loads(line)["timestamp"] for line in lines)


def test_a_database_that_is_away_restarts_nothing(port: int) -> None:
    docker("stop", DATABASE)
    try:
        assert httpx.get(f"http://127.0.0.1:{port}/health", timeout=30).status_code == 503
        docker("exec", APP, "python", "-m", "config.healthcheck")
    finally:
        docker("start", DATABASE)
    until("it is ready again", lambda: is_ready(port))


@pytest.mark.parametrize("environment", ["production", "staging", "pr"])
def test_railways_command_serves_on_the_port_that_railway_gives(port: int, variables: dict[str, str], environment: str) -> None:
    railway = json.loads((ROOT / "railway.json").read_text())
    command = shlex.split(railway["environments"][environment]["deploy"]["startCommand"])
    own = {name: value for name, value in variables.items() if name not in ("ENVIRONMENT", "WEB_CONCURRENCY", "DEMO_PASSWORD")}
    given, free, name = free_port(), free_port(), f"{NETWORK}-railway"
    more = {"PORT": str(given), "DATABASE_POOL_SIZE": "2", "DATABASE_POOL_OVERFLOW": "2", "RAILWAY_ENVIRONMENT": environment}
    docker("run", "-d", "--name", name, *options(own | more), "-p", f"127.0.0.1:{free}:{given}", IMAGE, *command)
    try:
        until("it is ready", lambda: is_ready(free))
        answer = httpx.get(f"http://127.0.0.1:{free}{railway['deploy']['healthcheckPath']}", headers={"Host": "healthcheck.railway.app"})
        assert answer.json()["status"] == "healthy"
        docker("exec", name, "python", "-m", "config.healthcheck")
    finally:
        docker("rm", "-f", name)


def test_a_volume_that_is_roots_is_told_and_as_root_it_can_be_written(databases: None, variables: dict[str, str]) -> None:
    """Railway mounts volumes so, and runs the container as RAILWAY_RUN_UID says."""
    given = [word for name, value in variables.items() for word in ("-e", f"{name}={value}")]
    mounted = ["--network", NETWORK, *given, "--tmpfs", "/var/lib/vanguard:uid=0,gid=0,mode=0755"]
    check = [IMAGE, "sh", "-c", "python manage.py check --deploy 2>&1 || true"]
    assert "vanguard.W007" in docker("run", "--rm", *mounted, *check)
    assert "vanguard.W007" not in docker("run", "--rm", "--user", "0", *mounted, *check)


def test_in_production_a_missing_secret_stops_the_start_and_is_named(databases: None, variables: dict[str, str]) -> None:
    own = variables | {"ENVIRONMENT": "production", "JWT_SECRET_KEY": ""}
    name = f"{NETWORK}-refused"
    docker("run", "-d", "--name", name, *options(own), IMAGE)
    try:
        until("it has ended", lambda: not inspected(name)["State"]["Running"])
        assert inspected(name)["State"]["ExitCode"] != 0
        assert "JWT_SECRET_KEY is not set" in docker("logs", name) + docker_errors(name)
    finally:
        docker("rm", "-f", name)


def docker_errors(name: str) -> str:
    import subprocess

    return subprocess.run(["docker", "logs", name], capture_output=True, text=True, check=True).stderr


def test_it_ends_when_it_is_told_to(port: int) -> None:
    began = time.monotonic()
    docker("stop", "--time", "35", APP)
    assert inspected(APP)["State"]["ExitCode"] == 0
    assert not listens(port)
    print(f"\nended {time.monotonic() - began:.1f} s after `docker stop`")
