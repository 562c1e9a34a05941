"""What a form refers to goes away between the service's checks and its commit, where only the database can tell."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.models import Model
from django.test import Client
from django.utils import timezone

from claims.models import Claim, ClaimNote
from policies.models import Policy
from tests.factories import CustomerFactory, PolicyFactory, submitted_claim
from tests.workbench.desk import claim_url, local, send, words
from vanguard.accounts.models import User

pytestmark = pytest.mark.django_db(transaction=True)
SAYS = "Somebody changed what this refers to meanwhile. Nothing was saved."


@contextmanager
def gone_after_saving(model: type[Model], gone: Model) -> Iterator[None]:
    """`gone` is deleted in the transaction that has just saved a `model`, past every check of ours."""
    saving, deleted = f'INSERT INTO "{model._meta.db_table}"', False

    def delete_then(execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        nonlocal deleted
        result = execute(sql, *rest)
        if saving in sql and not deleted:
            deleted = True
            with connection.cursor() as cursor:
                cursor.execute(
                    f"DELETE FROM {gone._meta.db_table} WHERE id = %s",
                    [gone._meta.pk.get_db_prep_value(gone.pk, connection)],
                )
        return result

    with connection.execute_wrapper(delete_then):
        yield


def test_a_policy_that_goes_while_its_claim_is_filed_is_said_and_nothing_is_filed(at_maya: Client) -> None:
    policy = PolicyFactory.create()
    notice = {
        "policy": policy.policy_number,
        "claim_type": "fire",
        "claim_amount": "10.00",
        "incident_date": local(timezone.now() - timedelta(days=3)),
    }
    with gone_after_saving(Claim, policy):
        answer = at_maya.post("/admin/claims/claim/add/", notice)
    assert answer.status_code == 409
    assert SAYS in words(answer)
    assert Claim.objects.count() == 0


def test_a_customer_who_goes_while_a_policy_is_booked_is_said_and_nothing_is_booked(at_priya: Client) -> None:
    owner = CustomerFactory.create()
    terms = {
        "customer": owner.email, "policy_type": "renters", "premium_amount": "10.00", "coverage_amount": "100.00",
        "deductible_amount": "0.00", "start_date": "2026-12-01T00:01",
    }  # fmt: skip
    with gone_after_saving(Policy, owner):
        answer = at_priya.post("/admin/policies/policy/add/", terms)
    assert answer.status_code == 409
    assert SAYS in words(answer)
    assert Policy.objects.count() == 0


def test_a_command_that_meets_it_is_refused_with_what_was_typed(at_maya: Client, maya: User) -> None:
    claim = submitted_claim()
    with gone_after_saving(ClaimNote, maya):
        answer = send(at_maya, claim_url(claim, "note"), text="Called the insured.")
    assert answer.status_code == 409
    assert SAYS in words(answer)
    assert "Called the insured." in answer.content.decode()
    assert not transaction.get_connection().in_atomic_block
    assert ClaimNote.objects.count() == 0
