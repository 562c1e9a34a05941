"""docs/configuration.md and the code name the same variables."""

import ast
import re
from collections.abc import Iterator

import pytest

from tests.delivery.servers import ROOT
from vanguard.observability import workers as figures

pytestmark = pytest.mark.once
READERS = re.compile(r"env\.\w+|(server\.)?whole_number|os\.environ\.get|os\.getenv")
# Django's own way of finding the settings; nobody sets it for this platform.
NOT_OURS = {"DJANGO_SETTINGS_MODULE"}


def variables_read() -> set[str]:
    """Names in capitals that are handed to a function that reads the environment, or that index os.environ."""
    files = [ROOT / "gunicorn.conf.py", *(ROOT / "config").glob("*.py")]
    found = {name for file in files for name in _names(ast.parse(file.read_text()))}
    return (found | {figures.VARIABLE}) - NOT_OURS


def _names(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
            name = node.args[0].value
            if READERS.fullmatch(ast.unparse(node.func)) and isinstance(name, str) and re.fullmatch(r"[A-Z][A-Z0-9_]+", name):
                yield name


def variables_documented() -> set[str]:
    return set(re.findall(r"(?m)^\| `([A-Z0-9_]+)` \|", (ROOT / "docs" / "configuration.md").read_text()))


def test_every_variable_that_is_read_is_documented() -> None:
    assert variables_read() - variables_documented() == set()


def test_every_variable_that_is_documented_is_read() -> None:
    assert variables_documented() - variables_read() == set()


def test_requirement_5_2_is_among_them() -> None:
    required = (
        "DATABASE_URL REDIS_URL JWT_SECRET_KEY ENCRYPTION_KEY ENCRYPTION_SALT ENVIRONMENT DEBUG LOG_LEVEL CORS_ORIGINS TRUSTED_HOSTS"
        " APP_VERSION OTLP_ENDPOINT TRUSTED_PROXIES EMAIL_URL SENTRY_DSN WEB_CONCURRENCY PORT"
    )
    assert set(required.split()) <= variables_documented()


def test_code_outside_config_reads_the_environment_through_settings() -> None:
    """One place says what can be set. The figures' directory is asked for before there are settings; a backup's processes inherit all."""
    allowed = {ROOT / "vanguard" / "observability" / "workers.py", ROOT / "vanguard" / "backup" / "processes.py"}
    offenders = [
        file
        for app in ("vanguard", "customers", "policies", "claims")
        for file in (ROOT / app).rglob("*.py")
        if file not in allowed and re.search(r"os\.environ|os\.getenv|environ\.get", file.read_text())
    ]
    assert offenders == []
