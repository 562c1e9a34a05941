"""`manage.py check --deploy` warns of lines that others can read, of log-ins by password alone, and where nobody is told of holes."""

import ipaddress
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Tags, Warning, register

ENCRYPTED = frozenset({"require", "verify-ca", "verify-full"})


@register(Tags.security, deploy=True)
def unsafe_settings(app_configs: Sequence[Any] | None, **_options: Any) -> list[CheckMessage]:
    """Warnings: each line to another machine that is not encrypted, staff who need no second factor, holes that nobody is told of."""
    return [*_lines(), *_log_in(), *_contact()]


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


def _contact() -> Iterator[CheckMessage]:
    if settings.ENVIRONMENT == "production" and not settings.SECURITY_CONTACT:
        hint = "Set SECURITY_CONTACT to an address that somebody reads, as mailto:security@insurer.example."
        yield _warning("W005", "Whoever finds a hole is not told whom to tell.", hint)


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
