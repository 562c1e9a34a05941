"""What is one's own: a policyholder's records, an adjuster's claims."""

import pytest

from tests.api.calling import Caller
from tests.factories import (
    CustomerFactory,
    PolicyFactory,
    policyholder,
    staff,
    submitted_claim,
)

pytestmark = [pytest.mark.django_db, pytest.mark.once]


@pytest.mark.parametrize("path", ["/customers", "/policies", "/claims"])
def test_a_policyholder_sees_only_the_own_whatever_the_filter(path: str) -> None:
    mine, other = submitted_claim(), submitted_claim()
    owner = Caller(policyholder(mine.policy.customer))
    own = {"/customers": mine.policy.customer_id, "/policies": mine.policy_id, "/claims": mine.pk}[path]
    theirs = other.policy.customer
    for query in (
        "",
        "?page_size=100",
        f"?q={theirs.last_name}",
        f"?email={theirs.email}",
        f"?customer_id={theirs.pk}",
        f"?policy_id={other.policy_id}",
    ):
        answer = owner.get(path + query)
        if answer.status == 422:  # no filter of this list
            assert set(answer.errors.values()) == {"unknown_parameter"}, query
            continue
        assert answer.status == 200
        assert set(answer.ids) <= {str(own)}, query
    assert owner.get(path).ids == [str(own)]


def test_an_adjuster_acts_on_own_claims_and_nobodys_only() -> None:
    claim, first, second = submitted_claim(), Caller(staff("Adjuster")), Caller(staff("Adjuster"))
    assert first.post(f"/claims/{claim.pk}/assign").status == 200
    for command in ("assign", "start"):
        assert second.post(f"/claims/{claim.pk}/{command}").status == 403
    assert first.post(f"/claims/{claim.pk}/start").status == 200
    assert second.post(f"/claims/{claim.pk}/approve").errors == {"": "not_your_claim"}
    assert Caller(staff("Supervisor")).post(f"/claims/{claim.pk}/approve").status == 200


def test_only_a_supervisor_gives_a_claim_to_another() -> None:
    claim, other = submitted_claim(), staff("Adjuster")
    body = {"assigneeId": str(other.pk)}
    assert Caller(staff("Adjuster")).post(f"/claims/{claim.pk}/assign", body).status == 403
    answer = Caller(staff("Supervisor")).post(f"/claims/{claim.pk}/assign", body)
    assert (answer.status, answer.data["assigneeId"]) == (200, str(other.pk))
    nobody = {"assigneeId": str(CustomerFactory.create().pk)}
    assert Caller(staff("Supervisor")).post(f"/claims/{claim.pk}/assign", nobody).errors == {"assigneeId": "not_a_handler"}


def test_the_commands_of_a_policy_and_a_claim_end_to_end() -> None:
    policy = PolicyFactory.create(coverage_amount=500_000)
    claim = submitted_claim(policy, claim_amount=100_000)
    maker, boss = Caller(staff("Adjuster")), Caller(staff("Supervisor"))
    assert maker.post(f"/claims/{claim.pk}/start").data["status"] == "processing"
    waiting = maker.post(f"/claims/{claim.pk}/approve", {"amount": 99000, "reason": "Estimate agreed"})
    assert (waiting.status, waiting.data["status"], waiting.data["stage"]) == (200, "processing", "awaiting_approval")
    assert maker.post(f"/claims/{claim.pk}/approve").errors == {"amount": "four_eyes"}
    assert boss.post(f"/claims/{claim.pk}/approve", {"amount": 99000.01}).errors == {"amount": "over_limit"}
    done = boss.post(f"/claims/{claim.pk}/approve")
    assert (done.data["status"], done.data["approvedAmount"]) == ("approved", 99000)
    assert boss.post(f"/claims/{claim.pk}/deny", {"reason": "x"}).errors == {"status": "not_allowed_now"}
    assert "closedAt" in boss.post(f"/claims/{claim.pk}/close").data
    assert boss.post(f"/claims/{claim.pk}/reopen", {}).errors == {"reason": "required"}
    reopened = boss.post(f"/claims/{claim.pk}/reopen", {"reason": "New evidence"})
    assert (reopened.data["status"], "closedAt" in reopened.data) == ("processing", False)
    cancelled = Caller(staff("Underwriter")).post(f"/policies/{policy.pk}/cancel", {"reason": "non_payment"})
    assert (cancelled.data["status"], cancelled.data["cancellationReason"]) == ("cancelled", "non_payment")
    assert Caller(staff("Underwriter")).post(f"/policies/{policy.pk}/cancel").status == 409
