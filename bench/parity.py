"""Do the peers do the same work? The same requests to every server, and the answers, headers and rows held against ours."""

import json
import re
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from bench import leaving
from bench.databases import Database
from bench.servers import Server

# Set by the HTTP server, different by nature, or (Vary, Expires) said about caches that no-store forbids anyway.
OF_NO_ACCOUNT = {"date", "server", "content-length", "vary", "connection", "transfer-encoding", "expires"}
# A loss of each server's own, so far from the others' that it is no look-alike of theirs.
APART = timedelta(days=3)


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
    "incidentDate": datetime.fromisoformat,
}


def without(body: Any, *names: str) -> Any:
    """The body with the values of `names` taken for granted, wherever they stand."""
    if isinstance(body, dict):
        return {key: bool(value) if key in names else without(value, *names) for key, value in body.items()}
    return [without(item, *names) for item in body] if isinstance(body, list) else body


def reading(policy: str, token: str) -> dict[str, Callable[[Server], Any]]:
    """What is read of each server, and what of its answer must be the same."""

    def read(path: str, with_token: bool = True) -> Callable[[Server], Any]:
        def answered(server: Server) -> Any:
            answer = ask(server, path, token if with_token else "")
            same = without(answer.body, "timestamp", "nextCursor", "correlationId", "message", "errors")
            return answer.status, same, sorted(answer.headers.keys() - OF_NO_ACCOUNT)

        return answered

    return {
        "W1 one policy": read(f"/api/policies/{policy}"),
        "W1 without a token": read(f"/api/policies/{policy}", with_token=False),
        "W1 an unknown one": read(f"/api/policies/{UUID(int=9)}"),
        "W2 page 1": read("/api/policies?page=1&page_size=20"),
        "W2 page 3": read("/api/policies?page=3&page_size=20"),
        "W4 live": lambda server: ask(server, "/health/live").body,
    }


@dataclass(frozen=True)
class Filing:
    """Three notices of one policy and day to each server: the second of another type, the third looks like the first.

    `thin`: the server leaves the notice alone behind, so its answer does not know under which state's law it is.
    """

    covered: str
    token: str
    incident: datetime
    kind: str
    thin: bool

    def told(self, server: Server) -> tuple[Any, list[str]]:
        """What of the answers must be the same, and the claims that were made."""
        loss = self.incident.strftime("%Y-%m-%dT%H:%M:%SZ")
        notice = {
            "policyId": self.covered,
            "claimType": self.kind,
            "claimAmount": 1250.5,
            "incidentDate": loss,
            "description": "Hail on the roof",
        }
        key = f"parity-{uuid4()}"
        first, again = (self._file(server, notice, key) for _ in range(2))
        other = self._file(server, {**notice, "claimAmount": 1}, key)
        outside = self._file(server, {**notice, "incidentDate": "2001-01-01T00:00:00Z"}, f"{key}-2")
        beside = self._file(server, {**notice, "claimType": "fire", "claimAmount": 12_000, "description": "Grandma was hurt"}, f"{key}-3")
        alike = self._file(server, notice, f"{key}-4")
        made = [self._made(answer) for answer in (first, beside, alike)]
        statuses = [answer.status for answer in (first, again, other, outside, beside, alike)]
        told = (statuses, first.body == again.body, made, sorted(first.headers.keys() - OF_NO_ACCOUNT))
        return told, [answer.body["data"]["id"] for answer in (first, beside, alike)]

    def _file(self, server: Server, notice: Any, key: str) -> Answer:
        return ask(server, "/api/claims", self.token, notice, Idempotency_Key=key)

    def _made(self, answer: Answer) -> Any:
        made = anew(without(answer.body, "timestamp"))
        if self.thin:
            made["data"].pop("jurisdiction", None)
        return made


def differences(running: Sequence[Server], database: Database, token: str, incident: datetime, *, thin: bool = False) -> list[str]:
    """One sentence for each thing in which a peer differs from the platform; the first server is ours."""
    ours, *peers = running
    with database.connect() as connection:
        # Without claims, so that there is nothing on it but what is filed here.
        pick = (
            "SELECT id::text FROM policies_policy AS policy WHERE status = 'active' AND start_date <= %s AND end_date > %s"
            " AND NOT EXISTS (SELECT 1 FROM claims_claim WHERE policy_id = policy.id) ORDER BY id LIMIT 1"
        )
        covered = str(connection.execute(pick, [incident - 10 * APART, incident]).fetchone()[0])  # type: ignore[index]
        cancelled = connection.execute("SELECT id::text FROM policies_policy WHERE status = 'cancelled' LIMIT 1").fetchone()
    found = []
    for name, answered in reading(cancelled[0] if cancelled else covered, token).items():
        expected = answered(ours)
        found += [f"{peer.name}, {name}: {got!r} and not {expected!r}" for peer in peers if (got := answered(peer)) != expected]
    kind = f"hail {uuid4().hex}"  # so that a notice of an earlier run is no look-alike
    expected_told, expected_rows = _filed(ours, database, Filing(covered, token, incident, kind, thin), by_peer=False)
    for place, peer in enumerate(peers, 1):
        told, rows = _filed(peer, database, Filing(covered, token, incident - place * APART, kind, thin), by_peer=True)
        if told != expected_told:
            found.append(f"{peer.name}, W3: {told!r} and not {expected_told!r}")
        for which, (expected_left, left) in enumerate(zip(expected_rows, rows, strict=True), 1):
            found += [f"{peer.name}, W3, rows of notice {which}, {sentence}" for sentence in leaving.differing(expected_left, left)]
    return found


def _filed(server: Server, database: Database, filing: Filing, *, by_peer: bool) -> tuple[Any, list[dict[str, list[Any]]]]:
    told, claims = filing.told(server)
    return told, [leaving.left_behind(database, claim, thin=filing.thin, by_peer=by_peer) for claim in claims]
