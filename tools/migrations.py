"""`make migrations`: none is missing, and all go forth, back to nothing, and forth again, on SQLite and on PostgreSQL where it is."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import django
import psycopg
from django.core.management import call_command
from psycopg import sql

from tools import services


def there_and_back(url: str) -> None:
    """Runs on the empty database at `url`, in a process of its own because Django is set up once in one."""
    os.environ.update(DATABASE_URL=url, ENVIRONMENT="test", DJANGO_SETTINGS_MODULE="config.settings")
    django.setup()
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)
    call_command("migrate", verbosity=0)
    for app in _migrated_apps():
        call_command("migrate", app, "zero", verbosity=0)
    call_command("migrate", verbosity=0)


def _migrated_apps() -> list[str]:
    from django.db import connection
    from django.db.migrations.loader import MigrationLoader

    return sorted(MigrationLoader(connection).migrated_apps)


@contextmanager
def scratch_sqlite() -> Iterator[str]:
    with tempfile.TemporaryDirectory() as folder:
        yield f"sqlite:///{Path(folder) / 'scratch.sqlite3'}"


@contextmanager
def scratch_postgresql(server: str) -> Iterator[str]:
    """An empty database on `server`, which goes away again."""
    name = sql.Identifier(f"vanguard_migrations_{os.getpid()}")
    maintenance = urlsplit(server)._replace(path="/postgres").geturl()
    with psycopg.connect(maintenance, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(name))
        try:
            yield urlsplit(server)._replace(path=f"/{name.as_string().strip('"')}").geturl()
        finally:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(name))


def main() -> int:
    postgresql = services.postgresql_url()
    scratches = {"SQLite": scratch_sqlite()} | ({"PostgreSQL": scratch_postgresql(postgresql)} if postgresql else {})
    for name, scratch in scratches.items():
        with scratch as url:
            if subprocess.run([sys.executable, "-m", "tools.migrations", url], check=False).returncode:
                print(f"Migrations failed on {name}.")
                return 1
        print(f"Migrations on {name}: none is missing; all go back to nothing and forth again.")
    return 0


if __name__ == "__main__":
    if len(sys.argv) > 1:
        there_and_back(sys.argv[1])
    else:
        sys.exit(main())
