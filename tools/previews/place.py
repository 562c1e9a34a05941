"""Where a preview is and what it is called: everything follows from its name and from the folder that holds all of them."""

import fcntl
import hashlib
import json
import os
import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
NAME = re.compile(r"[a-z](?:[a-z0-9-]{0,28}[a-z0-9])?")
# Three in a row each: TLS, plain HTTP (which only redirects), the application.
# The portal has the same port at the next address of this machine: it is another site, and shares no cookie with the workbench.
PORTAL_ADDRESS = "127.0.0.2"
FIRST_PORT, LAST_PORT, PORTS_EACH = 18_440, 18_740, 3


class PreviewError(Exception):
    """What a person can do something about; its text says what."""


def home() -> Path:
    """The folder of all previews."""
    return Path(os.environ.get("PREVIEWS_DIR") or ROOT / "var" / "previews").resolve()


def checkout() -> str:
    """Tells the previews of this folder from those of another one on the same PostgreSQL and Redis."""
    return hashlib.sha256(str(home()).encode()).hexdigest()[:8]


@dataclass(frozen=True)
class Preview:
    name: str

    def __post_init__(self) -> None:
        if not NAME.fullmatch(self.name):
            raise PreviewError("NAME must be a letter and up to 29 more small letters, digits and hyphens: make preview NAME=claims-42")

    @property
    def folder(self) -> Path:
        return home() / self.name

    @property
    def running(self) -> Path:
        """The working directory of its processes, and of no others: that is how they are found."""
        return self.folder / "run"

    @property
    def database(self) -> str:
        return f"vanguard_preview_{checkout()}_{self.name}"

    @property
    def owner(self) -> str:
        """How a Redis database says whose it is."""
        return f"{checkout()}/{self.name}"

    @property
    def record_file(self) -> Path:
        return self.folder / "preview.json"

    def record(self) -> dict[str, Any]:
        """What was written of it so far; nothing of one that is not there."""
        try:
            return dict(json.loads(self.record_file.read_text()))
        except (FileNotFoundError, json.JSONDecodeError):
            return {}

    def write(self, record: dict[str, Any]) -> None:
        """For its owner's eyes: the keys are in it. Whole or not at all, whenever the writer is killed."""
        new = self.record_file.with_suffix(".new")
        with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            json.dump(record, file, indent=1)
        new.replace(self.record_file)

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Nobody else makes or removes it meanwhile. The lock is the folder's own and goes with whoever holds it."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with _locked(self.folder, wait=False):
            yield


def everyone() -> list[Preview]:
    folder = home()
    names = sorted(path.name for path in folder.iterdir() if path.is_dir() and NAME.fullmatch(path.name)) if folder.is_dir() else []
    return [Preview(name) for name in names]


@contextmanager
def one_at_a_time(what: str) -> Iterator[None]:
    """Waits for whoever does the same in this folder."""
    folder = home() / f".{what}"
    folder.mkdir(parents=True, exist_ok=True)
    with _locked(folder, wait=True):
        yield


@contextmanager
def _locked(folder: Path, *, wait: bool) -> Iterator[None]:
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        yield
    except BlockingIOError:
        raise PreviewError(f"{folder.name} is being made or removed right now.") from None
    finally:
        os.close(handle)


def free_ports() -> int:
    """The first of three ports that no other preview has been given and nobody listens on."""
    given = {record["port"] for preview in everyone() if (record := preview.record())}
    for first in range(FIRST_PORT, LAST_PORT, PORTS_EACH):
        if first not in given and all(_is_free(first + offset) for offset in range(PORTS_EACH)):
            return first
    raise PreviewError(f"No three ports in a row are free between {FIRST_PORT} and {LAST_PORT}.")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True
