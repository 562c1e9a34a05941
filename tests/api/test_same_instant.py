"""Two at the same instant, in real transactions on threads of their own: on SQLite and on PostgreSQL."""

import datetime
import threading
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from django.db import connection

from claims.models import Claim
from customers.models import Customer
from policies.models import Policy
from tests.api.calling import Answer, Caller
from tests.factories import CustomerFactory, PolicyFactory, submitted_claim, superuser
from tests.quotes.making import quoted
from vanguard.accounts.models import TokenFamily
from vanguard.accounts.tokens import start_family

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*calls: Callable[[], Answer]) -> list[Answer]:
    """The answers to calls that start together, each on a connection of its own."""
    barrier, answers = threading.Barrier(len(calls)), []

    def run(call: Callable[[], Answer]) -> None:
        try:
            barrier.wait(timeout=10)
            answers.append(call())
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(call,)) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert len(answers) == len(calls)
    return answers


def policy_body(**fields: Any) -> dict[str, Any]:
    return {
        "customerId": str(CustomerFactory.create().pk),
        "policyType": "homeowners",
        "premiumAmount": 1,
        "coverageAmount": 2,
        "startDate": "2026-01-01",
        "endDate": "2027-01-01",
    } | fields


def test_one_number_sent_eight_times_serves_once() -> None:
    caller, body = Caller(superuser()), policy_body(policyNumber="H-1")
    answers = at_once(*[lambda: caller.post("/policies", body)] * 8)
    assert sorted(answer.status for answer in answers) == [201] + [409] * 7
    assert all(answer.errors == {"policyNumber": "duplicate"} for answer in answers if answer.status == 409)
    assert Policy.objects.count() == 1


def test_eight_policies_get_eight_numbers() -> None:
    caller, body = Caller(superuser()), policy_body()
    answers = at_once(*[lambda: caller.post("/policies", body)] * 8)
    assert len({answer.data["policyNumber"] for answer in answers}) == 8


def test_one_email_sent_twice_serves_once() -> None:
    caller = Caller(superuser())
    body = {"email": "rosa@example.com", "firstName": "Rosa", "lastName": "Diaz"}
    answers = at_once(lambda: caller.post("/customers", body), lambda: caller.post("/customers", body | {"email": "ROSA@example.com"}))
    assert sorted(answer.status for answer in answers) == [201, 409]
    assert Customer.objects.count() == 1


def test_two_who_merge_the_same_two_the_other_way_round_merge_them_once() -> None:
    caller, boss = Caller(superuser()), Caller(superuser())
    for _ in range(5):
        one, other = (PolicyFactory.create().customer for _ in range(2))
        merge = partial(caller.post, f"/customers/{one.pk}/merge", {"customerId": str(other.pk)})
        answers = at_once(merge, partial(boss.post, f"/customers/{other.pk}/merge", {"customerId": str(one.pk)}))
        assert sorted(answer.status for answer in answers) == [200, 409]
        assert next(answer for answer in answers if answer.status == 409).body["errors"][0]["code"] == "merged"
        assert sorted(each.policies.count() for each in (one, other)) == [0, 2]


def test_a_policy_that_is_booked_while_its_customer_is_merged_is_with_the_kept_one_or_not_booked() -> None:
    caller, kept = Caller(superuser()), CustomerFactory.create()
    for _ in range(5):
        merged = CustomerFactory.create()
        book = partial(caller.post, "/policies", policy_body(customerId=str(merged.pk)))
        answers = at_once(book, partial(caller.post, f"/customers/{kept.pk}/merge", {"customerId": str(merged.pk)}))
        assert {answer.status for answer in answers} in ({201, 200}, {409, 200})
        assert not merged.policies.exists()


def test_the_same_key_sent_eight_times_is_done_once_and_answered_alike() -> None:
    caller, body = Caller(superuser()), policy_body()
    answers = at_once(*[lambda: caller.post("/policies", body, Idempotency_Key="once")] * 8)
    assert {(answer.status, answer.text) for answer in answers} == {(201, answers[0].text)}
    assert Policy.objects.count() == 1


def test_the_same_key_with_two_bodies_serves_one_of_them() -> None:
    caller, body = Caller(superuser()), policy_body()
    answers = at_once(
        lambda: caller.post("/policies", body, Idempotency_Key="once"),
        lambda: caller.post("/policies", body | {"policyType": "auto"}, Idempotency_Key="once"),
    )
    assert sorted(answer.status for answer in answers) == [201, 409]
    assert Policy.objects.count() == 1


def test_of_eight_changes_to_one_version_one_is_made() -> None:
    caller, policy = Caller(superuser()), PolicyFactory.create()
    calls = [lambda amount=amount: caller.patch(f"/policies/{policy.pk}", {"premiumAmount": amount}, If_Match='"1"') for amount in range(8)]
    answers = at_once(*calls)
    assert sorted(answer.status for answer in answers) == [200] + [412] * 7
    policy.refresh_from_db()
    assert policy.version == 2


def test_of_eight_who_start_a_claim_one_does() -> None:
    caller, claim = Caller(superuser()), submitted_claim()
    answers = at_once(*[lambda: caller.post(f"/claims/{claim.pk}/start")] * 8)
    assert sorted(answer.status for answer in answers) == [200] + [409] * 7
    assert claim.transitions.filter(command="start").count() == 1


def test_of_eight_who_bind_a_quote_one_does_and_there_is_one_policy() -> None:
    caller, quote = Caller(superuser()), quoted()
    answers = at_once(*[lambda: caller.post(f"/quotes/{quote.pk}/bind")] * 8)
    assert sorted(answer.status for answer in answers) == [200] + [409] * 7
    assert all(answer.errors == {"status": "already_bound"} for answer in answers if answer.status == 409)
    assert Policy.objects.get().quote == quote


def test_a_refresh_token_used_twice_at_once_serves_one_and_ends_the_family() -> None:
    pair = start_family(superuser())
    body = {"refreshToken": pair.refresh}
    answers = at_once(*[lambda: Caller().post("/auth/refresh", body)] * 4)
    assert sorted(answer.status for answer in answers) == [200, 401, 401, 401]
    assert TokenFamily.objects.get().ended_at is not None
    winner = next(answer for answer in answers if answer.status == 200)
    assert Caller(token=winner.data["accessToken"]).get("/auth/me").status == 401


def test_a_policy_is_not_deleted_under_a_claim_that_is_being_filed() -> None:
    caller, policy = Caller(superuser()), PolicyFactory.create()
    loss = (policy.start_date + datetime.timedelta(days=1)).isoformat()
    body = {"policyId": str(policy.pk), "claimType": "theft", "claimAmount": 1, "incidentDate": loss}
    answers = at_once(lambda: caller.post("/claims", body), lambda: caller.delete(f"/policies/{policy.pk}", If_Match='"1"'))
    assert {answer.status for answer in answers} in ({201, 409}, {404, 204})
    assert Claim.objects.count() == Policy.objects.count()
