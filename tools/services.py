"""Which databases the tests can use here: those that the environment names, or those that answer on this machine."""

import hashlib
import os
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import redis

LOCAL_POSTGRESQL = "postgres://postgres@127.0.0.1:5432/postgres"
LOCAL_REDIS = "redis://127.0.0.1:6379"
# Each checkout has databases of its own, so that two can be tested on one machine at the same time.
CHECKOUT = int(hashlib.sha256(str(Path(__file__).resolve().parents[1]).encode()).hexdigest()[:8], 16)
REDIS_DATABASES = 16
SECONDS = 2


def postgresql_url() -> str | None:
    """Where the tests may make databases; a PostgreSQL that was named and does not answer is an error, not a reason to skip."""
    named = os.environ.get("TEST_DATABASE_URL", "").strip()
    if named:
        with psycopg.connect(named, connect_timeout=SECONDS):
            return named
    try:
        with psycopg.connect(LOCAL_POSTGRESQL, connect_timeout=SECONDS):
            return urlsplit(LOCAL_POSTGRESQL)._replace(path=f"/vanguard_{CHECKOUT:08x}").geturl()
    except psycopg.OperationalError:
        return None


def redis_url() -> str | None:
    named = os.environ.get("TEST_REDIS_URL", "").strip()
    try:
        redis.Redis.from_url(named or LOCAL_REDIS, socket_connect_timeout=SECONDS).ping()
    except redis.RedisError:
        if named:
            raise
        return None
    # Never database 0, which is where a developer's own data would be.
    return named or f"{LOCAL_REDIS}/{1 + CHECKOUT % (REDIS_DATABASES - 1)}"
