"""What a client may send: bodies by their type, and addresses that are text."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from django.core.handlers.asgi import ASGIHandler

from tests.web.conftest import Visitor
from vanguard.web import limits
from vanguard.web.limits import BODY, UPLOAD, Limited

pytestmark = pytest.mark.once
MULTIPART = {"Content-Type": "multipart/form-data; boundary=x"}


async def chunks(size: int, piece: int = 65_536) -> AsyncIterator[bytes]:
    while size > 0:
        yield b"x" * min(piece, size)
        size -= piece


@pytest.mark.parametrize(("headers", "limit"), [({"Content-Type": "application/json"}, BODY), ({}, BODY), (MULTIPART, UPLOAD)])
async def test_a_body_of_the_limit_is_taken_and_one_byte_more_is_not(visitor: Visitor, headers: dict[str, str], limit: int) -> None:
    client = visitor()
    assert (await client.post("/api/echo", content=b"x" * limit, headers=headers)).json()["body"] == limit
    answer = await client.post("/api/echo", content=b"x" * (limit + 1), headers=headers)
    assert answer.status_code == 413
    assert answer.json()["errors"][0]["code"] == "too_large"
    assert answer.headers["Connection"] == "close"


async def test_a_chunked_body_is_counted_as_it_comes(visitor: Visitor) -> None:
    client = visitor()
    assert (await client.post("/api/echo", content=chunks(BODY))).json()["body"] == BODY
    answer = await client.post("/api/echo", content=chunks(BODY + 1))
    assert (answer.status_code, answer.json()["success"]) == (413, False)


async def dripping(pieces: int, seconds: float) -> AsyncIterator[bytes]:
    for _ in range(pieces):
        yield b"x" * 100
        await asyncio.sleep(seconds)  # the slow line itself


async def test_a_body_that_comes_by_drops_is_not_waited_for(visitor: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "BODY_SECONDS", 0.05)
    async with asyncio.timeout(5):
        answer = await visitor().post("/api/echo", content=dripping(100, 0.2))
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (408, "too_slow")
    assert answer.headers["Connection"] == "close"


async def test_a_body_on_a_bad_line_is_waited_for_as_long_as_it_gets_on(visitor: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "BODY_SECONDS", 0.05)
    monkeypatch.setattr(limits, "BYTES_A_SECOND", 500)
    assert (await visitor().post("/api/echo", content=dripping(5, 0.1))).json()["body"] == 500


async def test_bodies_that_are_under_way_take_so_much_memory_and_no_more(visitor: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    """A thousand senders who stop a byte before the end would have kept a thousand bodies; what is short is served meanwhile."""
    monkeypatch.setattr(limits, "MOST_COMING", 90_000)
    monkeypatch.setattr(limits, "FIRST_BYTES", 20_000)
    client, has_come, all_sent = visitor(), asyncio.Event(), asyncio.Event()

    async def stopping() -> AsyncIterator[bytes]:
        yield b"x" * 100_000
        has_come.set()
        await all_sent.wait()
        yield b"x"

    slow = asyncio.create_task(client.post("/api/echo", content=stopping()))
    await asyncio.wait_for(has_come.wait(), 5)
    refused = await client.post("/api/echo", content=chunks(100_000, 60_000))
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (503, "busy")
    assert (refused.headers["Retry-After"], refused.headers["Connection"]) == ("1", "close")
    assert (await client.post("/api/echo", content=chunks(20_000, 5_000))).json()["body"] == 20_000
    assert (await client.post("/api/echo", content=b"x" * 200_000)).json()["body"] == 200_000, "whole at once"
    all_sent.set()
    assert (await slow).json()["body"] == 100_001
    assert limits.Body.all_coming == 0


async def test_who_goes_away_in_the_middle_of_a_body_leaves_room() -> None:
    sent: list[dict[str, Any]] = [
        {"type": "http.request", "body": b"x" * 100_000, "more_body": True},
        {"type": "http.disconnect"},
    ]

    async def receive() -> dict[str, Any]:
        return sent.pop(0)

    async def send(_message: Any) -> None:
        raise AssertionError("nobody is there")

    await asyncio.wait_for(Limited(ASGIHandler())(scope(), receive, send), 10)
    assert limits.Body.all_coming == 0


async def test_a_length_that_lies_is_not_believed(visitor: Visitor) -> None:
    answer = await visitor().post("/api/echo", content=chunks(BODY + 1), headers={"Content-Length": "10"})
    assert answer.status_code == 413


async def test_outside_the_api_the_refusal_is_plain(visitor: Visitor) -> None:
    answer = await visitor().post("/page", content=b"x" * (BODY + 1))
    assert (answer.status_code, answer.headers["Content-Type"]) == (413, "text/plain; charset=utf-8")


@pytest.mark.parametrize("address", ["/api/things/%00", "/api/%ff", "/api/%c3%28", "/page%00", "/%ed%a0%80"])
async def test_an_address_that_is_no_text_names_nothing(visitor: Visitor, address: str) -> None:
    assert (await visitor().get(address)).status_code == (422 if address.startswith("/api/") else 404)


@pytest.mark.parametrize(
    ("query", "field"), [("q=%00", "q"), ("page=1&policy_type=a%00b", "policy_type"), ("q=%ff", "q"), ("%00=1", ""), ("%ff", "")]
)
async def test_a_parameter_that_is_no_text_is_named(visitor: Visitor, query: str, field: str) -> None:
    answer = await visitor().get(f"/api/echo?{query}")
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field)


@pytest.mark.parametrize("query", ["q=M%C3%BCller", "q=100%25", "q=a+b&&=", "q=%zz", "q="])
async def test_parameters_that_are_text_pass(visitor: Visitor, query: str) -> None:
    assert (await visitor().get(f"/api/echo?{query}")).status_code == 200


def scope(method: str = "POST", headers: list[tuple[bytes, bytes]] | None = None, query: bytes = b"") -> dict[str, Any]:
    own = [(b"host", b"localhost"), *(headers or [])]
    asgi = {"type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "scheme": "http", "server": ("localhost", 80)}
    return asgi | {
        "method": method,
        "path": "/api/echo",
        "raw_path": b"/api/echo",
        "query_string": query,
        "headers": own,
        "client": ("127.0.0.1", 1),
    }


async def status_of(sent: dict[str, Any], receive: Any) -> int:
    answers: list[Any] = []

    async def send(message: Any) -> None:
        answers.append(message)

    await asyncio.wait_for(Limited(ASGIHandler())(sent, receive, send), 10)
    return int(answers[0]["status"])


@pytest.mark.usefixtures("visitor")
async def test_who_asks_leave_first_is_refused_before_sending(monkeypatch: pytest.MonkeyPatch) -> None:
    async def receive() -> dict[str, Any]:
        raise AssertionError("asking for the body is what tells the client to send it")

    length = str(BODY + 1).encode()
    assert await status_of(scope(headers=[(b"content-length", length), (b"expect", b"100-continue")]), receive) == 413


@pytest.mark.usefixtures("visitor")
async def test_a_body_without_end_is_read_on_for_a_while_only(monkeypatch: pytest.MonkeyPatch) -> None:
    read = 0

    async def receive() -> dict[str, Any]:
        nonlocal read
        read += 65_536
        return {"type": "http.request", "body": b"x" * 65_536, "more_body": True}

    assert await status_of(scope(), receive) == 413
    assert BODY < read <= limits.DRAIN_BYTES + 2 * 65_536


@pytest.mark.usefixtures("visitor")
async def test_a_body_that_stops_coming_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "DRAIN_SECONDS", 0.1)
    sent = [{"type": "http.request", "body": b"x" * (BODY + 1), "more_body": True}]

    async def receive() -> dict[str, Any]:
        if sent:
            return sent.pop()
        await asyncio.sleep(60)
        raise AssertionError

    assert await status_of(scope(), receive) == 413


@pytest.mark.usefixtures("visitor")
async def test_raw_bytes_in_a_query_are_refused_and_not_a_crash() -> None:
    messages = [{"type": "http.request", "body": b"", "more_body": False}]

    async def receive() -> dict[str, Any]:
        if messages:
            return messages.pop()
        await asyncio.sleep(60)
        return {"type": "http.disconnect"}

    assert await status_of(scope("GET", query=b"q=\xff\xfe"), receive) == 422


async def test_the_lifespan_is_answered() -> None:
    sent: list[str] = []
    messages = [{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}]

    async def receive() -> dict[str, Any]:
        return messages.pop(0)

    async def send(message: Any) -> None:
        sent.append(message["type"])

    await Limited(ASGIHandler())({"type": "lifespan"}, receive, send)
    assert sent == ["lifespan.startup.complete", "lifespan.shutdown.complete"]


async def test_a_websocket_is_closed_politely() -> None:
    sent: list[str] = []

    async def receive() -> dict[str, Any]:
        return {"type": "websocket.connect"}

    async def send(message: Any) -> None:
        sent.append(message["type"])

    await Limited(ASGIHandler())({"type": "websocket", "path": "/ws/claims", "headers": []}, receive, send)
    assert sent == ["websocket.close"]


async def test_a_refused_request_is_counted_and_logged_like_any_other(visitor: Visitor, caplog: pytest.LogCaptureFixture) -> None:
    answer: httpx.Response = await visitor().post("/api/echo", content=chunks(BODY + 1), headers={"X-Correlation-ID": "case-2026-1"})
    assert answer.headers["X-Correlation-ID"] == "case-2026-1"
    assert [record.getMessage() for record in caplog.records if record.name == "vanguard.requests"] == ["POST /api/echo 413"]
