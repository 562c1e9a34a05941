"""R2: the client goes away in the middle of its request, five milliseconds later each time, on every kind of write."""

import json
import socket
import struct
import time
from collections.abc import Callable
from urllib.parse import urlsplit

from tests.faults import figure, size
from tests.faults.load import Caller, Load, prepare
from tests.faults.parts import Postgres
from tests.live import LiveServer, live_server

LATEST, STEP, ROUNDS = size("latest_ms", 100), 5, size("rounds", 3)
EFFECTS = """
    SELECT (SELECT count(*) FROM claims_claim), (SELECT count(DISTINCT claim_id) FROM claims_claimtransition WHERE command = 'submit'),
           (SELECT count(*) FROM vanguard_idempotencykey)
"""


def go_away(load: Load, path: str, body: object, key: str, seconds: float) -> None:
    """Sends a whole request, and is gone after so long: with a reset, as when the line breaks."""
    content = json.dumps(body).encode()
    head = [f"POST {path} HTTP/1.1", "Host: localhost", f"Authorization: Bearer {load.token}", "Content-Type: application/json"]
    head += [f"Idempotency-Key: {key}", f"Content-Length: {len(content)}", "", ""]
    address = urlsplit(load.url)
    with socket.create_connection((str(address.hostname), address.port or 80), timeout=10) as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.sendall("\r\n".join(head).encode() + content)
        time.sleep(seconds)


def filing(load: Load, key: str) -> tuple[str, object]:
    body = {"policyId": load.policies[0], "claimType": f"hail {key}", "claimAmount": 100, "incidentDate": load.incident, "description": key}
    return "/api/claims", body


def command(name: str, body: object) -> Callable[[Load, str], tuple[str, object]]:
    """On a fresh claim, brought as far as the command needs it."""

    def made(load: Load, key: str) -> tuple[str, object]:
        caller = Caller(load)
        path, filed = filing(load, key)
        _, said = caller.ask("POST", path, filed, {"Idempotency-Key": f"before {key}".replace(" ", "-")})
        claim = f"/api/claims/{json.loads(said)['data']['id']}"
        for earlier in BEFORE[name]:
            answer, said = caller.ask("POST", f"{claim}/{earlier}", {})
            assert answer.status == 200, said
        caller.close()
        return f"{claim}/{name}", body

    return made


BEFORE = {"start": ["assign"], "reserve": ["assign", "start"], "approve": ["assign", "start"], "pay": ["assign", "start", "approve"]}
WRITES: dict[str, Callable[[Load, str], tuple[str, object]]] = {
    "file": filing,
    "start": command("start", {}),
    "reserve": command("reserve", {"amount": 500, "reason": "First estimate"}),
    "approve": command("approve", {}),
    "pay": command("pay", {"amount": 10}),
}


def test_nothing_is_done_by_half(database: Postgres) -> None:
    with live_server({"WEB_CONCURRENCY": "2", "DATABASE_URL": database.url(), "DATABASE_POOL_SIZE": "4"}) as server:
        load = prepare(server, database)
        sent = 0
        for name, make in WRITES.items():
            for number in range(ROUNDS):
                for milliseconds in range(0, LATEST + 1, STEP):
                    key = f"{name}-{number}-{milliseconds}"
                    path, body = make(load, key)
                    go_away(load, path, body, key, milliseconds / 1000)
                    sent += 1
        time.sleep(2)
        require_nothing_by_half(server, database)
        crashed = [line for line in server.log_lines() if line.get("status") == 500]
        done = database.query("SELECT count(*) FROM vanguard_idempotencykey WHERE key !~ '^before'")[0][0]
        figure(
            "R2",
            f"{sent} requests left alone after 0 to {LATEST} ms, on {len(WRITES)} kinds of writes: {done} were done, the others not at all",
        )
        assert crashed == []
        assert 0 < int(str(done)) <= sent


def require_nothing_by_half(server: LiveServer, database: Postgres) -> None:
    claims, submitted, _keys = database.query(EFFECTS)[0]
    assert claims == submitted
    server.manage("audit_seal")
    server.manage("verify_all")
