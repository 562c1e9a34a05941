"""Backups of everything that the platform keeps, and putting them back: decision 0130.

A backup is a folder: `manifest.json`, in plain and signed, and beside it the sealed parts that it names (database, documents, ledger
of erasures). It gets its name in one step when all of it is on the disk, so what was interrupted never looks like one.
"""

from vanguard.backup.keeping import Backup, backups, drop_old
from vanguard.backup.making import make
from vanguard.backup.manifest import BackupError, Manifest
from vanguard.backup.restoring import restore
from vanguard.backup.verifying import verify

__all__ = ["Backup", "BackupError", "Manifest", "backups", "drop_old", "make", "restore", "verify"]
