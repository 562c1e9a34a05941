"""What the fields refuse outside of forms is what Django refuses, though plain values are asked less."""

import datetime
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import models

from claims.models import Claim
from customers.models import Customer
from policies.models import Policy
from vanguard.validation import field_errors

pytestmark = pytest.mark.once
NOW = datetime.datetime(2026, 11, 26, 12, tzinfo=datetime.UTC)
CLAIM: dict[str, Any] = {
    "claim_number": "CLM-1",
    "claim_type": "hail",
    "claim_amount": Decimal("1.50"),
    "incident_date": NOW,
    "reported_date": NOW,
}
CHANGED: list[tuple[type[models.Model], dict[str, Any]]] = [
    (Claim, {}),
    *(
        (Claim, {"claim_amount": value})
        for value in (Decimal(-1), Decimal("NaN"), Decimal("1.234"), Decimal(10**14), 5, "7.25", "seven", None, "")
    ),
    *((Claim, {"claim_type": value}) for value in ("", "x" * 51, None, 7)),
    *((Claim, {"incident_date": value}) for value in (None, "", "2026-02-30", "2026-11-26T10:00:00Z", datetime.date(2026, 11, 26))),
    *((Claim, {"status": value}) for value in ("pending", "lost", "")),
    *((Claim, {"amount_is_minimum": value}) for value in (True, "yes", None)),
    *((Claim, {"description": value}) for value in ("", "Water\nin the kitchen", "x" * 10_001)),
    *((Customer, {"email": value}) for value in ("a@example.com", "nobody", "", "a" * 250 + "@example.com")),
    (Policy, {"premium_amount": Decimal(-1), "coverage_amount": Decimal(0), "start_date": NOW, "end_date": None, "policy_type": "auto"}),
]


def as_django_does(instance: models.Model) -> tuple[set[tuple[str, str, str]], dict[str, Any]]:
    """What the fields refuse, and what they leave."""
    fields = [field for field in instance._meta.concrete_fields if field.editable and not field.is_relation]
    said = set()
    try:
        instance.clean_fields(exclude={field.name for field in instance._meta.concrete_fields} - {field.name for field in fields})
    except ValidationError as error:
        for name, errors in error.error_dict.items():
            said |= {(name, each.code or "invalid", " ".join(each.messages)) for each in errors}
    return said, {field.name: getattr(instance, field.attname) for field in fields}


@pytest.mark.parametrize(("model", "changed"), CHANGED)
def test_what_is_refused_and_what_is_left_is_as_django_has_it(model: type[models.Model], changed: dict[str, Any]) -> None:
    given = {**(CLAIM if model is Claim else {}), **changed}
    ours, djangos = model(**given), model(**given)
    refused = {(error.field, error.code, error.message) for error in field_errors(ours)}
    expected, left = as_django_does(djangos)
    assert refused == expected
    names = left.keys() - {name for name, _, _ in refused}
    assert {name: getattr(ours, name) for name in names} == {name: left[name] for name in names}
