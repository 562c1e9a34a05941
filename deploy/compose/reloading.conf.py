"""gunicorn.conf.py for development in a container: a change in the sources replaces the workers.

What gunicorn.conf.py itself imports stays as it was until `docker compose restart app`.
"""

import os
import signal
from pathlib import Path
from typing import Any

# The project's own settings, all of them; what follows is different.
exec(compile((Path.cwd() / "gunicorn.conf.py").read_text(), "gunicorn.conf.py", "exec"))  # noqa: S102  # our own file, and all of it

reload = True
# Loaded before the fork, the old code would be in every new worker. So Django is not there then, and two hooks have nothing to see to.
preload_app = False


def when_ready(_server: Any) -> None: ...


def pre_fork(_server: Any, _worker: Any) -> None: ...


def worker_int(worker: Any) -> None:
    """Called by gunicorn's watcher, which then only sets a flag that uvicorn's worker does not read: the worker is told as by a person."""
    os.kill(worker.pid, signal.SIGTERM)
