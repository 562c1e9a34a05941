import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests import needs
from tools.frontend import install

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
    return install()
