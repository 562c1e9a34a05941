"""SQLite by its own backup: one read transaction, beside any load."""

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Any

from django.db import DEFAULT_DB_ALIAS, connections

from vanguard.backup.manifest import BackupError

COPIED = 1024 * 1024
COPY = "database.copy"
TABLES = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY 1"


def path() -> Path:
    return Path(str(connections[DEFAULT_DB_ALIAS].settings_dict["NAME"]))


def dump(target: Any, beside: Path) -> tuple[dict[str, int], str]:
    """Writes the database into `target`; in between a plain copy lies in the folder `beside`. Returns as postgresql.dump does."""
    copy = beside / COPY
    try:
        copy.touch(mode=0o600)
        with closing(sqlite3.connect(path())) as source, closing(sqlite3.connect(copy)) as taken:
            source.backup(taken)
            counted = _rows(taken)
        with copy.open("rb") as file:
            shutil.copyfileobj(file, target, COPIED)
    finally:
        copy.unlink(missing_ok=True)
    return counted, sqlite3.sqlite_version


def counts() -> dict[str, int]:
    with closing(sqlite3.connect(path())) as connection:
        return _rows(connection)


def is_empty() -> bool:
    if not path().exists():
        return True
    with closing(sqlite3.connect(path())) as connection:
        return not connection.execute(TABLES).fetchall()


def load(source: IO[bytes]) -> None:
    """Makes the database what `source` holds, in one transaction. Raises BackupError, and nothing has changed then."""
    path().parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=path().parent, prefix=".restoring-") as folder:
        copy = Path(folder) / COPY
        with open(copy, "wb", opener=_for_us_alone) as file:
            shutil.copyfileobj(source, file, COPIED)
        try:
            with closing(sqlite3.connect(copy)) as taken, closing(sqlite3.connect(path(), timeout=20)) as target:
                if taken.execute("PRAGMA integrity_check").fetchall() != [("ok",)]:
                    raise BackupError("The database in the backup is damaged: SQLite's integrity check fails.")
                taken.backup(target)
        except sqlite3.Error as error:
            raise BackupError(f"SQLite could not put the database back: {error}.") from error


@contextmanager
def scratch() -> Iterator[str]:
    """The name of an empty database, which goes again."""
    with TemporaryDirectory(dir=path().parent, prefix=".restored-") as folder:
        yield str(Path(folder) / "restored.sqlite3")


def _for_us_alone(name: str, flags: int) -> int:
    return os.open(name, flags, 0o600)


def _rows(connection: sqlite3.Connection) -> dict[str, int]:
    names = [str(name) for (name,) in connection.execute(TABLES).fetchall()]
    return {name: int(connection.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0]) for name in names}  # noqa: S608  # SQLite's own
