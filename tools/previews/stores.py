"""The databases: PostgreSQL's by name, copied from a template, and Redis's by number, each marked with whose it is."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import batched
from urllib.parse import urlsplit

import psycopg
import redis
from psycopg import sql

from tools import services
from tools.previews.place import Preview, PreviewError

SECONDS = 5
MARK = "vanguard-preview"
# How each key begins that the platform writes: the cache's (config.settings) and those of vanguard.http.rates.
OF_THE_PLATFORM = "vanguard:"
SCANNED = 500
COPIES_FILES = 150_000  # since PostgreSQL 15 one may say how a database is copied


def postgresql() -> str:
    """Where the databases are made: PREVIEW_DATABASE_URL, or the PostgreSQL of this machine."""
    return os.environ.get("PREVIEW_DATABASE_URL") or services.LOCAL_POSTGRESQL


def database_url(name: str) -> str:
    return urlsplit(postgresql())._replace(path=f"/{name}").geturl()


def redis_url(number: int) -> str:
    return urlsplit(_redis())._replace(path=f"/{number}").geturl()


def _redis() -> str:
    return os.environ.get("PREVIEW_REDIS_URL") or services.LOCAL_REDIS


def check_that_they_answer() -> None:
    """Raises PreviewError that says what to start."""
    with _connected():
        pass
    _numbers()


@contextmanager
def _connected() -> Iterator["psycopg.Connection[tuple[object, ...]]"]:
    try:
        connection = psycopg.connect(postgresql(), autocommit=True, connect_timeout=SECONDS)
    except psycopg.OperationalError as error:
        raise PreviewError(
            "A preview needs PostgreSQL: start one on 127.0.0.1:5432 with user postgres and no password, or name one whose user may"
            f" create databases in PREVIEW_DATABASE_URL. ({str(error).splitlines()[0]})"
        ) from None
    with connection:
        yield connection


def exists(database: str) -> bool:
    with _connected() as connection:
        return connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [database]).fetchone() is not None


def sizes() -> dict[str, str]:
    """Each database by its name, as people read a size."""
    with _connected() as connection:
        rows = connection.execute("SELECT datname, pg_size_pretty(pg_database_size(datname)) FROM pg_database WHERE datallowconn")
        return {str(name): str(size) for name, size in rows}


def create(database: str, *, template: str = "template0") -> None:
    """Raises PreviewError where the database is there already."""
    with _connected() as connection:
        fast = sql.SQL(" STRATEGY file_copy" if connection.info.server_version >= COPIES_FILES else "")
        statement = sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(database), sql.Identifier(template))
        try:
            connection.execute(statement + fast)
        except psycopg.errors.DuplicateDatabase:
            raise PreviewError(f"There is a database {database} already.") from None


def rename(database: str, new: str) -> None:
    with _connected() as connection:
        connection.execute(sql.SQL("ALTER DATABASE {} RENAME TO {}").format(sql.Identifier(database), sql.Identifier(new)))


def drop(database: str) -> None:
    """With whoever is connected to it; nothing where it is not there."""
    with _connected() as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(database)))


def names_like(beginning: str) -> list[str]:
    with _connected() as connection:
        rows = connection.execute("SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [beginning])
        return [str(name) for (name,) in rows]


def claim_number(preview: Preview) -> int:
    """A Redis database that is empty and nobody's, now marked as this preview's. Not 0, and not the one that this checkout's tests use."""
    tests = services.CHECKOUT % (services.REDIS_DATABASES - 1) + 1
    for number in _numbers():
        if number in (0, tests):
            continue
        with _client(number) as client:
            if not client.set(MARK, preview.owner, nx=True):
                continue
            if client.dbsize() == 1:
                return number
            client.delete(MARK)
    raise PreviewError("No Redis database is free: remove a preview, or name another Redis in PREVIEW_REDIS_URL.")


def give_back_numbers(preview: Preview) -> None:
    """Takes the platform's keys out of what is marked as this preview's, and then the mark. What others put there stays, and is told."""
    for number in _numbers():
        with _client(number) as client:
            if client.get(MARK) != preview.owner.encode():
                continue
            for keys in batched(client.scan_iter(match=f"{OF_THE_PLATFORM}*", count=SCANNED), SCANNED):
                client.unlink(*keys)
            # Last, so that a removal that was killed can be done again.
            client.delete(MARK)
            if others := client.dbsize():
                print(f"Keys in Redis {number} that are not {preview.name}'s, and were left there: {others}.")


def _client(number: int) -> "redis.Redis":
    return redis.Redis.from_url(redis_url(number), socket_connect_timeout=SECONDS, socket_timeout=SECONDS)


def _numbers() -> range:
    try:
        with _client(0) as client:
            try:
                return range(int(client.config_get("databases")["databases"]))
            except redis.ResponseError:
                return range(services.REDIS_DATABASES)
    except redis.RedisError as error:
        raise PreviewError(
            f"A preview needs Redis: start one on 127.0.0.1:6379, or name one in PREVIEW_REDIS_URL. ({type(error).__name__})"
        ) from None
