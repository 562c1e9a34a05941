"""Requirement 6.4: previews are whole, apart from each other, and gone when they are removed: `make test-previews`.

On PostgreSQL where it is, a Redis of the tests' own, and a small book, so that what takes the time is what is tested.
"""

import gzip
import json
import os
import re
import shutil
import signal
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
import redis
from websockets.sync.client import connect
from websockets.typing import Subprotocol

from tests.delivery.long.filing import Desk
from tests.delivery.servers import ROOT, free_port
from tests.realtime.listening import heard
from tools import services
from tools.previews import processes
from tools.previews.place import Preview

BOOK_LINES = 200
QUIET_SECONDS = 2.0


@dataclass(frozen=True)
class Place:
    """Where this test's previews are made, apart from a developer's own."""

    folder: Path
    postgresql: str
    redis_port: int
    environment: dict[str, str]

    def make(self, *arguments: str, wait: bool = True) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(["make", *arguments], cwd=ROOT, env=self.environment, capture_output=True, text=True, check=wait, timeout=900)

    def databases(self) -> set[str]:
        with psycopg.connect(self.postgresql) as connection:
            return {str(name) for (name,) in connection.execute("SELECT datname FROM pg_database WHERE datname LIKE 'vanguard_preview_%'")}

    def keys(self, number: int) -> set[bytes]:
        with redis.Redis(port=self.redis_port, db=number) as client:
            return set(client.keys())

    def record(self, name: str) -> dict[str, Any]:
        return dict(json.loads((self.folder / name / "preview.json").read_text()))

    def url(self, name: str) -> str:
        return f"https://127.0.0.1:{self.record(name)['port']}"

    def trusting(self, name: str) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=str(self.folder / name / "nginx" / "certificate.pem"))

    def desk(self, name: str, person: str = "supervisor") -> Desk:
        password = (self.folder / name / "var" / "demo-password").read_text().strip()
        return Desk(self.url(name), person, password, self.trusting(name))


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder = tmp_path_factory.mktemp("previews").resolve()
    book = folder.parent / "book.csv"
    with gzip.open(ROOT / "data" / "prism.csv.gz", "rt") as whole:
        book.write_text("".join(line for line, _ in zip(whole, range(BOOK_LINES), strict=False)))
    with made_in(folder, PREVIEW_BOOK=str(book)) as made:
        yield made


@contextmanager
def made_in(folder: Path, **more: str) -> Iterator[Place]:
    """Where previews can be made; at the end what they are copied from goes too, and nothing may be left."""
    port = free_port()
    assert services.postgresql_url(), "Previews are tried with PostgreSQL: start one, or name one in TEST_DATABASE_URL."
    postgresql = os.environ.get("TEST_DATABASE_URL") or services.LOCAL_POSTGRESQL
    own = {
        "PREVIEWS_DIR": str(folder),
        "PREVIEW_DATABASE_URL": postgresql,
        "PREVIEW_REDIS_URL": f"redis://127.0.0.1:{port}",
        **more,
    }
    command = ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", str(folder.parent)]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    made = Place(folder, postgresql, port, {**os.environ, **own})
    before = made.databases()
    try:
        yield made
        made.make("previews-clean")
        assert made.databases() == before
        assert list(folder.iterdir()) == []
    finally:
        server.terminate()
        server.wait(timeout=20)
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def pair(place: Place) -> Place:
    place.make("preview", "NAME=first")
    place.make("preview", "NAME=second")
    return place


def test_it_is_healthy_and_has_the_demos_work(pair: Place) -> None:
    for name in ("first", "second"):
        health = httpx.get(f"{pair.url(name)}/health", verify=pair.trusting(name)).json()
        assert (health["status"], health["checks"]["redis"]["status"]) == ("healthy", "healthy")
        with pair.desk(name) as desk:
            assert desk.get("/claims")["total"] > BOOK_LINES


def test_it_has_the_portal_where_its_letters_lead_to(pair: Place) -> None:
    for name in ("first", "second"):
        portal = pair.record(name)["variables"]["PUBLIC_URL"]
        trusting = pair.trusting(name)
        page = httpx.get(f"{portal}/reset-password", verify=trusting)
        assert (page.status_code, page.headers["Content-Security-Policy"]) == (200, "frame-ancestors 'none'")
        [script] = re.findall(r'src="(/assets/[^"]+\.js)"', page.text)
        assert httpx.get(f"{portal}{script}", verify=trusting).headers["Content-Type"].startswith("text/javascript")
        person = Desk(portal, "customer", (pair.folder / name / "var" / "demo-password").read_text().strip(), trusting)
        with person:
            assert person.get("/policies")["total"] >= 1


def test_a_claim_in_one_is_in_no_other_and_heard_in_no_other(pair: Place) -> None:
    with pair.desk("first") as one, pair.desk("second") as other:
        there = other.get("/claims")["total"]
        address = f"{pair.url('second')}/ws/claims".replace("https", "wss", 1)
        protocols = [Subprotocol("bearer"), Subprotocol(other.token)]
        with connect(address, ssl=pair.trusting("second"), subprotocols=protocols, compression=None) as socket_of_other:
            claim = one.file_claim()
            assert one.approve_claim(claim)["status"] == "approved"
            with pytest.raises(TimeoutError):
                heard(socket_of_other, QUIET_SECONDS)
        assert other.client.get(f"/claims/{claim['id']}").status_code == 404
        assert other.get("/claims")["total"] == there


def test_a_token_and_a_password_of_one_open_no_other(pair: Place) -> None:
    with pair.desk("first") as one:
        answer = httpx.get(
            f"{pair.url('second')}/api/claims", headers={"Authorization": f"Bearer {one.token}"}, verify=pair.trusting("second")
        )
    assert answer.status_code == 401
    assert len({(pair.folder / name / "var" / "demo-password").read_text() for name in ("first", "second")}) == 2


def test_each_has_ports_databases_and_a_certificate_of_its_own(pair: Place) -> None:
    first, second = pair.record("first"), pair.record("second")
    for name in ("DATABASE_URL", "REDIS_URL", "JWT_SECRET_KEY", "VAR_DIR", "PORT"):
        assert first["variables"][name] != second["variables"][name]
    assert first["port"] != second["port"]
    assert (pair.folder / "first" / "nginx" / "key.pem").read_bytes() != (pair.folder / "second" / "nginx" / "key.pem").read_bytes()
    with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
        httpx.get(f"{pair.url('second')}/health", verify=pair.trusting("first"))


def test_what_is_kept_of_it_is_for_its_owners_eyes(pair: Place) -> None:
    assert (pair.folder / "first").stat().st_mode & 0o077 == 0
    assert (pair.folder / "first" / "preview.json").stat().st_mode & 0o077 == 0


def test_to_make_it_again_changes_nothing(pair: Place) -> None:
    before = pair.record("first"), processes_in(pair, "first")
    assert pair.url("first") in pair.make("preview", "NAME=first").stdout
    assert (pair.record("first"), processes_in(pair, "first")) == before


def test_the_list_names_each(pair: Place) -> None:
    told = pair.make("previews").stdout
    for name in ("first", "second"):
        assert any(name in line and pair.url(name) in line and "running" in line for line in told.splitlines())


def test_one_whose_processes_died_is_started_again_with_its_data(pair: Place) -> None:
    with pair.desk("second") as desk:
        claim = desk.file_claim()
    for pid in processes_in(pair, "second"):
        os.kill(pid, signal.SIGKILL)
    assert "stopped" in pair.make("previews").stdout
    pair.make("preview", "NAME=second")
    with pair.desk("second") as desk:
        assert desk.get(f"/claims/{claim['id']}")["claimNumber"] == claim["claimNumber"]


def test_removed_they_leave_nothing(pair: Place) -> None:
    for name in ("first", "second"):
        port, number = pair.record(name)["port"], pair.record(name)["redis"]
        pair.make("preview-down", f"NAME={name}")
        assert_nothing_is_left(pair, name, port, number)
    assert "There are none." in pair.make("previews").stdout


def test_to_remove_what_is_not_there_is_no_mistake(place: Place) -> None:
    assert "There was no nobody" in place.make("preview-down", "NAME=nobody").stdout
    assert not (place.folder / "nobody").exists()


@pytest.mark.parametrize("seconds", [0.5, 2.0, 4.0, 6.0])
def test_a_make_that_was_killed_leaves_what_can_be_removed(place: Place, seconds: float) -> None:
    process = subprocess.Popen(
        ["make", "preview", "NAME=killed"], cwd=ROOT, env=place.environment, stdout=subprocess.DEVNULL, start_new_session=True
    )
    time.sleep(seconds)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    place.make("preview-down", "NAME=killed")
    assert_nothing_is_left(place, "killed")


def test_a_make_that_was_killed_is_made_anew_by_the_next(place: Place) -> None:
    process = subprocess.Popen(
        ["make", "preview", "NAME=again"], cwd=ROOT, env=place.environment, stdout=subprocess.DEVNULL, start_new_session=True
    )
    while not (place.folder / "again" / "preview.json").exists():
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    place.make("preview", "NAME=again")
    assert httpx.get(f"{place.url('again')}/health", verify=place.trusting("again")).status_code == 200
    place.make("preview-down", "NAME=again")
    assert_nothing_is_left(place, "again")


def test_two_that_are_made_at_once_do_not_meet(place: Place) -> None:
    with ThreadPoolExecutor(2) as makers:
        list(makers.map(lambda name: place.make("preview", f"NAME={name}"), ("left", "right")))
    assert place.record("left")["port"] != place.record("right")["port"]
    assert place.record("left")["redis"] != place.record("right")["redis"]
    for name in ("left", "right"):
        place.make("preview-down", f"NAME={name}")
    for name in ("left", "right"):
        assert_nothing_is_left(place, name)


def processes_in(place: Place, name: str) -> set[int]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PREVIEWS_DIR", str(place.folder))
        return set(processes.processes(Preview(name)))


def assert_nothing_is_left(place: Place, name: str, port: int | None = None, number: int | None = None) -> None:
    assert processes_in(place, name) == set()
    assert not [database for database in place.databases() if database.endswith(f"_{name}")]
    assert not (place.folder / name).exists()
    for each in [number] if number else range(1, 16):
        assert place.keys(each) == set()
    for offset in range(3) if port else ():
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", int(port or 0) + offset))
