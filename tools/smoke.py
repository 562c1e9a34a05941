"""`make run` as a stranger does it: in a fresh clone, from nothing to /health/ready, and once more with the data kept."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
# When to give up: what it took is printed, and is no test of the machine.
LONGEST_SECONDS = 900
STOP_SECONDS = 60


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def is_ready(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/health/ready", timeout=5) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def start_and_stop(clone: Path) -> float:
    """Seconds until it was ready. Raises TimeoutError with what it had written, when it was not in time or did not stop."""
    port = free_port()
    log = clone.parent / "output"
    started = time.monotonic()
    with log.open("w") as output:
        # A session of its own, so that Ctrl-C reaches what a terminal's would: make, the shell, the server and its workers.
        process = subprocess.Popen(
            ["make", "run", f"PORT={port}"],
            cwd=clone,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        while not is_ready(port):
            if process.poll() is not None or time.monotonic() - started > LONGEST_SECONDS:
                raise TimeoutError(f"Not ready after {time.monotonic() - started:.0f} s:\n{log.read_text()}")
            time.sleep(0.2)
        seconds = time.monotonic() - started
    finally:
        os.killpg(process.pid, signal.SIGINT)
        process.wait(timeout=STOP_SECONDS)
    if "Traceback" in log.read_text():
        raise TimeoutError(f"It did not stop cleanly:\n{log.read_text()}")
    return seconds


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        clone = Path(folder) / "clone"
        subprocess.run(["git", "clone", "--quiet", str(ROOT), str(clone)], check=True)
        try:
            first = start_and_stop(clone)
            second = start_and_stop(clone)
        except TimeoutError as error:
            print(error)
            return 1
    print(f"make run was ready in {first:.1f} s, and the second time in {second:.1f} s.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
