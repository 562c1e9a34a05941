"""The migration that gives policies from before versions were kept their history."""

import datetime
from decimal import Decimal
from importlib import import_module

import pytest
from django.apps import apps
from django.utils import timezone

from policies.models import Policy
from policies.services import reinstate_policy
from tests.factories import CustomerFactory
from tests.policies.booking import day, fresh

pytestmark = pytest.mark.django_db


def test_policies_from_before_get_their_first_version_and_their_cancellation() -> None:
    terms = {
        "customer": CustomerFactory.create(), "policy_type": "renters", "premium_amount": Decimal("1000.00"),
        "coverage_amount": Decimal("9000.00"), "start_date": day("2021-01-01"), "end_date": day("2022-01-01"),
    }  # fmt: skip
    plain = Policy.objects.create(policy_number="A", **terms)
    cancelled = Policy.objects.create(
        policy_number="B", status="cancelled", cancelled_at=day("2021-07-01"), cancellation_reason="underwriting", **terms
    )
    for _ in range(2):
        import_module("policies.migrations.0006_first_versions").book_what_is_there(apps, None)
    assert [version.premium_change for version in plain.versions.all()] == [Decimal("1000.00")]
    assert [version.premium_change for version in cancelled.versions.all()] == [Decimal("1000.00"), Decimal("-504.11")]
    assert plain.versions.get().booked_at <= timezone.now() + datetime.timedelta(seconds=1)
    assert fresh(cancelled).booked_versions == 2
    assert reinstate_policy(None, cancelled.pk).status == "active"
