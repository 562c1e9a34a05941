"""Of the work on a claim its insured and partners hear where the stage is another one, and of nothing else."""

import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from unittest.mock import patch

import pytest

from claims.models import Claim
from claims.services import check_claim_cover
from tests.claims.stages import (
    Act,
    State,
    appealed,
    asked,
    enter_depreciation,
    establish_the_loss,
    investigated,
    question_the_cover,
    questioned,
    settle_the_cover,
)
from tests.security.trail import OLDEST_OF_OURS
from tests.webhooks.deliveries import endpoint
from vanguard.realtime.messages import Message
from vanguard.trail import sealing
from vanguard.webhooks.models import Delivery
from vanguard.webhooks.noticing import notice

MOVES: tuple[tuple[State, Act], ...] = (
    (investigated, question_the_cover),
    (investigated, establish_the_loss),
    (investigated, enter_depreciation),
    (questioned, settle_the_cover),
)
STAYS: tuple[tuple[State, Act], ...] = (
    (questioned, question_the_cover),
    (questioned, enter_depreciation),
    (asked, question_the_cover),
    (asked, enter_depreciation),
    (appealed, question_the_cover),
)


def named(each: object) -> str:
    return getattr(each, "__name__", "").replace("_", " ")


@pytest.fixture
def heard(django_capture_on_commit_callbacks: Callable[..., AbstractContextManager[object]]) -> Callable[[Claim, Act], list[Message]]:
    """What the sockets are told of an act."""

    def listen(claim: Claim, act: Act) -> list[Message]:
        with patch("claims.live.announce") as announce, django_capture_on_commit_callbacks(execute=True):
            act(claim)
        return [call.args[0] for call in announce.call_args_list]

    return listen


@pytest.mark.django_db
@pytest.mark.parametrize(("state", "act"), MOVES, ids=named)
def test_the_insured_hears_of_another_stage(state: State, act: Act, heard: Callable[[Claim, Act], list[Message]]) -> None:
    assert [json.loads(each.to_owner)["type"] for each in heard(state(), act) if each.to_owner] == ["claim.stage_changed"]


@pytest.mark.django_db
@pytest.mark.parametrize(("state", "act"), STAYS, ids=named)
def test_the_insured_hears_nothing_of_work_that_leaves_the_stage_and_staff_hear_of_a_change(
    state: State, act: Act, heard: Callable[[Claim, Act], list[Message]]
) -> None:
    messages = heard(state(), act)
    assert {json.loads(each.text)["type"] for each in messages} == {"claim.changed"}
    assert [each.to_owner for each in messages if each.to_owner] == []


@pytest.mark.django_db(transaction=True)
def test_partners_are_told_of_another_stage_and_not_of_a_second_question_in_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sealing, "OLDEST_RUNNING", OLDEST_OF_OURS)  # others on the server are not waited for
    claim = investigated()
    endpoint("http://127.0.0.1:9/", "claim.stage_changed", "claim.information_requested")
    question_the_cover(claim)
    check_claim_cover(None, claim.pk, left_open="And who lived there?")
    enter_depreciation(claim)
    settle_the_cover(claim)
    notice()
    bodies = [json.loads(each.event.body) for each in Delivery.objects.select_related("event").order_by("id")]
    assert [(body["type"], body["data"]["stage"]) for body in bodies] == [
        ("claim.stage_changed", "coverage_check"),
        ("claim.stage_changed", "evaluation"),
    ]
