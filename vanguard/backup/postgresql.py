"""PostgreSQL by its own tools: pg_dump in one snapshot with the rows counted in it, and pg_restore as one transaction."""

import shutil
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryFile
from threading import Thread
from typing import IO, Any
from uuid import uuid4

import psycopg
from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connections
from psycopg import sql

from vanguard import rights
from vanguard.backup.manifest import BackupError
from vanguard.backup.processes import variables

# psycopg's names of what libpq reads from variables: a password on a command line would be seen by everybody on the machine.
VARIABLES = {
    "host": "PGHOST",
    "hostaddr": "PGHOSTADDR",
    "port": "PGPORT",
    "user": "PGUSER",
    "password": "PGPASSWORD",
    "dbname": "PGDATABASE",
    "sslmode": "PGSSLMODE",
    "sslrootcert": "PGSSLROOTCERT",
    "sslcert": "PGSSLCERT",
    "sslkey": "PGSSLKEY",
    "target_session_attrs": "PGTARGETSESSIONATTRS",
    "connect_timeout": "PGCONNECT_TIMEOUT",
}
INSTALLED = Path("/usr/lib/postgresql")
COPIED = 1024 * 1024
KNOWS_TRANSACTION_TIMEOUT = 170000
UNLIMITED = "-c statement_timeout=0 -c idle_in_transaction_session_timeout=0 -c lock_timeout=60s"
TABLES = (
    "SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND NOT relispartition AND relnamespace = 'public'::regnamespace ORDER BY 1"
)
OWN = "nspname !~ '^pg_' AND nspname <> 'information_schema'"
# The old tables go in the transaction that brings the new ones: whoever looks sees the one or the other.
EMPTIED = f"""SET client_min_messages = warning;
DO $$ DECLARE name text; BEGIN
    FOR name IN SELECT nspname FROM pg_namespace WHERE {OWN} LOOP EXECUTE format('DROP SCHEMA %I CASCADE', name); END LOOP;
END $$;
CREATE SCHEMA public;
GRANT USAGE ON SCHEMA public TO PUBLIC;
"""  # noqa: S608  # nothing of it comes from outside
# Roles are the server's, so no dump has them, and it names them: that of row-level security (vanguard.confinement), and who serves.
ROLE = """DO $$ BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = {name}) THEN CREATE ROLE {role} NOLOGIN; END IF;
END $$;
"""
NAMED = """SELECT DISTINCT rolname FROM pg_shdepend JOIN pg_roles ON pg_roles.oid = refobjid
    WHERE refclassid = 'pg_authid'::regclass AND deptype IN ('a', 'r')
    AND dbid = (SELECT oid FROM pg_database WHERE datname = current_database()) ORDER BY 1
"""
ANYTHING = f"SELECT 1 FROM pg_class JOIN pg_namespace ON relnamespace = pg_namespace.oid WHERE relkind IN ('r', 'p') AND {OWN} LIMIT 1"  # noqa: S608


def parameters() -> dict[str, Any]:
    """As libpq takes them, of the configured database."""
    found = connections[DEFAULT_DB_ALIAS].get_connection_params()
    return {name: found[name] for name in VARIABLES if found.get(name) not in (None, "")}


def connect(known: Mapping[str, Any]) -> psycopg.Connection:
    return psycopg.connect(**known, options=UNLIMITED, application_name="vanguard-backup")


def dump(target: Any) -> tuple[dict[str, int], str]:
    """Writes the database into `target`. Returns the rows of each table in the same snapshot, and the server's version."""
    known = parameters()
    with connect(known) as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        connection.read_only = True
        snapshot = _one(connection, "SELECT pg_export_snapshot()")
        counted = _rows(connection)
        version = str(_one(connection, "SHOW server_version"))
        command = [tool("pg_dump"), "--format=custom", "--compress=6", "--no-owner", f"--snapshot={snapshot}"]
        with _started(command, known, stdout=subprocess.PIPE) as process:
            assert process.stdout is not None  # noqa: S101  # it was asked for
            shutil.copyfileobj(process.stdout, target, COPIED)
    return counted, version


def counts() -> dict[str, int]:
    """The rows of each table as they are now."""
    with connect(parameters()) as connection:
        return _rows(connection)


def is_empty() -> bool:
    with connect(parameters()) as connection:
        return not connection.execute(ANYTHING).fetchall()


def roles() -> list[str]:
    """Who has rights here or is named by a policy, but for the owner."""
    with connect(parameters()) as connection:
        return [str(name) for (name,) in connection.execute(NAMED).fetchall()]


def load(source: IO[bytes], roles: Iterable[str]) -> None:
    """Makes the database what `source` holds, in one transaction. Raises BackupError, and nothing has changed then.

    `roles`: whom it names. Who is missing on this server is made, and cannot log in.
    """
    known = parameters()
    with _started([tool("psql"), "--quiet", "--no-psqlrc", "--single-transaction", "--set=ON_ERROR_STOP=1", "--output=/dev/null"], known,
                  stdin=subprocess.PIPE) as psql:  # fmt: skip
        assert psql.stdin is not None  # noqa: S101
        try:
            psql.stdin.write((EMPTIED + _made(roles)).encode())
            _unpack(source, psql.stdin, known)
        except BrokenPipeError:
            pass  # psql said why, and its outcome is looked at below
        except BaseException:
            # Not closed: psql would take the end of its input for the end of the work, and commit.
            psql.kill()
            raise


def _made(roles: Iterable[str]) -> str:
    # Backups of before they said so name these two.
    names = sorted({*roles, *filter(None, (settings.CONFINED_ROLE, rights.application()[0]))})
    return "".join(sql.SQL(ROLE).format(name=name, role=sql.Identifier(name)).as_string() for name in names)


def _unpack(source: IO[bytes], target: IO[bytes], known: Mapping[str, Any]) -> None:
    """pg_restore's SQL. Raises BackupError, or whatever reading raises, where not all of it came."""
    options = ["--no-owner", "--exit-on-error", "--file=-"]
    with _started([tool("pg_restore"), *options], known, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as unpacking:
        failed: list[BaseException] = []

        def feed() -> None:
            assert unpacking.stdin is not None  # noqa: S101
            try:
                with unpacking.stdin as archive:
                    shutil.copyfileobj(source, archive, COPIED)
            except BrokenPipeError:
                pass  # it has failed, and says so itself
            except BaseException as error:  # noqa: BLE001  # raised again by the thread that waits
                failed.append(error)
                unpacking.kill()

        feeder = Thread(target=feed, daemon=True)
        feeder.start()
        assert unpacking.stdout is not None  # noqa: S101
        target.write(_understood(unpacking.stdout.read(COPIED), known))
        shutil.copyfileobj(unpacking.stdout, target, COPIED)
        feeder.join()
        if failed:
            raise failed[0]


def _understood(beginning: bytes, known: Mapping[str, Any]) -> bytes:
    """The first lines of pg_restore's SQL without what an older server does not know: its tools may be newer than it is."""
    with connect(known) as connection:
        version = connection.info.server_version
    return beginning if version >= KNOWS_TRANSACTION_TIMEOUT else beginning.replace(b"SET transaction_timeout = 0;\n", b"", 1)


@contextmanager
def scratch() -> Iterator[str]:
    """The name of an empty database beside the configured one, which goes again."""
    known = parameters()
    name = f"vanguard_restored_{uuid4().hex[:12]}"
    server = known | {"dbname": "postgres"}
    with closing(connect(server)) as connection:
        connection.autocommit = True
        connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(name)))
    try:
        yield name
    finally:
        with closing(connect(server)) as connection:
            connection.autocommit = True
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def tool(name: str) -> str:
    """The newest that is installed: an older pg_dump refuses a newer server. Raises BackupError where there is none."""
    installed = sorted(INSTALLED.glob(f"*/bin/{name}"), key=lambda path: int(path.parts[-3]) if path.parts[-3].isdigit() else 0)
    found = str(installed[-1]) if installed else shutil.which(name)
    if found is None:
        raise BackupError(f"{name} is not installed (Debian: apt-get install postgresql-client, of the server's version or newer).")
    return found


@contextmanager
def _started(command: list[str], known: Mapping[str, Any], **streams: Any) -> "Iterator[subprocess.Popen[bytes]]":
    """The process until the block ends. Raises BackupError with its own words where it fails; it never outlives the block."""
    environment = variables({VARIABLES[name]: str(value) for name, value in known.items()})
    with TemporaryFile() as words:
        process = subprocess.Popen(command, env=environment, stderr=words, **streams)
        try:
            yield process
        except BaseException:
            process.kill()
            process.wait()
            raise
        if process.stdin is not None and not process.stdin.closed:
            with suppress(BrokenPipeError):
                process.stdin.close()
        outcome = process.wait()
        words.seek(0)
        if outcome:
            said = words.read().decode(errors="replace").strip()[-500:]
            raise BackupError(f"{Path(command[0]).name} failed ({outcome}): {said}")


def _rows(connection: psycopg.Connection) -> dict[str, int]:
    names = [str(name) for (name,) in connection.execute(TABLES).fetchall()]
    return {name: int(_one(connection, sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier("public", name)))) for name in names}


def _one(connection: psycopg.Connection, statement: Any) -> Any:
    row = connection.execute(statement).fetchone()
    return row[0] if row else None
