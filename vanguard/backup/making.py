"""Making a backup: the database first, then the documents, so that every file that its rows name is there too."""

import tarfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from vanguard.backup import databases
from vanguard.backup.keeping import Backup, backups, unfinished
from vanguard.backup.manifest import DATABASE, DOCUMENTS, LEDGER, PURPOSE, BackupError, Manifest, part_of
from vanguard.encryption.streams import Sealing


def make(folder: Path) -> Backup:
    """A new backup in `folder`. Raises BackupError; there is none then."""
    now = datetime.now(UTC)
    try:
        with unfinished(folder, now) as place:
            counted, server = _sealed(place / DATABASE, lambda target: databases.dump(target, place))
            # After the database's snapshot: files are written before their rows, and not changed.
            documents = _sealed(place / DOCUMENTS, _documents)
            _sealed(place / LEDGER, _ledger)
            Manifest(
                made_at=now.isoformat(),
                version=settings.APP_VERSION,
                vendor=databases.vendor(),
                server=server,
                migrations=sorted(f"{app}.{name}" for app, name in MigrationRecorder(connection).applied_migrations()),
                tables=counted,
                documents=documents,
                roles=databases.roles(),
                parts={name: part_of(place / name) for name in (DATABASE, DOCUMENTS, LEDGER)},
            ).write(place)
    except OSError as error:
        raise BackupError(f"The backup could not be written: {error.strerror or error}.") from error
    return backups(folder)[-1]


def _sealed[Result](path: Path, write: Callable[[Any], Result]) -> Result:
    with path.open("wb") as file:
        sealing = Sealing(file, PURPOSE)
        result = write(sealing)
        sealing.close()
    return result


def _documents(target: Any) -> int:
    """All files below MEDIA_ROOT, as they lie there: most are sealed once already. Returns how many."""
    root, count = Path(settings.MEDIA_ROOT), 0
    with tarfile.open(fileobj=target, mode="w|") as archive:
        for path in sorted(root.rglob("*")) if root.is_dir() else ():
            if path.is_file() and not path.is_symlink() and not path.relative_to(root).parts[0].startswith("."):
                count += _added(archive, path, root)
    return count


def _added(archive: tarfile.TarFile, path: Path, root: Path) -> int:
    try:
        archive.add(path, str(path.relative_to(root)), recursive=False)
    except FileNotFoundError:
        return 0  # taken away since it was listed: retention, or a pack whose time is over
    return 1


def _ledger(target: Any) -> None:
    path = Path(settings.ERASURE_LEDGER)
    target.write(path.read_bytes() if path.exists() else b"")
