"""A caller who also listens: the API over HTTP, its events over a real WebSocket."""

import json
import time
from typing import Any

import httpx
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin, Subprotocol

from tests.factories import PASSWORD
from tests.live import LiveServer

# A message that does not come is waited for only so long; those that come take a few milliseconds.
SECONDS = 30.0


class Listener:
    """`Listener(server, "maya@vanguard.example")` has a token."""

    def __init__(self, server: LiveServer, email: str, token: str = "") -> None:
        self.server = server
        self.token = token or self.post("/auth/token", {"email": email, "password": PASSWORD})["accessToken"]

    def post(self, path: str, body: dict[str, Any] | None = None) -> Any:
        named = {"Authorization": f"Bearer {self.token}"} if getattr(self, "token", "") else {}
        answer = httpx.post(f"{self.server.url}/api{path}", json=body or {}, headers=named, timeout=30)
        assert answer.status_code < 300, answer.text
        return answer.json()["data"] if answer.content else None

    def claim(self, number: str) -> dict[str, Any]:
        named = {"Authorization": f"Bearer {self.token}"}
        found: dict[str, Any] = httpx.get(f"{self.server.url}/api/claims/by-number/{number}", headers=named).json()["data"]
        return found

    def listen(self, path: str = "/ws/claims", **options: Any) -> ClientConnection:
        protocols = [Subprotocol("bearer"), Subprotocol(self.token)]
        return open_socket(self.server, path, subprotocols=protocols, **options)


def open_socket(server: LiveServer, path: str, *, origin: str | None = None, **options: Any) -> ClientConnection:
    address = server.url.replace("http", "ws", 1) + path
    return connect(address, origin=Origin(origin) if origin else None, compression=None, legacy=True, **options)


def refusal(server: LiveServer, path: str, **options: Any) -> int:
    """The status with which the handshake is answered."""
    try:
        open_socket(server, path, **options).close()
    except InvalidStatus as refused:
        return refused.response.status_code
    return 101


def heard(socket: ClientConnection, seconds: float = SECONDS) -> dict[str, Any]:
    """The next message. Raises TimeoutError when none comes."""
    message: dict[str, Any] = json.loads(socket.recv(timeout=seconds))
    return message


def closed(socket: ClientConnection, seconds: float = SECONDS) -> tuple[int, float]:
    """The code with which the server closes the socket, and after how many seconds; what comes before is passed over."""
    started = time.monotonic()
    try:
        while True:
            socket.recv(timeout=seconds)
    except ConnectionClosed as end:
        return (end.rcvd.code if end.rcvd else 1006), time.monotonic() - started
