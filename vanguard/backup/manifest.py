"""What a backup says of itself, signed under the key that its parts are sealed with."""

import hashlib
import hmac
import json
from dataclasses import asdict, dataclass, field
from pathlib import Path

from django.db.migrations.loader import MigrationLoader

from vanguard.encryption.keys import current_key, master_keys

# Since the second it names the roles of PostgreSQL.
FORMAT, READ = 2, (1, 2)
PURPOSE = "backup"
NAME = "manifest.json"
DATABASE, DOCUMENTS, LEDGER = "database.sealed", "documents.sealed", "erasures.sealed"
CHUNK = 1024 * 1024


class BackupError(Exception):
    """A backup could not be made, or must not be put back; the text is for whoever runs the command."""


@dataclass(frozen=True, slots=True)
class Part:
    """A sealed file as it lies there: its length and its SHA-256."""

    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """`tables` has the rows of each table in the very snapshot that was copied; `migrations` are `app.name`;
    `roles` those of PostgreSQL that have rights in it."""

    made_at: str
    version: str
    vendor: str
    server: str
    migrations: list[str]
    tables: dict[str, int]
    documents: int
    parts: dict[str, Part]
    roles: list[str] = field(default_factory=list)

    def write(self, folder: Path) -> None:
        key = current_key(PURPOSE)
        said = {"format": FORMAT, "key": key.id, **asdict(self)}
        (folder / NAME).write_text(json.dumps(said | {"signature": _signature(key.stretched, said)}, indent=1, sort_keys=True) + "\n")

    @classmethod
    def read(cls, folder: Path) -> "Manifest":
        """Raises BackupError where there is none, where it is under a key that is not configured, or was altered."""
        try:
            said = json.loads((folder / NAME).read_text())
            signature, made_by = said.pop("signature"), said["key"]
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise BackupError(f"{folder} is no backup: its {NAME} is missing or cannot be read.") from error
        key = next((key for key in master_keys(PURPOSE) if key.id == made_by), None)
        if key is None:
            raise BackupError(
                f"This backup is under the key {made_by}, which is neither ENCRYPTION_KEY nor one of ENCRYPTION_KEY_FALLBACKS"
                " (with ENCRYPTION_SALT as it is set here)."
            )
        if not hmac.compare_digest(_signature(key.stretched, said), str(signature)):
            raise BackupError(f"The {NAME} of {folder} was altered: its signature does not fit.")
        if said.pop("format") not in READ:
            raise BackupError(f"{folder} was made in a format that this version does not read.")
        del said["key"]
        return cls(**said | {"parts": {name: Part(**part) for name, part in said["parts"].items()}})

    def check_parts(self, folder: Path) -> None:
        """Reads every part once. Raises BackupError for one that is missing, cut off or damaged."""
        for name, part in self.parts.items():
            if not (folder / name).exists():
                raise BackupError(f"{name} is missing from {folder}.")
            if part_of(folder / name) != part:
                raise BackupError(f"{name} of {folder} is damaged: it is not what the manifest says.")

    def check_version(self) -> None:
        """Raises BackupError where this code is older than the data."""
        known = {f"{app}.{name}" for app, name in MigrationLoader(None, ignore_no_migrations=True).disk_migrations}
        if unknown := sorted(set(self.migrations) - known):
            raise BackupError(
                f"This backup is of a newer version ({self.version}), with migrations unknown here: {', '.join(unknown[:3])}."
            )


def part_of(path: Path) -> Part:
    """The length and sum of a file as it is."""
    digest, length = hashlib.sha256(), 0
    with path.open("rb") as source:
        while chunk := source.read(CHUNK):
            digest.update(chunk)
            length += len(chunk)
    return Part(length, digest.hexdigest())


def _signature(key: bytes, said: dict[str, object]) -> str:
    return hmac.new(key, json.dumps(said, sort_keys=True).encode(), hashlib.sha256).hexdigest()
