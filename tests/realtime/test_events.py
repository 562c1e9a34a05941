"""What happens to a claim reaches who may see it, at once, on whichever worker they are; and nobody else."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from tests.live import LiveServer, live_server
from tests.realtime.book import HAROLD, MAYA, OF_HAROLD, OF_ROSA, ROSA, TO_TAKE
from tests.realtime.listening import Listener, heard, refusal

pytestmark = pytest.mark.once


@pytest.fixture(scope="module")
def server() -> Iterator[LiveServer]:
    with live_server({"WEB_CONCURRENCY": "2"}, seed="from tests.realtime.book import fill; fill()") as server:
        yield server


@pytest.fixture(scope="module")
def maya(server: LiveServer) -> Listener:
    return Listener(server, MAYA)


def test_staff_hear_of_every_claim_and_the_insured_of_the_own_ones_only(server: LiveServer, maya: Listener) -> None:
    rosa, harold = Listener(server, ROSA), Listener(server, HAROLD)
    claim = maya.claim(OF_ROSA)
    with maya.listen() as at_maya, rosa.listen() as at_rosa, harold.listen() as at_harold:
        assert at_maya.subprotocol == "bearer"
        maya.post(f"/claims/{claim['id']}/assign")
        maya.post(f"/claims/{maya.claim(OF_HAROLD)['id']}/assign")
        told = heard(at_maya)
        assert (told["type"], told["claimId"]) == ("claim.assigned", claim["id"])
        assert told["at"].endswith("Z")
        data: dict[str, Any] = told["data"]
        assert (data["claimNumber"], data["status"], data["stage"]) == (OF_ROSA, "pending", "assigned")
        assert data["actorId"]
        to_rosa = heard(at_rosa)
        assert to_rosa["claimId"] == claim["id"]
        assert "actorId" not in to_rosa["data"]
        # The next that each hears is of Harold's claim, which is nothing for Rosa.
        assert heard(at_maya)["data"]["claimNumber"] == heard(at_harold)["data"]["claimNumber"] == OF_HAROLD
        with pytest.raises(TimeoutError):
            heard(at_rosa, 0.3)


def test_reserves_stay_in_the_house(server: LiveServer, maya: Listener) -> None:
    rosa = Listener(server, ROSA)
    claim = maya.claim(OF_ROSA)
    with maya.listen(f"/ws/claims/{claim['id']}") as at_maya, rosa.listen(f"/ws/claims/{claim['id']}") as at_rosa:
        maya.post(f"/claims/{claim['id']}/reserve", {"amount": 1234.56, "reason": "First estimate"})
        told = at_maya.recv(timeout=5)
        assert '"claim.reserved"' in str(told)
        assert '"amount":1234.56' in str(told)
        maya.post(f"/claims/{claim['id']}/start")
        assert heard(at_rosa)["type"] == "claim.started"


def test_one_claims_socket_hears_of_that_claim_only(server: LiveServer, maya: Listener) -> None:
    claim = maya.claim(TO_TAKE)
    with maya.listen(f"/ws/claims/{claim['id']}") as at_maya:
        maya.post(f"/claims/{maya.claim(OF_HAROLD)['id']}/start")
        maya.post(f"/claims/{claim['id']}/assign")
        assert heard(at_maya)["claimId"] == claim["id"]


def test_anothers_claim_is_refused_as_one_that_does_not_exist(server: LiveServer, maya: Listener) -> None:
    rosa = Listener(server, ROSA)
    protocols = {"subprotocols": ["bearer", rosa.token]}
    of_harold = maya.claim(OF_HAROLD)["id"]
    assert refusal(server, f"/ws/claims/{of_harold}", **protocols) == 404
    assert refusal(server, f"/ws/claims/{uuid4()}", **protocols) == 404
    assert refusal(server, "/ws/claims/no-id", **protocols) == 404
    assert refusal(server, "/ws/policies", **protocols) == 404


def test_what_is_not_committed_is_not_told(server: LiveServer, maya: Listener) -> None:
    policy = maya.claim(TO_TAKE)["policyId"]
    rolled_back = f"""
from django.db import transaction
from tests.factories import submitted_claim
from policies.models import Policy
policy = Policy.objects.get(pk='{policy}')
with transaction.atomic():
    submitted_claim(policy, claim_number='CLM-2026-777777')
    transaction.set_rollback(True)
submitted_claim(policy, claim_number='CLM-2026-888888')
"""
    with maya.listen() as at_maya:
        server.manage("shell", "--verbosity", "0", "--command", rolled_back)
        told = heard(at_maya)
        # From a command, another process still.
        assert (told["type"], told["data"]["claimNumber"]) == ("claim.filed", "CLM-2026-888888")


def test_what_happens_on_one_worker_reaches_the_sockets_of_the_other(server: LiveServer, maya: Listener) -> None:
    live = Path(server.environment["VAR_DIR"]) / "live"
    with ExitStack() as stack:
        sockets = [stack.enter_context(maya.listen()) for _ in range(6)]
        while len(list(live.glob("*.socket"))) < 2:
            sockets.append(stack.enter_context(maya.listen()))
        claim = maya.claim(TO_TAKE)
        maya.post(f"/claims/{claim['id']}/start")
        assert {heard(socket)["type"] for socket in sockets} == {"claim.started"}
        with pytest.raises(TimeoutError):
            heard(sockets[0], 0.2)  # each of them once
