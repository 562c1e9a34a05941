import fcntl
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tests import needs

ROOT = Path(__file__).resolve().parents[2]
Node = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="session")
def node() -> Node:
    """Runs node at the repository's root with these arguments, and what it is to read on standard input."""

    def run(*arguments: str, given: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
        command = [str(needs.node_path()), *arguments]
        return subprocess.run(
            command,
            cwd=ROOT,
            input=given,
            env={"PATH": "/usr/bin:/bin", **environment},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    return run


@pytest.fixture(scope="session")
def tools() -> Path:
    """The packages of package-lock.json, installed once; several test processes wait for the first."""
    packages, marker = ROOT / "node_modules", ROOT / "node_modules" / ".package-lock.json"
    lock = ROOT / "package-lock.json"
    with (Path(tempfile.gettempdir()) / f"{ROOT.name}-npm.lock").open("w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        if not marker.exists() or marker.stat().st_mtime < lock.stat().st_mtime:
            done = subprocess.run([*npm(), "ci"], cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
            assert done.returncode == 0, done.stderr
            marker.touch()
    return packages


def npm() -> list[str]:
    """npm as the same package of node brings it along, or the machine's."""
    node = Path(str(needs.node_path()))
    script = node.parent.parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    return [str(node), str(script)] if script.exists() else ["npm"]
