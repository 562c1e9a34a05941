import datetime
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from claims.models import Claim
from customers.models import Customer
from tests.api.calling import Caller
from tests.factories import CustomerFactory, PolicyFactory, adjuster, submitted_claim, supervisor, underwriter
from vanguard.models import IdempotencyKey

pytestmark = pytest.mark.django_db
KEY = "b7c1-first.try:1"


def rosa(**fields: Any) -> dict[str, Any]:
    return {"email": "rosa@example.com", "firstName": "Rosa", "lastName": "Diaz", "phone": "+1 916 555 0199"} | fields


def test_the_same_key_and_body_give_the_first_answer_again_in_every_byte() -> None:
    caller = Caller(underwriter())
    first = caller.post("/customers", rosa(), Idempotency_Key=KEY)
    second = caller.post("/customers", rosa(), Idempotency_Key=KEY)
    assert first.status == 201, first
    assert (second.status, second.text) == (first.status, first.text)
    assert (second.etag, second.headers["Location"]) == (first.etag, first.headers["Location"])
    assert Customer.objects.count() == 1


def test_the_same_key_with_another_body_is_409() -> None:
    caller = Caller(underwriter())
    caller.post("/customers", rosa(), Idempotency_Key=KEY)
    answer = caller.post("/customers", rosa(email="other@example.com"), Idempotency_Key=KEY)
    assert (answer.status, answer.errors) == (409, {"Idempotency-Key": "idempotency_key_reused"})
    assert Customer.objects.count() == 1


def test_a_key_is_one_persons_and_for_one_path() -> None:
    claim, other, policy = submitted_claim(), submitted_claim(), PolicyFactory.create()
    boss = Caller(supervisor())
    for path in (f"/claims/{claim.pk}/start", f"/claims/{other.pk}/start", f"/claims/{other.pk}/assign"):
        boss.post(path, Idempotency_Key=KEY)
    body = {"policyId": str(policy.pk), "claimType": "theft", "claimAmount": 1, "incidentDate": policy.start_date.isoformat()}
    for user, kind in ((adjuster(), "theft"), (adjuster(), "fire")):
        assert Caller(user).post("/claims", body | {"claimType": kind}, Idempotency_Key=KEY).status == 201
    assert Claim.objects.filter(status="processing").count() == 2
    assert Claim.objects.filter(policy=policy).count() == 2


def test_a_command_given_twice_is_done_once() -> None:
    claim, caller = submitted_claim(), Caller(supervisor())
    first = caller.post(f"/claims/{claim.pk}/start", Idempotency_Key=KEY)
    second = caller.post(f"/claims/{claim.pk}/start", Idempotency_Key=KEY)
    assert (first.status, second.text) == (200, first.text)
    assert caller.post(f"/claims/{claim.pk}/start").status == 409
    assert claim.transitions.filter(command="start").count() == 1


def test_an_error_leaves_the_key_free_for_the_corrected_request() -> None:
    CustomerFactory.create(email="rosa@example.com")
    caller = Caller(underwriter())
    assert caller.post("/customers", rosa(), Idempotency_Key=KEY).status == 409
    assert caller.post("/customers", rosa(phone="abc"), Idempotency_Key=KEY).status == 422
    assert IdempotencyKey.objects.count() == 0
    assert caller.post("/customers", rosa(email="rosa.diaz@example.com"), Idempotency_Key=KEY).status == 201


@pytest.mark.parametrize("key", ["", " ", "a b", "x" * 256, "caf\u00e9", "tab\t"])
def test_a_malformed_key_is_422(key: str) -> None:
    answer = Caller(underwriter()).post("/customers", rosa(), Idempotency_Key=key)
    assert (answer.status, answer.errors) == (422, {"Idempotency-Key": "malformed_key"})


@pytest.mark.parametrize("key", ["x", "x" * 255, "!~"])
def test_any_other_key_of_visible_characters_serves(key: str) -> None:
    assert Caller(underwriter()).post("/customers", rosa(), Idempotency_Key=key).status == 201


def test_a_key_is_kept_for_24_hours() -> None:
    caller = Caller(underwriter())
    caller.post("/customers", rosa(), Idempotency_Key=KEY)
    age(hours=23)
    assert caller.post("/customers", rosa(), Idempotency_Key=KEY).status == 201
    age(hours=25)
    assert caller.post("/customers", rosa(), Idempotency_Key=KEY).errors == {"email": "duplicate"}
    assert caller.post("/customers", rosa(email="b@example.com"), Idempotency_Key=KEY).status == 201


def test_expired_keys_are_purged(capsys: pytest.CaptureFixture[str]) -> None:
    caller = Caller(underwriter())
    caller.post("/customers", rosa(), Idempotency_Key="old")
    age(hours=25)
    caller.post("/customers", rosa(email="b@example.com"), Idempotency_Key="new")
    call_command("purge_idempotency_keys")
    assert [row.key for row in IdempotencyKey.objects.all()] == ["new"]
    assert "Deleted 1 " in capsys.readouterr().out


def test_logins_and_lookups_are_never_stored() -> None:
    user = underwriter()
    caller = Caller(user)
    CustomerFactory.create(ssn="078-05-1120")
    answers = [
        caller.post("/customers/lookup", {"ssn": "078-05-1120"}, Idempotency_Key=KEY),
        caller.post("/auth/token", {"email": user.email, "password": "Correct-horse-7!"}, Idempotency_Key=KEY),
        caller.post("/auth/logout", Idempotency_Key=KEY),
    ]
    assert [answer.status for answer in answers] == [200, 200, 204]
    assert IdempotencyKey.objects.count() == 0


def test_what_is_stored_can_neither_be_read_nor_guessed_in_the_database() -> None:
    Caller(underwriter()).post("/customers", rosa(), Idempotency_Key=KEY)
    with connection.cursor() as cursor:
        cursor.execute("SELECT body, body_digest, headers FROM vanguard_idempotencykey")
        row = str(cursor.fetchone())
    assert not any(part in row for part in ("rosa", "Rosa", "0199"))


def age(hours: int) -> None:
    """Make the stored keys that old."""
    IdempotencyKey.objects.update(created_at=timezone.now() - datetime.timedelta(hours=hours))
