"""What the tests of the image and of the compose files ask Docker for."""

import json
import socket
import subprocess
import time
from collections.abc import Callable
from typing import Any

from tests.delivery.servers import ROOT

IMAGE = "vanguardai-app"
SECONDS = 180.0


def docker(*arguments: str, wait: float = 2400, text: str | None = None) -> str:
    """What it wrote. Raises AssertionError with all of it when it failed."""
    done = subprocess.run(["docker", *arguments], cwd=ROOT, capture_output=True, text=True, check=False, timeout=wait, input=text)
    assert done.returncode == 0, f"docker {' '.join(arguments)}\n{done.stdout[-4000:]}\n{done.stderr[-6000:]}"
    return done.stdout


def inside(*command: str) -> str:
    """Runs a command in a fresh container of the image."""
    return docker("run", "--rm", "--entrypoint", command[0], IMAGE, *command[1:])


def inspected(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(docker("inspect", name))[0]
    return found


def until(what: str, happens: Callable[[], bool], seconds: float = SECONDS) -> float:
    """Seconds until it is so. Raises AssertionError that says what did not happen."""
    began = time.monotonic()
    while time.monotonic() - began < seconds:
        if happens():
            return time.monotonic() - began
        time.sleep(0.2)
    raise AssertionError(f"Not within {seconds:.0f} s: {what}")


def listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=2).close()
    except OSError:
        return False
    return True
