"""New records are made quickly, and are those that Django would have made."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from auditlog.models import LogEntry
from django.db import models

from claims.clocks.models import Clock
from claims.decisions.models import CoverageCheck
from claims.diary.models import DiaryEntry
from claims.intake.models import ClaimLink, Triage
from claims.models import Claim, ClaimDocument, ClaimTransition
from customers.models import Customer, DataKey
from policies.models import Policy, PolicySegment, PolicyVersion
from vanguard.accounts.models import User
from vanguard.making import new
from vanguard.models import IdempotencyKey

pytestmark = pytest.mark.once
CLAIM, PERSON = Claim(pk=UUID(int=1), claim_number="CLM-1"), User(pk=UUID(int=2))
CUSTOMER = Customer(pk=UUID(int=5), email="a@example.com")
POLICY = Policy(pk=UUID(int=6), customer=CUSTOMER)
VERSION = PolicyVersion(pk=UUID(int=7), policy=POLICY)
GIVEN: list[tuple[type[models.Model], dict[str, Any]]] = [
    (Claim, {"claim_number": "CLM-2", "description": "Water", "assignee": PERSON}),
    (Claim, {"pk": UUID(int=3)}),
    (ClaimTransition, {"claim": CLAIM, "actor": None, "command": "submit"}),
    (ClaimDocument, {"claim": CLAIM, "file": "a.pdf"}),
    (ClaimLink, {"later": CLAIM, "earlier_id": UUID(int=4), "kind": ClaimLink.Kind.SAME_EVENT}),
    (Clock, {"claim_id": CLAIM.pk, "days": 15}),
    (CoverageCheck, {"claim": CLAIM, "step": CoverageCheck.Step.SUBMIT}),
    (Customer, {"email": "b@example.com", "phone": "+1 916 555 0142", "date_of_birth": date(1951, 4, 9), "address": "Sacramento, CA"}),
    (DataKey, {"customer": CUSTOMER, "secret": "s"}),
    (DiaryEntry, {"claim": CLAIM, "owner": PERSON, "what": "Call"}),
    (IdempotencyKey, {"user": PERSON, "status": 201, "headers": {"ETag": '"1"'}}),
    (LogEntry, {"object_pk": "1", "action": LogEntry.Action.CREATE}),
    (Policy, {"customer": CUSTOMER, "product_version": None, "premium_amount": Decimal(400), "status": Policy.Status.EXPIRED}),
    (PolicySegment, {"version": VERSION, "days": 365, "covers": None, "in_force": True}),
    (PolicyVersion, {"policy": POLICY, "number": 1, "changes": {"policy_type": "auto"}, "actor": None}),
    (Triage, {"claim": CLAIM, "severity": "low"}),
]


def told(record: models.Model) -> dict[str, Any]:
    """All that it holds; of a key or a moment that is another one each time only that there is one."""
    values = {field.attname: getattr(record, field.attname) for field in record._meta.concrete_fields}
    is_made = {name: isinstance(value, datetime) or (isinstance(value, UUID) and value.int > 9) for name, value in values.items()}
    stable = {name: type(value) if is_made[name] else value for name, value in values.items()}
    return stable | record._state.fields_cache | {"adding": record._state.adding}


@pytest.mark.parametrize(("model", "given"), GIVEN, ids=lambda part: part.__name__ if isinstance(part, type) else "")
def test_a_new_record_is_the_one_that_its_model_makes(model: type[models.Model], given: dict[str, Any]) -> None:
    assert told(new(model, **given)) == told(model(**given))


def test_what_is_no_field_is_refused() -> None:
    with pytest.raises(TypeError, match="no colour"):
        new(Claim, colour="red")


def test_defaults_that_can_change_are_nobody_elses() -> None:
    new(IdempotencyKey).headers["ETag"] = '"1"'
    assert new(IdempotencyKey).headers == {}
