"""`manage.py check --deploy` warns of lines that others can read, of log-ins by password alone, of what is lost or told to nobody."""

import ipaddress
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Tags, Warning, register

GRPC = 4317
ENCRYPTED = frozenset({"require", "verify-ca", "verify-full"})


@register(Tags.security, deploy=True)
def unsafe_settings(app_configs: Sequence[Any] | None, **_options: Any) -> list[CheckMessage]:
    """Warnings: each line to another machine not encrypted, staff without a second factor, holes nobody is told of, what is lost."""
    return [*_lines(), *_log_in(), *_contact(), *_traces(), *_documents()]


def _lines() -> Iterator[CheckMessage]:
    for alias, variable in (("default", "DATABASE_URL"), ("replica", "DATABASE_REPLICA_URL")):
        if (database := settings.DATABASES.get(alias)) and _is_open(database):
            yield _warning(
                "W001", "PostgreSQL is on another machine, without TLS insisted on.", f"End {variable} with ?sslmode=verify-full."
            )
    redis = urlsplit(settings.REDIS_URL)
    if redis.scheme == "redis" and _is_elsewhere(redis.hostname or ""):
        yield _warning("W002", "Redis is on another machine, and spoken to without TLS.", "Begin REDIS_URL with rediss://.")
    mail = urlsplit(settings.EMAIL_URL)
    if mail.scheme == "smtp" and _is_elsewhere(mail.hostname or ""):
        yield _warning("W003", "Letters go to their server without TLS.", "Begin EMAIL_URL with smtp+tls:// or smtp+ssl://.")


def _log_in() -> Iterator[CheckMessage]:
    if settings.ENVIRONMENT == "production" and not settings.REQUIRE_SECOND_FACTOR:
        yield _warning("W004", "Staff log in with a password alone.", "Leave REQUIRE_SECOND_FACTOR at its default.")


def _contact() -> Iterator[CheckMessage]:
    if settings.ENVIRONMENT == "production" and not settings.SECURITY_CONTACT:
        hint = "Set SECURITY_CONTACT to an address that somebody reads, as mailto:security@insurer.example."
        yield _warning("W005", "Whoever finds a hole is not told whom to tell.", hint)


def _traces() -> Iterator[CheckMessage]:
    if urlsplit(settings.OTLP_ENDPOINT).port == GRPC:
        yield _warning("W006", "Traces go to the port of OTLP over gRPC; the platform speaks HTTP.", "OTLP_ENDPOINT's port is 4318 mostly.")


def _documents() -> Iterator[CheckMessage]:
    """A volume that is somebody else's: every probe is well, and the first document fails."""
    wanted = Path(settings.MEDIA_ROOT).absolute()
    there = next(folder for folder in (wanted, *wanted.parents) if folder.exists())
    if not (there.is_dir() and os.access(there, os.W_OK | os.X_OK)):
        hint = "Give it to the user that the platform runs as. A volume of Railway's is root's: set RAILWAY_RUN_UID=0."
        yield _warning("W007", "Documents cannot be kept: where MEDIA_ROOT says, this user cannot write.", hint)


def _warning(number: str, what: str, hint: str) -> CheckMessage:
    return Warning(what, hint=hint, id=f"vanguard.{number}")


def _is_open(database: dict[str, Any]) -> bool:
    """A line to PostgreSQL on another machine that may go without TLS."""
    if not database["ENGINE"].endswith("postgresql"):
        return False
    return any(map(_is_elsewhere, database["HOST"].split(","))) and database["OPTIONS"].get("sslmode") not in ENCRYPTED


def _is_elsewhere(host: str) -> bool:
    """Whether it is another machine, going by its name; nothing, or a folder, is a socket of this one."""
    if not host or host.startswith("/") or host == "localhost":
        return False
    try:
        return not ipaddress.ip_address(host).is_loopback
    except ValueError:
        return True
