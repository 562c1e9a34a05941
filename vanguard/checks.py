"""`manage.py check --deploy` warns of lines that others can read and of log-ins without a second factor; `--database`, of rights."""

import ipaddress
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register

ENCRYPTED = frozenset({"require", "verify-ca", "verify-full"})


@register(Tags.security, deploy=True)
def unsafe_settings(app_configs: Sequence[Any] | None, **_options: Any) -> list[CheckMessage]:
    """One warning for each line to another machine that is not encrypted, and for staff who need no second factor."""
    return [*_lines(), *_log_in()]


@register(Tags.database)
def confined_all_the_time(app_configs: Sequence[Any] | None, databases: Sequence[str] | None, **_options: Any) -> list[CheckMessage]:
    """An error where staff would see nothing, because the database's user has the rights of policyholders' reads at all times."""
    from vanguard import confinement

    if not any(confinement.is_inherited(using) for using in databases or ()):
        return []
    what = f"The database's user inherits the role {settings.CONFINED_ROLE}, whose row-level security then holds for all reads."
    return [Error(what, hint="ALTER ROLE … NOINHERIT, or GRANT … WITH INHERIT FALSE, SET TRUE (docs/audit.md).", id="vanguard.E005")]


def _lines() -> Iterator[CheckMessage]:
    database = settings.DATABASES["default"]
    is_postgresql = database["ENGINE"].endswith("postgresql")
    if is_postgresql and any(map(_is_elsewhere, database["HOST"].split(","))) and database["OPTIONS"].get("sslmode") not in ENCRYPTED:
        yield _warning("W001", "PostgreSQL is on another machine, without TLS insisted on.", "End DATABASE_URL with ?sslmode=verify-full.")
    redis = urlsplit(settings.REDIS_URL)
    if redis.scheme == "redis" and _is_elsewhere(redis.hostname or ""):
        yield _warning("W002", "Redis is on another machine, and spoken to without TLS.", "Begin REDIS_URL with rediss://.")
    mail = urlsplit(settings.EMAIL_URL)
    if mail.scheme == "smtp" and _is_elsewhere(mail.hostname or ""):
        yield _warning("W003", "Letters go to their server without TLS.", "Begin EMAIL_URL with smtp+tls:// or smtp+ssl://.")


def _log_in() -> Iterator[CheckMessage]:
    if settings.ENVIRONMENT == "production" and not settings.REQUIRE_SECOND_FACTOR:
        yield _warning("W004", "Staff log in with a password alone.", "Leave REQUIRE_SECOND_FACTOR at its default.")


def _warning(number: str, what: str, hint: str) -> CheckMessage:
    return Warning(what, hint=hint, id=f"vanguard.{number}")


def _is_elsewhere(host: str) -> bool:
    """Whether it is another machine, going by its name; nothing, or a folder, is a socket of this one."""
    if not host or host.startswith("/") or host == "localhost":
        return False
    try:
        return not ipaddress.ip_address(host).is_loopback
    except ValueError:
        return True
