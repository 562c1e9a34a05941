"""The database that previews are copied from: migrated, with the demo's book in it, made once for each state of the code."""

import hashlib
import json
import os
import secrets
import shutil
import time
from pathlib import Path
from typing import NamedTuple

from tools.previews import stores
from tools.previews.commands import manage
from tools.previews.place import ROOT, checkout, home, one_at_a_time

# What decides about the rows; documents and tests do not.
SOURCES = ("config", "vanguard", "customers", "policies", "claims")
# The demo's open claims are dated from the day they were made: later their deadlines are all past.
GOOD_FOR_DAYS = 7


class Template(NamedTuple):
    database: str
    folder: Path

    @property
    def keys(self) -> dict[str, str]:
        """Under which its rows are encrypted: a copy can be read under no others. The book is invented, or public."""
        return dict(json.loads((self.folder / "keys.json").read_text()))


def template() -> Template:
    """The one for the code as it is, made now (a minute or two) where there is none."""
    with one_at_a_time("templates"):
        found = Template(f"{_beginning()}{fingerprint()}", home() / ".templates" / fingerprint())
        if not _is_good(found):
            _remove_others(keep="")
            _make(found)
            _remove_others(keep=found.folder.name)
        return found


def fingerprint() -> str:
    """Of everything that decides what is in the database."""
    digest = hashlib.sha256()
    files = [path for source in SOURCES for path in (ROOT / source).rglob("*") if path.is_file() and path.suffix != ".pyc"]
    for path in sorted([*files, *(ROOT / "data").glob("*.gz"), ROOT / "requirements" / "run.txt"]):
        digest.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:12]


def remove() -> None:
    """When the last preview is gone its template stays, so that the next is quick; this takes it away as well, and the folders of locks."""
    with one_at_a_time("templates"):
        _remove_others(keep="")
        for lock in home().glob(".*"):
            lock.rmdir()


def _beginning() -> str:
    return f"vanguard_preview_template_{checkout()}_"


def _is_good(found: Template) -> bool:
    keys = found.folder / "keys.json"
    return keys.exists() and time.time() - keys.stat().st_mtime < GOOD_FOR_DAYS * 86_400 and stores.exists(found.database)


def _make(wanted: Template) -> None:
    """Under another name until it is whole: whoever is killed in between leaves nothing that looks like a template."""
    print("Making the template that previews are copied from: migrations, the demo's book (once for each state of the code).", flush=True)
    raw = f"{_beginning()}new"
    folder = wanted.folder.with_name("new")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True, mode=0o700)
    stores.drop(raw)
    stores.create(raw)
    keys = {name: secrets.token_urlsafe(48) for name in ("ENCRYPTION_KEY", "ENCRYPTION_SALT")}
    variables = {
        "ENVIRONMENT": "preview",
        "DATABASE_URL": stores.database_url(raw),
        "VAR_DIR": str(folder),
        "JWT_SECRET_KEY": secrets.token_urlsafe(48),
        **keys,
    }
    manage(variables, "migrate", "--verbosity", "0")
    manage(variables, "seed_demo", *_book())
    manage(variables, "collectstatic", "--noinput", "--verbosity", "0")
    # Each preview has a password of its own.
    (folder / "demo-password").unlink()
    stores.drop(wanted.database)
    stores.rename(raw, wanted.database)
    shutil.rmtree(wanted.folder, ignore_errors=True)
    (folder / "keys.json").write_text(json.dumps(keys))
    folder.rename(wanted.folder)


def _book() -> list[str]:
    """PREVIEW_BOOK: another bordereau in the place of the demo's."""
    return ["--book", book] if (book := os.environ.get("PREVIEW_BOOK")) else []


def _remove_others(keep: str) -> None:
    for database in stores.names_like(_beginning()):
        if database != f"{_beginning()}{keep}":
            stores.drop(database)
    for path in (home() / ".templates").iterdir():
        if path.name != keep:
            shutil.rmtree(path)
