"""The folder of backups: what is in it, one maker at a time, and which of them are kept."""

import fcntl
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from vanguard.backup.manifest import BackupError

STAMP = "%Y%m%dT%H%M%S%fZ"
COMPLETE = re.compile(r"vanguard-(\d{8}T\d{12}Z)")
UNFINISHED = ".unfinished"


@dataclass(frozen=True, slots=True)
class Backup:
    """A complete one."""

    path: Path
    made_at: datetime


def backups(folder: Path) -> list[Backup]:
    """The complete ones, the oldest first."""
    found = ((path, COMPLETE.fullmatch(path.name)) for path in folder.iterdir() if path.is_dir())
    known = (Backup(path, datetime.strptime(named[1], STAMP).replace(tzinfo=UTC)) for path, named in found if named)
    return sorted(known, key=lambda backup: backup.made_at)


@contextmanager
def unfinished(folder: Path, now: datetime) -> Iterator[Path]:
    """A place to make a backup in; it becomes one at the end of the block, in one step, and goes where the block fails.

    What an earlier one left behind that was killed goes first. Raises BackupError while another is being made here.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BackupError(f"Another backup is being made in {folder}.") from None
        for left in folder.glob(f"*{UNFINISHED}"):
            shutil.rmtree(left)
        name = f"vanguard-{now.strftime(STAMP)}"
        place = folder / f"{name}{UNFINISHED}"
        place.mkdir(mode=0o700)
        try:
            yield place
            for path in (*place.iterdir(), place):
                _on_the_disk(path)
            place.rename(folder / name)
            _on_the_disk(folder)
        except BaseException:
            shutil.rmtree(place, ignore_errors=True)
            raise


def drop_old(folder: Path, *, days: int | None, keep: int) -> list[Path]:
    """Removes those older than `days`, but of all always leaves the last `keep`; with no `days`, all but the last `keep`."""
    *older, _newest = found = backups(folder)
    spared = {backup.path for backup in found[max(0, len(found) - keep) :]}
    since = datetime.now(UTC) - timedelta(days=days) if days is not None else datetime.max.replace(tzinfo=UTC)
    dropped = [backup.path for backup in older if backup.path not in spared and backup.made_at < since]
    for path in dropped:
        # Renamed first: a half removed one must not look like a backup either.
        shutil.rmtree(path.rename(path.with_name(path.name + UNFINISHED)))
    return dropped


def _on_the_disk(path: Path) -> None:
    number = os.open(path, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
