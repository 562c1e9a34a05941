"""A database with every migration and nothing else: made once in a test run, by the first worker that needs it, and copied by the others.

Migrating takes as long as two hundred tests; copying what has been migrated takes no time. So the result is also kept for later runs, as
long as no migration changes: a single test begins after seconds and not after half a minute.
"""

import atexit
import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from tempfile import gettempdir
from typing import Any
from urllib.parse import urlsplit

from django.db import ProgrammingError, connection

ROOT = Path(__file__).resolve().parents[1]
KEPT = ROOT / ".pytest_cache" / "migrated"
# On the tests' server; of those that earlier migrations left, the newest few stay for whoever is on another branch.
KEPT_ON_SERVER, STAY = "vanguard_migrated_", 4
ROOMS = ("claims", "config", "customers", "policies", "vanguard")
OURS = re.compile(rf"^(?:from|import) ((?:{'|'.join(ROOMS)})[\w.]*)", re.MULTILINE)
COMMAND_SECONDS = 300.0
# Under xdist all workers of a run have it; a lone pytest is a run of its own.
RUN = os.environ.get("PYTEST_XDIST_TESTRUNUID")


def make_test_database() -> None:
    """Puts the connection on a new test database, a copy of the migrated one."""
    name = connection.creation._get_test_db_name()  # type: ignore[attr-defined]  # not in the stubs
    if connection.vendor == "postgresql":
        template = on_postgresql(name)
        _on_server(f'DROP DATABASE IF EXISTS "{name}"', f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    else:
        shutil.copyfile(on_sqlite(), name)
        atexit.register(_remove, Path(name))
    connection.close()
    connection.settings_dict["NAME"] = name


def _remove(file: Path) -> None:
    for each in file.parent.glob(f"{file.name}*"):
        each.unlink(missing_ok=True)


@cache
def on_sqlite() -> Path:
    """The migrated SQLite file. Copy it; do not write to it."""
    folder = _folder() / "sqlite"
    with _made_once(folder) as to_do:
        if to_do:
            _migrate_sqlite(folder)
    return folder / "migrated.sqlite3"


def _migrate_sqlite(folder: Path) -> None:
    """From what the last run kept, if its migrations were these; what follows a migration (roles, permissions) happens in any case."""
    file, kept = folder / "migrated.sqlite3", KEPT / f"{digest_of_migrations()}.sqlite3"
    if kept.exists():
        shutil.copyfile(kept, file)
    _migrate({"DATABASE_URL": f"sqlite:///{file}", "VAR_DIR": str(folder), "REDIS_URL": ""})
    if not kept.exists():
        shutil.rmtree(KEPT, ignore_errors=True)
        KEPT.mkdir(parents=True, exist_ok=True)
        # A run beside this one sees the whole file or none.
        half = KEPT / f"{os.getpid()}.half"
        shutil.copyfile(file, half)
        half.replace(kept)


def digest_of_migrations() -> str:
    """A digest of all migrations, of our modules that they import, and of the packages that bring others."""
    files = {path for room in ROOMS for path in (ROOT / room).glob("**/migrations/*.py")}
    names = {name for path in files for name in OURS.findall(path.read_text())}
    modules = {path for room in ROOMS for path in (ROOT / room).rglob("*.py") if _is_or_belongs_to(path, names)}
    digest = hashlib.sha256()
    for path in sorted(files | modules | {*(ROOT / "requirements").glob("*.txt")}):
        digest.update(str(path.relative_to(ROOT)).encode() + path.read_bytes())
    return digest.hexdigest()[:32]


def _is_or_belongs_to(path: Path, names: set[str]) -> bool:
    """Whether the file is the module of one of these names, or of the package of one."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return any(".".join(parts[:length]) in names for length in range(1, len(parts) + 1))


def on_postgresql(test_database: str) -> str:
    """The migrated database that this test database is, or could be, a copy of. Copy it; do not connect to it.

    Its name on the tests' server: the test database's own but for the worker's number.
    """
    name = f"{test_database}_migrated".replace(f"_{os.environ.get('PYTEST_XDIST_WORKER')}", "")
    with _made_once(_folder() / "postgresql") as to_do:
        if to_do:
            _migrate_postgresql(name)
    return name


def _migrate_postgresql(name: str) -> None:
    """As on SQLite, with a database in place of the file."""
    kept = KEPT_ON_SERVER + digest_of_migrations()
    there = [found for (found,) in _on_server(f"SELECT datname FROM pg_database WHERE datname LIKE '{KEPT_ON_SERVER}%' ORDER BY oid DESC")]
    template = f' TEMPLATE "{kept}"' if kept in there else ""
    _on_server(f'DROP DATABASE IF EXISTS "{name}"', f'CREATE DATABASE "{name}"{template}')
    _migrate({"DATABASE_URL": urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}").geturl()})
    if not template:
        with suppress(ProgrammingError):  # a run beside this one was faster
            _on_server(f'CREATE DATABASE "{kept}" TEMPLATE "{name}"')
        _on_server(*(f'DROP DATABASE IF EXISTS "{found}"' for found in there[STAY - 1 :]))


def _on_server(*statements: str) -> list[tuple[Any, ...]]:
    """The rows of the last statement, if it has any."""
    connection.close()
    with connection._nodb_cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
        return cursor.fetchall() if cursor.description else []


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
