"""/api/claims/{id}/claimants: for staff, masked, with the claim's version; a policyholder sees nothing of it."""

from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from claims.services import ToldClaimant, add_claimant
from tests.api.calling import Caller
from tests.factories import CustomerFactory, adjuster, policyholder, staff, started_claim, submitted_claim
from vanguard.encryption.owned import keyring

pytestmark = pytest.mark.django_db
NORA = {"claimsFor": "bodily_injury", "name": "Nora Vale", "email": "nora@vale.example", "phone": "(916) 555-0177", "address": "4 Elm Row"}


def test_named_listed_and_ended_with_what_is_personal_masked() -> None:
    owner = adjuster()
    claim = started_claim(owner)
    caller, path = Caller(owner), f"/claims/{claim.pk}/claimants"
    made = caller.post(path, NORA, If_Match=f'"{claim.version}"')
    assert (made.status, made.headers["ETag"]) == (201, f'"{claim.version + 1}"')
    shown = {name: made.data.get(name) for name in ("name", "email", "phone", "address", "kind", "claimsFor", "addedById", "isErased")}
    assert shown == {
        "name": "Nora Vale",
        "email": "n••••@vale.example",
        "phone": "•••• 0177",
        "address": "••••",
        "kind": "person",
        "claimsFor": "bodily_injury",
        "addedById": str(owner.pk),
        "isErased": False,
    }
    customer = CustomerFactory.create(first_name="Ida", last_name="Poole")
    caller.post(path, {"claimsFor": "other", "customerId": str(customer.pk)})
    ended = caller.post(f"{path}/{made.data['id']}/end", {"reason": "Not hurt"})
    assert (ended.status, ended.data["endedBecause"]) == (200, "Not hurt")
    keyring.remembered.clear()
    rows = Caller(staff("Compliance")).get(path).data["data"]
    assert [(row["name"], row.get("customerId")) for row in rows] == [("Nora Vale", None), ("Ida Poole", str(customer.pk))]
    assert [row["name"] for row in caller.get(f"{path}?open=true").data["data"]] == ["Ida Poole"]
    assert [row["name"] for row in caller.get(f"{path}?open=false").data["data"]] == ["Nora Vale"]


def test_a_stale_page_is_told_and_nothing_is_kept() -> None:
    owner = adjuster()
    claim = started_claim(owner)
    assert Caller(owner).post(f"/claims/{claim.pk}/claimants", NORA, If_Match='"1"').status == 412
    assert not claim.claimants.exists()


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"claimsFor": "bodily_injury"}, 422),
        ({"claimsFor": "wages", "name": "Nora"}, 422),
        ({"claimsFor": "other", "name": "Nora", "ssn": "917-65-4321"}, 422),
        ({"claimsFor": "other", "customerId": str(uuid4())}, 404),
        ({"claimsFor": "other", "name": "Nora", "email": "no address"}, 422),
    ],
)
def test_what_cannot_be_is_refused(body: dict[str, str], status: int) -> None:
    owner = adjuster()
    claim = started_claim(owner)
    assert Caller(owner).post(f"/claims/{claim.pk}/claimants", body).status == status
    assert not claim.claimants.exists()


def test_the_same_key_names_one_claimant() -> None:
    owner = adjuster()
    claim = started_claim(owner)
    first, second = (Caller(owner).post(f"/claims/{claim.pk}/claimants", NORA, Idempotency_Key="nora-1") for _ in range(2))
    assert first.data == second.data
    assert claim.claimants.count() == 1


def test_a_policyholder_sees_nobody_of_the_own_claim_and_not_that_there_is_anybody_on_anothers() -> None:
    claim, other = submitted_claim(), submitted_claim()
    claimant = add_claimant(None, claim.pk, ToldClaimant("other", name="Nora Vale"))
    caller = Caller(policyholder(claim.policy.customer))
    for path in (f"/claims/{claim.pk}/claimants", f"/claims/{other.pk}/claimants"):
        answer = caller.get(path)
        assert (answer.status, "Nora" in answer.text) == (403 if str(claim.pk) in path else 404, False)
    assert caller.post(f"/claims/{claim.pk}/claimants/{claimant.pk}/end", {"reason": "No"}).status == 403
    assert "Nora" not in caller.get(f"/claims/{claim.pk}").text


def test_a_claimant_of_another_claim_is_not_found() -> None:
    owner = adjuster()
    claim, other = started_claim(owner), started_claim(owner)
    claimant = add_claimant(None, other.pk, ToldClaimant("other", name="Nora Vale"))
    assert Caller(owner).post(f"/claims/{claim.pk}/claimants/{claimant.pk}/end", {"reason": "No"}).status == 404


def test_a_long_list_is_read_in_as_many_questions_as_a_short_one() -> None:
    claim, caller = submitted_claim(), Caller(adjuster())
    add_claimant(None, claim.pk, ToldClaimant("other", name="Nora Vale"))
    caller.get(f"/claims/{claim.pk}/claimants")
    counts = []
    for turn in range(2):
        keyring.remembered.clear()
        with CaptureQueriesContext(connection) as asked:
            caller.get(f"/claims/{claim.pk}/claimants")
        counts.append(len(asked))
        for number in range(5):
            add_claimant(None, claim.pk, ToldClaimant("other", name=f"Nora Vale {10 * turn + number}"))
    assert counts[0] == counts[1]
