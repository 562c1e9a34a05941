"""S14, long: what the short form cannot look into, with a PostgreSQL and a Redis of its own and the platform as it is served.

The personal data of one person goes in by the API, by crashes of the database and by the desk. Then a dump of the database, a backup
of ours, PostgreSQL's own log, all that is in Redis and all that the servers wrote are searched for it. PostgreSQL logs neither statements
nor details, which would quote what somebody typed. That they would be found is shown at the same places.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
import redis

from tests import needs
from tests.factories import PASSWORD
from tests.faults.parts import Postgres, postgres
from tests.live import LiveServer, live_server
from tests.own_redis import OwnRedis
from tests.security.long import figure
from tests.security.test_personal_data_canaries import CANARIES, PERSON, PERSONAL, PHONE, SSN

pytestmark = needs.redis_server
EMAIL = "underwriter@example.com"
SEED = f"from tests.factories import staff; staff('Underwriter', email={EMAIL!r})"
QUIET = {
    "log_min_duration_statement": "-1",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
}


@dataclass(frozen=True)
class Running:
    server: LiveServer
    database: Postgres
    redis: OwnRedis
    folder: Path


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("canaries")
    with postgres(None, **QUIET) as database:
        own = OwnRedis(folder)
        try:
            with live_server({"DATABASE_URL": database.url(), "REDIS_URL": own.url}, seed=SEED) as server:
                yield Running(server, database, own, folder)
        finally:
            own.stop()


def by_the_api(server: LiveServer) -> None:
    with httpx.Client(base_url=f"{server.url}/api", timeout=60) as client:
        token = client.post("/auth/token", json={"email": EMAIL, "password": PASSWORD}).json()["data"]["accessToken"]
        client.headers["Authorization"] = f"Bearer {token}"
        made = client.post("/customers", json=PERSON | PERSONAL, headers={"Idempotency-Key": "canary-1"})
        assert made.status_code == 201, made.text
        customer = made.json()["data"]["id"]
        # A second time: the database itself refuses the address, and would quote the row.
        client.post("/customers", json=PERSON | PERSONAL)
        client.post("/customers/lookup", json={"ssn": SSN})
        client.patch(f"/customers/{customer}", json={"phone": PHONE}, headers={"If-Match": '"1"'})
        client.post(f"/customers/{customer}/contacts", json={"channel": "call", "direction": "incoming", "text": f"New: {PHONE}"})
        for asked in (SSN, PHONE, "Canary Row"):
            client.get("/customers", params={"q": asked})
        client.get(f"/customers/{SSN}")
        client.post("/auth/token", json={"email": f"{SSN}@example.com", "password": PHONE})


def at_the_desk(server: LiveServer) -> None:
    with httpx.Client(base_url=server.url, timeout=60) as desk:
        desk.get("/admin/login/")
        given = {"username": EMAIL, "password": PASSWORD, "csrfmiddlewaretoken": desk.cookies["csrftoken"]}
        assert desk.post("/admin/login/", data=given).status_code == 302
        form: dict[str, Any] = {"first_name": "Ada", "last_name": "Quill", "email": "", "ssn": SSN, "phone": PHONE}
        desk.post("/admin/customers/customer/add/", data=form | {"csrfmiddlewaretoken": desk.cookies["csrftoken"]})
        for asked in (SSN, PHONE):
            desk.get("/admin/customers/customer/", params={"q": asked})
            desk.get("/admin/search/", params={"q": asked})


def refused_by_the_database(database: Postgres) -> None:
    """As a mistake of ours would be, with all of it in the statement, and in the row that the detail would quote.

    What the message itself quotes (a text that is no number, no date) no setting leaves out; the platform has the database read no text so.
    """
    columns = f"INSERT INTO customers_customer (first_name, last_name) VALUES ('{SSN}', '{PHONE}')"
    with psycopg.connect(database.url(), autocommit=True) as connection, pytest.raises(psycopg.IntegrityError):
        connection.execute(columns.encode())


def in_redis(own: OwnRedis) -> bytes:
    with redis.Redis.from_url(own.url) as client:
        return b"\n".join(key + b"=" + (client.dump(key) or b"") + (client.get(key) or b"" if client.type(key) == b"string" else b"")
                          for key in client.scan_iter())  # fmt: skip


def places(running: Running) -> dict[str, bytes]:
    backups = running.folder / "backups"
    running.server.manage("backup", str(backups))
    dump = running.database.run("pg_dump", running.database.url())
    return {
        "pg_dump": dump.encode(),
        "a backup": b"".join(path.read_bytes() for path in backups.rglob("*") if path.is_file()),
        "PostgreSQL's log": (running.database.data.parent / f"{running.database.data.name}.log").read_bytes(),
        "Redis": in_redis(running.redis),
        "the servers' lines": running.server.log.read_bytes(),
    }


def test_dumps_backups_redis_and_the_databases_own_log_hold_none_of_it(running: Running) -> None:
    by_the_api(running.server)
    at_the_desk(running.server)
    refused_by_the_database(running.database)
    found = places(running)
    assert b"customers_customer" in found["pg_dump"]
    assert b"null value in column" in found["PostgreSQL's log"]
    assert b"/api/customers" in found["the servers' lines"]
    hits = {(place, canary) for place, held in found.items() for canary in CANARIES if canary.encode() in held}
    sizes = ", ".join(f"{place} {len(held):,} bytes" for place, held in found.items())
    figure("S14", f"{len(CANARIES)} canaries in {sizes}: {len(hits)} hits")
    assert hits == set()


def test_they_would_be_found(running: Running) -> None:
    with psycopg.connect(running.database.url(), autocommit=True) as connection:
        connection.execute("SET log_min_error_statement = error")
        with pytest.raises(psycopg.Error):
            connection.execute(f"SELECT '{SSN}'::uuid".encode())
        connection.execute(f"CREATE TABLE planted AS SELECT '{SSN}' AS ssn".encode())
    with redis.Redis.from_url(running.redis.url) as client:
        client.set("planted", SSN)
    found = places(running)
    assert {place for place, held in found.items() if SSN.encode() in held} == {"pg_dump", "PostgreSQL's log", "Redis"}
