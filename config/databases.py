"""DATABASE_URL, which may name several hosts of one PostgreSQL: `postgres://user:password@first:5432,second:5432/vanguard`.

Each connection goes to the one that takes writes (`target_session_attrs=read-write`, unless the address says otherwise), so after a
failover the platform finds the new primary by itself.
"""

from typing import Any
from urllib.parse import SplitResult, urlsplit

import environ

DEFAULT_PORT = "5432"
ENGINE = "config.postgresql"


def parsed(url: str) -> dict[str, Any]:
    """As Django's settings want it."""
    found = _parsed(url)
    return found | {"ENGINE": ENGINE} if found["ENGINE"] == "django.db.backends.postgresql" else found


def _parsed(url: str) -> dict[str, Any]:
    parts = urlsplit(url)
    _, _, hosts = parts.netloc.rpartition("@")
    if "," not in hosts:
        return dict(environ.Env.db_url_config(url))
    settings: dict[str, Any] = dict(environ.Env.db_url_config(_with_hosts(parts, "several").geturl()))
    named = [host.rpartition(":") if _has_port(host) else (host, ":", DEFAULT_PORT) for host in hosts.split(",")]
    settings["HOST"] = ",".join(host.strip("[]") for host, _, _ in named)
    settings["PORT"] = ",".join(port for _, _, port in named)
    settings["OPTIONS"] = {"target_session_attrs": "read-write", **settings.get("OPTIONS", {})}
    return settings


def _with_hosts(parts: SplitResult, hosts: str) -> SplitResult:
    user, at, _ = parts.netloc.rpartition("@")
    return parts._replace(netloc=f"{user}{at}{hosts}")


def _has_port(host: str) -> bool:
    return ":" in host.rpartition("]")[2]
