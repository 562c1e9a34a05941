"""The frontend's tools: `python -m tools.frontend` lints, tests and builds every TypeScript project through Nx; again only what changed.

Arguments go to nx instead: `python -m tools.frontend affected -t build`. Node.js is the lock's (docs/decisions/0002), and packages come
from package-lock.json when it has changed since.
"""

import fcntl
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from tests.needs import node_path

ROOT = Path(__file__).resolve().parents[1]
EVERYTHING = ["run-many", "--targets=lint,test,build", "--projects=tag:lang:typescript"]
# Nothing of Nx stays running, asks, or leaves this machine.
QUIET = {"NX_DAEMON": "false", "NX_NO_CLOUD": "true", "NX_TUI": "false", "NX_ADD_PLUGINS": "false", "CI": "true"}


def environment(variables: Mapping[str, str] = os.environ) -> dict[str, str]:
    """These variables with our Node.js before any other."""
    return {**variables, **QUIET, "PATH": f"{Path(str(node_path())).parent}{os.pathsep}{variables.get('PATH', os.defpath)}"}


def install() -> Path:
    """node_modules as package-lock.json says, and nothing to do when it is; several processes wait for the first."""
    packages, lock = ROOT / "node_modules", ROOT / "package-lock.json"
    marker = packages / ".package-lock.json"
    with (Path(tempfile.gettempdir()) / f"{ROOT.name}-npm.lock").open("w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        if not marker.exists() or marker.stat().st_mtime < lock.stat().st_mtime:
            done = subprocess.run([*npm(), "ci"], cwd=ROOT, env=environment(), capture_output=True, text=True, timeout=600, check=False)
            if done.returncode != 0:
                raise RuntimeError(f"npm ci failed:\n{done.stderr}")
            marker.touch()
    return packages


def npm() -> list[str]:
    """npm as the same package of node brings it along, or the machine's."""
    node = Path(str(node_path()))
    script = node.parent.parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    return [str(node), str(script)] if script.exists() else ["npm"]


def nx() -> list[str]:
    """The command, with its packages in place."""
    return [str(node_path()), str(install() / "nx" / "dist" / "bin" / "nx.js")]


def main(arguments: list[str]) -> int:
    return subprocess.run([*nx(), *(arguments or EVERYTHING)], cwd=ROOT, env=environment(), check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
