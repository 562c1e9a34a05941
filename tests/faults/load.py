"""Who writes while a fault is made: each write journalled when it was acknowledged, and tried again under the same key when it was not."""

import http.client
import json
import ssl
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from tests.factories import PASSWORD
from tests.faults.parts import Front, Postgres
from tests.live import LiveServer, manage

EMAIL = "admin@vanguard.example"
POLICIES = 40
SEED = (
    "from tests.factories import PolicyFactory, superuser\n"
    f"superuser(email={EMAIL!r})\n"
    f"for _ in range({POLICIES}): PolicyFactory.create()\n"
)
AWAY = 0  # no answer at all: refused, reset or cut off


@dataclass
class Answer:
    """What one try got: when it was sent (monotonic), how long it took, its status."""

    sent: float
    seconds: float
    status: int


@dataclass
class Load:
    """Everything that was sent, and what of it was acknowledged: key → id."""

    url: str
    token: str
    policies: list[str]
    incident: str
    answers: list[Answer] = field(default_factory=list)
    acknowledged: dict[str, str] = field(default_factory=dict)
    tried_again: int = 0
    wrong: list[str] = field(default_factory=list)
    name: str = "w"
    # For an address that is https: whose certificates count.
    tls: ssl.SSLContext | None = None
    ended: threading.Event = field(default_factory=threading.Event)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def between(self, since: float, until: float) -> list[Answer]:
        return [answer for answer in self.answers if since <= answer.sent <= until]

    def statuses(self) -> dict[int, int]:
        return counted(self.answers)

    def count(self) -> int:
        return len(self.acknowledged)

    def write(self, name: str, count: int | None, patience: float, pause: float = 0.0) -> None:
        """Files claims one after another, until told to end or `count` are filed; each until it is acknowledged."""
        number = 0
        caller = Caller(self)
        while not self.ended.is_set() and (count is None or number < count):
            key = f"{name}-{number}"
            deadline = time.monotonic() + patience
            while (found := caller.file(key, number)) is None and time.monotonic() < deadline:
                with self.lock:
                    self.tried_again += 1
                time.sleep(0.1)
            if found is None:
                self.wrong.append(f"{key} was never acknowledged")
                return
            self.acknowledged[key] = found
            number += 1
            time.sleep(pause)


class Caller:
    """One client with one connection, opened anew when it is lost."""

    def __init__(self, load: Load) -> None:
        self.load = load
        self.host = urlsplit(load.url).netloc
        self.connection: http.client.HTTPConnection | None = None

    def file(self, key: str, number: int, *, amount: int = 1) -> str | None:
        """The claim's id; None where it was not acknowledged."""
        body = {"policyId": self.load.policies[number % len(self.load.policies)], "claimType": f"hail {key}", "claimAmount": amount,
                "incidentDate": self.load.incident, "description": key}  # fmt: skip
        answer, said = self.ask("POST", "/api/claims", body, {"Idempotency-Key": key})
        if answer.status == 201:
            return str(json.loads(said)["data"]["id"])
        if answer.status not in (AWAY, 500, 502, 503, 504, 507):
            self.load.wrong.append(f"{key}: {answer.status} {said[:200]!r}")
        return None

    def ask(self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None) -> tuple[Answer, bytes]:
        sent, status, said = time.monotonic(), AWAY, b""
        own = {"Authorization": f"Bearer {self.load.token}", "Content-Type": "application/json", **(headers or {})}
        try:
            self.connection = self.connection or self.opened()
            self.connection.request(method, path, json.dumps(body) if body is not None else None, own)
            response = self.connection.getresponse()
            said, status = response.read(), response.status
            if response.will_close:
                self.close()
        except (OSError, http.client.HTTPException):
            self.close()
        answer = Answer(sent, time.monotonic() - sent, status)
        self.load.answers.append(answer)
        return answer, said

    def opened(self) -> http.client.HTTPConnection:
        if self.load.tls is None:
            return http.client.HTTPConnection(self.host, timeout=60)
        return http.client.HTTPSConnection(self.host, timeout=60, context=self.load.tls)

    def close(self) -> None:
        if self.connection is not None:
            self.connection.close()
            self.connection = None


def logged_in(server: LiveServer) -> str:
    """An access token, which counts for half an hour."""
    connection = http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=60)
    connection.request("POST", "/api/auth/token", json.dumps({"email": EMAIL, "password": PASSWORD}), {"Content-Type": "application/json"})
    said = json.loads(connection.getresponse().read())
    connection.close()
    return str(said["data"]["accessToken"])


def prepare(server: LiveServer, database: Postgres, front: Front | None = None, *, name: str = "w") -> Load:
    """Logged in, and knowing policies to file on. `front`: what stands before the server; `name`: tells this load's keys from another's."""
    token = logged_in(server)
    policies = [str(row[0]) for row in database.query("SELECT id FROM policies_policy")]
    incident = database.query("SELECT to_char(now() - interval '2 days', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')")[0][0]
    url, tls = (front.url, front.tls) if front else (server.url, None)
    return Load(url, token, policies, str(incident), name=name, tls=tls)


@contextmanager
def writers(load: Load, number: int, *, count: int | None = None, patience: float = 60.0) -> Iterator[list[threading.Thread]]:
    """So many write until the block ends; then each finishes what it has begun."""
    threads = [threading.Thread(target=load.write, args=(f"{load.name}{place}", count, patience), daemon=True) for place in range(number)]
    for thread in threads:
        thread.start()
    try:
        yield threads
    finally:
        if count is None:
            load.ended.set()
        for thread in threads:
            thread.join(timeout=600)


def require_whole(load: Load, server: LiveServer, database: Postgres) -> str:
    """The oracle: what was acknowledged is there, once, nothing else is, and everything that can be verified holds. In a sentence."""
    assert load.wrong == []
    like = f"^{load.name}[0-9]+-[0-9]+$"
    found = {str(key): str(pk) for key, pk in database.query("SELECT description, id::text FROM claims_claim WHERE description ~ %s", like)}
    (claims,) = database.query("SELECT count(*) FROM claims_claim WHERE description ~ %s", like)[0]
    lost, doubled = set(load.acknowledged) - set(found), int(str(claims)) - len(found)
    assert not lost, f"{len(lost)} lost: {sorted(lost)[:5]}"
    assert doubled == 0, f"{doubled} doubled"
    assert {key: found[key] for key in load.acknowledged} == load.acknowledged
    manage({**server.environment, "DATABASE_URL": database.url(), "DATABASE_POOL_SIZE": "0"}, "audit_seal")
    manage({**server.environment, "DATABASE_URL": database.url(), "DATABASE_POOL_SIZE": "0"}, "verify_all")
    return f"{len(load.acknowledged):,} acknowledged writes, 0 lost, 0 doubled, everything verified"


def counted(answers: list[Answer]) -> dict[int, int]:
    """How many of each status."""
    return dict(sorted(Counter(answer.status for answer in answers).items()))


def p99(answers: list[Answer]) -> float:
    times = sorted(answer.seconds for answer in answers)
    return times[int(len(times) * 0.99)] if times else 0.0
