"""The hub alone: who does not keep up is let go, what comes from elsewhere is looked at, and nothing is left behind."""

import asyncio
from typing import Any
from uuid import uuid4

import pytest

from claims.events import ClaimEvent
from claims.live import CLAIMS, TYPES
from vanguard.realtime import codes, conversation
from vanguard.realtime.door import SessionLogIn, Visitor
from vanguard.realtime.hub import MOST_WAITING, Hub, Subscriber
from vanguard.realtime.messages import MISSED, message, unpacked

CLAIM = uuid4()


def somebody() -> Subscriber:
    return Subscriber(CLAIMS, Visitor(uuid4(), SessionLogIn("key", "hash"), sees_all=True), None)


def told(number: int = 0) -> Any:
    return message(CLAIMS, "claim.started", CLAIM, {"number": number})


async def test_who_does_not_read_is_let_go_and_the_others_hear_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conversation, "GOODBYE_SECONDS", 0.02)
    hub, slow, quick = Hub(), somebody(), somebody()
    hub.join(slow)
    hub.join(quick)
    sent: list[str] = []

    async def never(_message: Any = None) -> Any:
        await asyncio.get_running_loop().create_future()

    async def send(message: Any) -> None:
        sent.append(message.get("text", message["type"]))

    talks = [asyncio.create_task(conversation.converse(each, never, to)) for each, to in ((slow, never), (quick, send))]
    for number in range(MOST_WAITING + 3):
        hub.take(told(number))
        await asyncio.sleep(0)
    await asyncio.wait_for(talks[0], 1)
    assert slow.ended.result()[0] == codes.TRY_AGAIN_LATER
    assert slow.waiting.qsize() <= MOST_WAITING
    assert len(sent) == MOST_WAITING + 3
    quick.end(codes.LOG_IN_ENDED, "")
    await asyncio.wait_for(talks[1], 1)
    assert sent[-1] == "websocket.close"


async def test_nothing_is_left_of_two_hundred_who_came_and_went() -> None:
    hub = Hub()
    people = [somebody() for _ in range(200)]
    for each in people:
        hub.join(each)
    hub.missed()
    assert all(MISSED in each.waiting.get_nowait() for each in people)
    for each in people:
        hub.leave(each)
    assert (hub.everybody, dict(hub.subscribers), dict(hub.of_user)) == ([], {}, {})


def test_what_another_process_sends_comes_out_as_it_went_in() -> None:
    sent = told(7)
    assert unpacked(sent.packed()) == sent
    for strange in (b"", b"[]", b'{"stream": "claims"}', b'{"stream": 1, "subject": "x", "text": "", "to_owner": ""}', b"\xff"):
        assert unpacked(strange) is None


def test_every_event_of_a_claim_has_its_type() -> None:
    # By name: a dataclass with slots of its own is made twice.
    assert {each.__name__ for each in ClaimEvent.__subclasses__()} == {each.__name__ for each in TYPES}
    assert len(set(TYPES.values())) == len(TYPES)
