"""A Redis of a test's own, on a free port of loopback, which it may stop and start again."""

import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import redis

from tests.delivery.servers import free_port


class OwnRedis:
    """A Redis of the test's own, which it may stop."""

    def __init__(self, folder: Path) -> None:
        self.port, self.folder = free_port(), folder
        self.start()

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        options = ["--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", str(self.folder)]
        self.process = subprocess.Popen(["redis-server", *options], stdout=subprocess.DEVNULL)
        until(self._answers)

    def stop(self) -> None:
        self.process.kill()
        self.process.wait()

    def listeners(self) -> int:
        """How many workers are subscribed."""
        with redis.Redis.from_url(self.url) as client:
            return sum(number for channel in client.pubsub_channels() for _, number in client.pubsub_numsub(channel))

    def _answers(self) -> bool:
        try:
            with redis.Redis.from_url(self.url) as client:
                return bool(client.ping())
        except redis.ConnectionError:
            return False


def until(holds: Callable[[], bool], seconds: float = 60.0) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.fixture(scope="module")
def between(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OwnRedis]:
    """The Redis between a module's servers. A module that wants one imports this."""
    running = OwnRedis(tmp_path_factory.mktemp("redis"))
    yield running
    running.stop()
