"""Putting a backup back: checked whole before anything is touched, and never over what is there unless that was said."""

import io
import shutil
import tarfile
from pathlib import Path
from uuid import uuid4

from django.conf import settings

from vanguard.backup import databases
from vanguard.backup.manifest import DATABASE, DOCUMENTS, LEDGER, PURPOSE, BackupError, Manifest
from vanguard.encryption.keys import DecryptionError
from vanguard.encryption.streams import Opened, opened

INCOMING, OUTGOING = ".restoring-", ".replaced-"


def restore(backup: Path, *, replace: bool = False) -> Manifest:
    """Makes database and documents what `backup` holds. Raises BackupError; the database is then what it was before.

    `replace`: there may be a database already, and documents; both go.
    """
    manifest = Manifest.read(backup)
    manifest.check_version()
    if manifest.vendor != databases.vendor():
        raise BackupError(f"This backup is of {manifest.vendor}, and DATABASE_URL names {databases.vendor()}.")
    if not replace:
        _require_nothing_there()
    manifest.check_parts(backup)
    root = Path(settings.MEDIA_ROOT)
    try:
        root.mkdir(parents=True, exist_ok=True)
        for left in root.glob(f"{INCOMING}*"):
            shutil.rmtree(left)
        incoming = root / f"{INCOMING}{uuid4().hex}"
        _unpack(backup / DOCUMENTS, incoming, manifest)
        with (backup / DATABASE).open("rb") as file:
            databases.load(io.BufferedReader(Opened(file, PURPOSE)), manifest.roles)
        _take_their_places(root, incoming)
        _bring_ledger(backup / LEDGER)
    except DecryptionError as error:
        raise BackupError(str(error)) from error
    except OSError as error:
        raise BackupError(f"The backup could not be put back: {error.strerror or error}.") from error
    return manifest


def _require_nothing_there() -> None:
    if not databases.is_empty():
        raise BackupError("The database is not empty. --replace makes it what the backup holds; what is in it now is lost.")
    root = Path(settings.MEDIA_ROOT)
    if root.is_dir() and any(not path.name.startswith(INCOMING) for path in root.iterdir()):
        raise BackupError(f"There are documents in {root} already. --replace takes them away.")


def _unpack(source: Path, target: Path, manifest: Manifest) -> None:
    target.mkdir()
    with source.open("rb") as file, tarfile.open(fileobj=io.BufferedReader(Opened(file, PURPOSE)), mode="r|") as archive:
        archive.extractall(target, filter="data")
    found = sum(1 for path in target.rglob("*") if path.is_file())
    if found != manifest.documents:
        raise BackupError(f"{found} documents were unpacked, and the manifest says {manifest.documents}.")


def _take_their_places(root: Path, incoming: Path) -> None:
    """By renaming, within the folder: it may be a mount of its own."""
    outgoing = root / f"{OUTGOING}{uuid4().hex}"
    outgoing.mkdir()
    for path in list(root.iterdir()):
        if path not in (incoming, outgoing):
            path.rename(outgoing / path.name)
    for path in list(incoming.iterdir()):
        path.rename(root / path.name)
    incoming.rmdir()
    shutil.rmtree(outgoing)


def _bring_ledger(source: Path) -> None:
    """Only where there is none: it is never rolled back, or who was erased since would be forgotten."""
    path = Path(settings.ERASURE_LEDGER)
    with source.open("rb") as file:
        kept = b"".join(opened(file, PURPOSE))
    if kept and not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(kept)
