"""A real Prometheus for tests, on a free port of 127.0.0.1, with the rules that are delivered."""

import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx
import yaml

from tests.delivery.servers import free_port
from tests.observability.delivered import FOLDER

STOP_SECONDS = 60.0


class Prometheus:
    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}/api/v1"

    def ask(self, query: str) -> list[dict[str, Any]]:
        """The series that a query gives now. Raises AssertionError for a query that it does not understand."""
        answer = httpx.get(f"{self.url}/query", params={"query": query}).json()
        assert answer["status"] == "success", answer
        return list(answer["data"]["result"])

    def rules(self) -> list[dict[str, Any]]:
        return [rule for group in httpx.get(f"{self.url}/rules").json()["data"]["groups"] for rule in group["rules"]]

    def answers(self) -> bool:
        try:
            return httpx.get(f"{self.url}/query", params={"query": "1"}).status_code == 200
        except httpx.TransportError:
            return False


def until(holds: Callable[[], object], seconds: float = 90.0, what: str = "it") -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, f"{what} did not come about"
        time.sleep(0.2)


@contextmanager
def prometheus(target: str) -> Iterator[Prometheus]:
    """Scrapes `target` (host:port) each second, as the delivered configuration says but for the times."""
    port = free_port()
    with TemporaryDirectory() as name:
        folder = Path(name)
        shutil.copy(FOLDER / "rules.yml", folder)
        config = yaml.safe_load((FOLDER / "prometheus.yml").read_text())
        config["global"] = {"scrape_interval": "1s", "evaluation_interval": "1s"}
        config["scrape_configs"][0]["static_configs"] = [{"targets": [target]}]
        (folder / "prometheus.yml").write_text(yaml.safe_dump(config))
        options = [f"--config.file={folder}/prometheus.yml", f"--storage.tsdb.path={folder}/data", f"--web.listen-address=127.0.0.1:{port}"]
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(["prometheus", *options], stdout=log, stderr=subprocess.STDOUT)
        try:
            running = Prometheus(port)
            until(running.answers, what="Prometheus")
            yield running
        finally:
            process.terminate()
            process.wait(timeout=STOP_SECONDS)
