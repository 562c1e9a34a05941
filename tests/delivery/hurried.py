"""The project's worker with two connections and one second, so that tests need not wait for a thousand and for thirty.

Not by gunicorn's own `--timeout 1`: on a busy machine that would also kill the worker.
"""

from typing import Any

from config.worker import LimitedProtocol, Limits, Worker


class HurriedWorker(Worker):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        LimitedProtocol.limits = Limits(connections=2, timeout=1.0)
