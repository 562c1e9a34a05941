"""A write that the database undoes for the sake of others is done again, once; the caller hears nothing of it."""

from typing import Any

import pytest
from django.db import OperationalError
from psycopg.errors import DeadlockDetected, LockNotAvailable, SerializationFailure

from claims.models import Claim
from tests.api.calling import Caller
from tests.factories import PolicyFactory, superuser
from vanguard.http import writes

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.once]


def undone(cause: type[Exception]) -> OperationalError:
    error = OperationalError("undone")
    error.__cause__ = cause()
    return error


def filing(monkeypatch: pytest.MonkeyPatch, cause: type[Exception], times: int) -> Any:
    """The answer to a filing that the database undoes so often after all of it was written."""
    monkeypatch.setattr(writes, "PAUSE_SECONDS", 0)
    left = [times]
    created = writes.created

    def answering(*arguments: Any) -> Any:
        answer = created(*arguments)

        def then(record: Any) -> Any:
            response = answer(record)
            if left[0]:
                left[0] -= 1
                raise undone(cause)
            return response

        return then

    from claims.api import claims as api

    monkeypatch.setattr(api, "created", answering)
    policy = PolicyFactory.create()
    body = {"policyId": str(policy.pk), "claimType": "hail", "claimAmount": 5, "incidentDate": "2026-01-01T00:00:00Z", "description": "x"}
    body["incidentDate"] = policy.start_date.isoformat()
    return Caller(superuser()).post("/claims", body, Idempotency_Key="once")


@pytest.mark.parametrize("cause", [DeadlockDetected, SerializationFailure])
def test_a_deadlock_or_a_failed_serialisation_reaches_nobody(monkeypatch: pytest.MonkeyPatch, cause: type[Exception]) -> None:
    assert filing(monkeypatch, cause, 3).status == 201
    assert Claim.objects.count() == 1


def test_one_that_never_goes_through_is_told_in_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writes, "AGAIN_SECONDS", 0.2)
    assert filing(monkeypatch, SerializationFailure, 1_000_000).status == 503
    assert Claim.objects.count() == 0


def test_what_was_refused_for_another_reason_is_not_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    assert filing(monkeypatch, LockNotAvailable, 1).status == 503
    assert Claim.objects.count() == 0
