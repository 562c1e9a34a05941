"""A migrated and seeded database in a cluster of its own: made once for these migrations, and copied for each fault."""

import fcntl
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from tempfile import gettempdir

import pytest

from tests import migrated
from tests.faults.load import SEED
from tests.faults.parts import OWNER, Postgres, family, folder_of, signal_all
from tests.live import manage, server_environment


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Postgres]:
    """With an administrator and some policies."""
    with folder_of(OWNER) as folder:
        server = Postgres(folder / "data")
        subprocess.run(["cp", "-a", str(_seeded(tmp_path)), str(server.data)], check=True)
        server.start()
        try:
            yield server
        finally:
            if server.process is not None:
                signal_all(family(server.process.pid), signal.SIGCONT)
            server.stop()


def _seeded(variables_below: Path) -> Path:
    """The folder of a cluster at rest."""
    kept = Path(gettempdir()) / f"vanguard-faults-{migrated.digest_of_migrations()}"
    with kept.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if kept.exists():
            return kept
        with folder_of(OWNER) as folder:
            server = Postgres(folder / "data")
            server.make()
            server.start()
            try:
                server.run("createdb", "-h", "127.0.0.1", "-p", str(server.port), "-U", "postgres", "vanguard")
                variables = server_environment(variables_below, 0) | {"DATABASE_URL": server.url()}
                manage(variables, "migrate", "--verbosity", "0")
                manage(variables, "shell", "--verbosity", "0", "--command", SEED)
            finally:
                server.stop()
            shutil.move(server.data, kept)
    return kept
