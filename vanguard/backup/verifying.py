"""The only proof of a backup: it is put back, into a database and a folder of its own, and everything is verified there."""

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic
from urllib.parse import quote, urlsplit

from django.conf import settings

from vanguard.backup import databases
from vanguard.backup.manifest import BackupError, Manifest
from vanguard.backup.processes import variables


@dataclass(frozen=True, slots=True)
class Proof:
    """What was put back and held, and how long it took, in seconds."""

    rows: int
    documents: int
    restored_in: float
    verified_in: float
    said: str


def verify(backup: Path) -> Proof:
    """Restores `backup` beside the configured database and verifies it there. Raises BackupError with what does not hold."""
    began = monotonic()
    with databases.scratch() as name, TemporaryDirectory(prefix="vanguard-restored-") as folder:
        elsewhere = _elsewhere(name, Path(folder))
        _run(elsewhere, "restore", str(backup), "--counted")
        restored = monotonic()
        said = _run(elsewhere, "verify_all")
        manifest = Manifest.read(backup)
        return Proof(sum(manifest.tables.values()), manifest.documents, restored - began, monotonic() - restored, said)


def require_counts(manifest: Manifest) -> None:
    """Raises BackupError where a table has not the rows that it had."""
    found = databases.counts()
    if wrong := [name for name in sorted(manifest.tables.keys() | found.keys()) if manifest.tables.get(name) != found.get(name)]:
        shown = ", ".join(f"{name} ({found.get(name)} for {manifest.tables.get(name)})" for name in wrong[:5])
        raise BackupError(f"Tables have other rows than they had: {shown}.")


def _elsewhere(database: str, folder: Path) -> dict[str, str]:
    """The variables of a process that works on the scratch database."""
    if databases.vendor() == "postgresql":
        url = urlsplit(variables({})["DATABASE_URL"])._replace(path=f"/{quote(database)}").geturl()
    else:
        url = f"sqlite:///{database}"
    own = {"VAR_DIR": str(folder), "MEDIA_ROOT": str(folder / "documents"), "ERASURE_LEDGER": str(folder / "erasures.jsonl")}
    return variables(own | {"DATABASE_URL": url, "DATABASE_POOL_SIZE": "0"})


def _run(environment: dict[str, str], *command: str) -> str:
    manage = [sys.executable, str(settings.BASE_DIR / "manage.py"), *command]
    done = subprocess.run(manage, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise BackupError(f"The backup does not hold, at `{command[0]}`:\n{done.stdout}{done.stderr}".strip())
    return done.stdout
