"""Databases of the bench's own: made, migrated and filled, and dropped again unless BENCH_KEEP=1."""

import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

import psycopg
from psycopg import sql

from bench.options import ROOT, Options
from tools.services import postgresql_url

MISSING = "The bench needs PostgreSQL: start one on 127.0.0.1:5432 (user postgres, no password), or name one in TEST_DATABASE_URL."
FILL_SECONDS = 1800
# Known to everybody, and good for nothing but databases of invented people that are reached from this machine only.
KEYS = {
    name: hashlib.sha256(f"bench {name}".encode()).hexdigest()
    for name in ("JWT_SECRET_KEY", "ENCRYPTION_KEY", "ENCRYPTION_SALT", "SECRET_KEY")
}


@dataclass(frozen=True)
class Database:
    """A filled database, and how our processes are told of it."""

    url: str

    @property
    def name(self) -> str:
        return urlsplit(self.url).path.removeprefix("/")

    def environment(self, **more: str) -> dict[str, str]:
        """Variables as in production, on loopback without TLS."""
        kept = {name: value for name, value in os.environ.items() if name not in ("REDIS_URL", "DJANGO_SETTINGS_MODULE")}
        own = {"ENVIRONMENT": "production", "DEBUG": "false", "TLS_REDIRECT": "false", "DATABASE_URL": self.url, "PYTHONUNBUFFERED": "1"}
        own["REQUIRE_SECOND_FACTOR"] = "false"  # nobody is there to type codes
        return {**kept, **own, **KEYS, "VAR_DIR": str(ROOT / "bench" / ".data"), **more}

    def run(self, *command: str) -> str:
        """What a Python process of ours wrote. Raises SystemExit with its errors when it failed."""
        done = subprocess.run(
            [sys.executable, *command],
            cwd=ROOT,
            env=self.environment(DATABASE_POOL_SIZE="0"),
            capture_output=True,
            text=True,
            timeout=FILL_SECONDS,
            check=False,
        )
        if done.returncode:
            raise SystemExit(f"{' '.join(command)} failed:\n{done.stdout}{done.stderr}")
        return done.stdout

    def connect(self) -> psycopg.Connection:
        return psycopg.connect(self.url, autocommit=True)

    def fill(self, claims: int, policies: int, customers: int) -> None:
        """Brings the schema up to date and the book to this size; a book that has some of it is added to."""
        self.run("manage.py", "migrate", "--verbosity", "0")
        self.run("-m", "bench.book", "fill", str(customers), str(policies), str(claims))

    def vacuum(self) -> None:
        with self.connect() as connection:
            connection.execute("VACUUM ANALYZE")


@contextmanager
def database(label: str, options: Options) -> Iterator[Database]:
    """An empty database (or the one that BENCH_KEEP=1 left), dropped at the end unless it is to be kept."""
    server = postgresql_url()
    if server is None:
        raise SystemExit(MISSING)
    name = f"vanguard_bench_{label}" + (f"_{options.suffix}" if options.suffix else "")
    maintenance = urlsplit(server)._replace(path="/postgres").geturl()
    with psycopg.connect(maintenance, autocommit=True) as connection:
        there = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone()
        if there and not options.keep:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
        if not there or not options.keep:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    try:
        yield Database(urlsplit(server)._replace(path=f"/{name}").geturl())
    finally:
        if not options.keep:
            with psycopg.connect(maintenance, autocommit=True) as connection:
                connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
