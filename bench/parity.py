"""Do the peers do the same work? The same requests to every server, and the answers, headers and rows held against ours."""

import json
import re
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from bench.databases import Database
from bench.servers import Server

# Set by the HTTP server, different by nature, or (Vary, Expires) said about caches that no-store forbids anyway.
OF_NO_ACCOUNT = {"date", "server", "content-length", "vary", "connection", "transfer-encoding", "expires"}
EFFECTS = {
    "claims": ("claims_claim", "peer.claims"),
    "history": ("claims_claimtransition", "peer.claim_history"),
    "audit": ("auditlog_logentry", "peer.audit_log"),
    "idempotency keys": ("vanguard_idempotencykey", "peer.idempotency_keys"),
}


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: Any


def ask(server: Server, path: str, token: str = "", body: Any = None, **headers: str) -> Answer:
    sent = {name.replace("_", "-"): value for name, value in headers.items()} | ({"Authorization": f"Bearer {token}"} if token else {})
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(server.url + path, data, {**sent, "Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=30) as response:
            return _answer(response.status, response.headers, response.read())
    except urllib.error.HTTPError as refused:
        with refused:
            return _answer(refused.code, refused.headers, refused.read())


def _answer(status: int, headers: Any, body: bytes) -> Answer:
    is_json = headers.get("Content-Type", "").startswith("application/json")
    return Answer(status, {name.lower(): value for name, value in headers.items()}, json.loads(body) if is_json else body.decode())


def anew(value: Any, name: str = "") -> Any:
    """A record that was made a moment ago: what is new in it is only looked at for its form."""
    if isinstance(value, dict):
        return {key: anew(inner, key) for key, inner in sorted(value.items())}
    if name in MADE:
        MADE[name](value)
        return "made anew"
    return value


def _number(text: str) -> None:
    if not re.fullmatch(r"CLM-\d{4}-\d{6}", text):
        raise ValueError(text)


def _recent(text: str) -> None:
    if abs((datetime.now(UTC) - datetime.fromisoformat(text)).total_seconds()) > 60:
        raise ValueError(text)


# What is new in each record that is made, and what it must look like.
MADE: dict[str, Callable[[str], object]] = {
    "id": UUID,
    "claimNumber": _number,
    "reportedDate": _recent,
    "createdAt": _recent,
    "updatedAt": _recent,
    "dueAt": datetime.fromisoformat,
}


def without(body: Any, *names: str) -> Any:
    """The body with the values of `names` taken for granted, wherever they stand."""
    if isinstance(body, dict):
        return {key: bool(value) if key in names else without(value, *names) for key, value in body.items()}
    return [without(item, *names) for item in body] if isinstance(body, list) else body


def comparisons(policy: str, covered: str, token: str, incident: str) -> dict[str, Callable[[Server], Any]]:
    """What is asked of each server, and what of its answer must be the same."""

    def read(path: str, with_token: bool = True) -> Callable[[Server], Any]:
        def answered(server: Server) -> Any:
            answer = ask(server, path, token if with_token else "")
            same = without(answer.body, "timestamp", "nextCursor", "correlationId", "message", "errors")
            return answer.status, same, sorted(answer.headers.keys() - OF_NO_ACCOUNT)

        return answered

    kind = f"hail {uuid4().hex}"  # so that a notice of an earlier run is no look-alike

    def create(server: Server) -> Any:
        notice = {
            "policyId": covered,
            "claimType": kind,
            "claimAmount": 1250.5,
            "incidentDate": incident,
            "description": "Hail on the roof",
        }
        key = f"parity-{uuid4()}"
        first, again = (ask(server, "/api/claims", token, notice, Idempotency_Key=key) for _ in range(2))
        other = ask(server, "/api/claims", token, {**notice, "claimAmount": 1}, Idempotency_Key=key)
        outside = ask(server, "/api/claims", token, {**notice, "incidentDate": "2001-01-01T00:00:00Z"}, Idempotency_Key=f"{key}-2")
        made = anew(without(first.body, "timestamp"))
        told = (first.status, again.status, other.status, outside.status)
        return told, first.body == again.body, made, sorted(first.headers.keys() - OF_NO_ACCOUNT)

    return {
        "W1 one policy": read(f"/api/policies/{policy}"),
        "W1 without a token": read(f"/api/policies/{policy}", with_token=False),
        "W1 an unknown one": read(f"/api/policies/{UUID(int=9)}"),
        "W2 page 1": read("/api/policies?page=1&page_size=20"),
        "W2 page 3": read("/api/policies?page=3&page_size=20"),
        "W3 created, repeated, with another body, outside the cover": create,
        "W4 live": lambda server: ask(server, "/health/live").body,
    }


def effects(database: Database) -> dict[str, tuple[int, int]]:
    with database.connect() as connection:
        return {name: tuple(_count(connection, table) for table in tables) for name, tables in EFFECTS.items()}  # type: ignore[misc]


def _count(connection: Any, table: str) -> int:
    return int(connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0])  # noqa: S608  # names from EFFECTS


def differences(running: Sequence[Server], database: Database, token: str, incident: datetime) -> list[str]:
    """One sentence for each thing in which a peer differs from the platform; the first server is ours."""
    ours, *peers = running
    with database.connect() as connection:
        pick = "SELECT id::text FROM policies_policy WHERE status = 'active' AND start_date <= %s AND end_date > %s ORDER BY id LIMIT 1"
        covered = str(connection.execute(pick, [incident, incident]).fetchone()[0])  # type: ignore[index]
        cancelled = connection.execute("SELECT id::text FROM policies_policy WHERE status = 'cancelled' LIMIT 1").fetchone()
    before = effects(database)
    found = []
    asked = comparisons(cancelled[0] if cancelled else covered, covered, token, incident.strftime("%Y-%m-%dT%H:%M:%SZ"))
    for name, answered in asked.items():
        expected = answered(ours)
        found += [f"{peer.name}, {name}: {got!r} and not {expected!r}" for peer in peers if (got := answered(peer)) != expected]
    for name, (of_ours, of_peers) in effects(database).items():
        added, by_peers = of_ours - before[name][0], of_peers - before[name][1]
        if by_peers != added * len(peers):
            found.append(f"{name}: ours added {added} rows, {len(peers)} peers together {by_peers}")
    return found
