"""A database with every migration and nothing else: made once in a test run, by the first worker that needs it, and copied by the others.

Migrating takes as long as fifty tests; copying what has been migrated takes no time.
"""

import atexit
import fcntl
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from tempfile import gettempdir
from urllib.parse import urlsplit

from django.db import connection

ROOT = Path(__file__).resolve().parents[1]
COMMAND_SECONDS = 300.0
# Under xdist all workers of a run have it; a lone pytest is a run of its own.
RUN = os.environ.get("PYTEST_XDIST_TESTRUNUID")


def make_test_database() -> None:
    """Puts the connection on a new test database, a copy of the migrated one."""
    name = connection.creation._get_test_db_name()  # type: ignore[attr-defined]  # not in the stubs
    if connection.vendor == "postgresql":
        template = _on_postgresql(f"{name}_migrated")
        _on_server(f'DROP DATABASE IF EXISTS "{name}"', f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    else:
        shutil.copyfile(on_sqlite(), name)
    connection.close()
    connection.settings_dict["NAME"] = name


@cache
def on_sqlite() -> Path:
    """The migrated SQLite file. Copy it; do not write to it."""
    folder = _folder() / "sqlite"
    with _made_once(folder) as to_do:
        if to_do:
            _migrate({"DATABASE_URL": f"sqlite:///{folder / 'migrated.sqlite3'}", "VAR_DIR": str(folder), "REDIS_URL": ""})
    return folder / "migrated.sqlite3"


def _on_postgresql(name: str) -> str:
    """The name of the migrated database on the tests' server; each worker's own name but for the worker's number."""
    name = name.replace(f"_{os.environ.get('PYTEST_XDIST_WORKER')}", "")
    with _made_once(_folder() / "postgresql") as to_do:
        if to_do:
            _on_server(f'DROP DATABASE IF EXISTS "{name}"', f'CREATE DATABASE "{name}"')
            _migrate({"DATABASE_URL": urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}").geturl()})
    return name


def _on_server(*statements: str) -> None:
    connection.close()
    with connection._nodb_cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def _migrate(variables: Mapping[str, str]) -> None:
    environment = {**os.environ, "ENVIRONMENT": "test", "DJANGO_SETTINGS_MODULE": "config.settings", **variables}
    command = [sys.executable, "manage.py", "migrate", "--verbosity", "0"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=COMMAND_SECONDS, check=False)
    if done.returncode != 0:
        raise AssertionError(f"migrate failed:\n{done.stdout}{done.stderr}")


@contextmanager
def _made_once(folder: Path) -> Iterator[bool]:
    """Whether it is this process that has to make it. The others wait; a failure is left for the next to try again."""
    folder.mkdir(exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield not (folder / "complete").exists()
        (folder / "complete").touch()


@cache
def _folder() -> Path:
    folder = Path(gettempdir()) / f"vanguard-migrated-{RUN or os.getpid()}"
    folder.mkdir(exist_ok=True)
    if not RUN:  # a worker may end before the others; what `make test` leaves behind goes with its temporary folder
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder
