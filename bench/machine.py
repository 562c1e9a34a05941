"""What was measured on: without it a figure means nothing."""

import os
import platform
import re
import subprocess
import sys
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from bench.databases import Database
from bench.options import ROOT, Options

OURS = ("django", "django-ninja", "psycopg", "uvicorn", "gunicorn", "orjson", "pydantic")
THEIRS = ("fastapi", "sqlalchemy", "asyncpg", "uvicorn", "orjson", "pydantic")
PEER_VERSIONS = "import sys; from importlib.metadata import version; print(*(version(name) for name in sys.argv[1:]))"


def load_average() -> list[float]:
    return [round(value, 2) for value in os.getloadavg()]


def facts(options: Options, database: Database) -> dict[str, Any]:
    """When, where, with what. Names no path and no host."""
    with database.connect() as connection:
        settings = {
            name: str((connection.execute(f"SHOW {name}").fetchone() or [""])[0])
            for name in ("server_version", "shared_buffers", "synchronous_commit")
        }
    return {
        "when": datetime.now(UTC).isoformat(timespec="minutes"),
        "commit": _output("git", "rev-parse", "--short", "HEAD"),
        "load_before": load_average(),
        "machine": {"processor": _processor(), "cores": os.cpu_count(), "memory_gb": _memory_gb(), "system": platform.system()},
        "versions": {"python": platform.python_version(), **{name: version(name) for name in OURS}},
        "peer_versions": _peer_versions(options),
        "postgresql": settings,
        "options": {
            name: value if isinstance(value, int | float | bool) else str(value)
            for name, value in asdict(options).items()
            if name != "peer_venv"
        },
    }


def _peer_versions(options: Options) -> dict[str, str]:
    python = options.peer_venv / "bin" / "python"
    if not python.exists():
        return {}
    return dict(zip(THEIRS, _output(str(python), "-c", PEER_VERSIONS, *THEIRS).split(), strict=True))


def _output(*command: str) -> str:
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False).stdout.strip()


def _processor() -> str:
    found = re.search(r"model name\s*:\s*(.+)", Path("/proc/cpuinfo").read_text()) if sys.platform == "linux" else None
    return found[1] if found else platform.machine()


def _memory_gb() -> float:
    return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1)
