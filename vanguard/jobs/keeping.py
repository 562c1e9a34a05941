"""Commands that are processes of their own, kept up beside the jobs: begun again when one has ended, until all are told to stop."""

import logging
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence

from django.conf import settings

logger = logging.getLogger(__name__)
PAUSE_SECONDS = 10.0


def line_of(name: str, *options: str) -> list[str]:
    """What a command of ours is started with."""
    return [sys.executable, str(settings.BASE_DIR / "manage.py"), name, *options]


class Keeper:
    """A thread for each command, which waits for the command's end."""

    def __init__(self, commands: Mapping[str, Sequence[str]], *, pause: float = PAUSE_SECONDS) -> None:
        self.pause = pause
        self.stopped = threading.Event()
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self.lock = threading.Lock()
        self.threads = [threading.Thread(target=self._keep, args=(name, options), daemon=True) for name, options in commands.items()]

    def start(self) -> None:
        for thread in self.threads:
            thread.start()

    def stop(self) -> None:
        """Tells all, and waits until they have ended."""
        self.stopped.set()
        with self.lock:
            for process in self.processes.values():
                process.terminate()
        for thread in self.threads:
            thread.join()

    def _keep(self, name: str, options: Sequence[str]) -> None:
        while (process := self._begun(name, options)) is not None:
            status = process.wait()
            if self.stopped.is_set():
                return
            logger.error("%s has ended, and is begun again.", name, extra={"job": name, "exit_status": status})
            self.stopped.wait(self.pause)

    def _begun(self, name: str, options: Sequence[str]) -> "subprocess.Popen[bytes] | None":
        """None after the stop: nothing is begun that nobody would end."""
        with self.lock:
            if self.stopped.is_set():
                return None
            self.processes[name] = subprocess.Popen(line_of(name, *options))
            return self.processes[name]
