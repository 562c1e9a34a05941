"""One bank account on claims of several customers: the facts that the indicator looks at, and what is told of them."""

from decimal import Decimal
from importlib import import_module
from types import SimpleNamespace
from typing import Any

import pytest
from django.apps import apps
from django.db import connection

from claims.fraud.facts import facts_of, facts_of_many
from claims.fraud.models import Code, FraudRule
from claims.fraud.seeding import FIRST
from claims.models import Claim
from claims.services import pay_claim
from tests.api.calling import Caller
from tests.claims.test_payees_accounts import OTHER, paid_to
from tests.factories import adjuster, supervisor

pytestmark = pytest.mark.django_db


def accounts(claim: Claim) -> int:
    found = facts_of(Claim.objects.select_related("policy__customer").get(pk=claim.pk)).accounts
    assert facts_of_many([claim])[claim.pk].accounts == found
    return found


def test_an_account_of_another_customers_claim_is_noticed_on_both() -> None:
    one = paid_to()
    assert accounts(one) == 0
    paid_to(**OTHER)
    assert accounts(one) == 0
    two, three = paid_to(), paid_to()
    assert [accounts(claim) for claim in (one, two, three)] == [2, 2, 2]
    shown = Caller(adjuster()).get(f"/claims/{one.pk}/indicators").data["indicators"]
    told = [each["reason"] for each in shown if each["code"] == "shared_account"]
    assert told == ["A bank account of its payments is also one of payments on claims of 2 other customers."]


def test_one_customers_claims_share_theirs_and_so_do_costs_of_adjusting() -> None:
    one = paid_to()
    assert accounts(paid_to(one.policy.customer)) == 0
    boss = supervisor()
    for claim in (one, paid_to(**OTHER)):
        surveyor: dict[str, Any] = {"routing_number": "011401533", "account_number": "70001112"}
        pay_claim(boss, claim.pk, amount=Decimal("50.00"), cost_type="expense", payee="Castellan Surveyors", **surveyor)
        assert accounts(claim) == 0


def test_a_company_that_has_rules_gets_this_one_once_and_another_gets_all_at_once() -> None:
    migration, editor = import_module("claims.fraud.migrations.0003_shared_account"), SimpleNamespace(connection=connection)
    FraudRule.objects.filter(code="shared_account").delete()
    for _ in range(2):
        migration.add_rule(apps, editor)
    rule = FraudRule.objects.get(code="shared_account")
    assert (rule.parameters, rule.weight) == FIRST[Code.SHARED_ACCOUNT]
    migration.take_rule_out(apps, editor)
    assert not FraudRule.objects.filter(code="shared_account").exists()
    FraudRule.objects.all().delete()
    migration.add_rule(apps, editor)
    assert not FraudRule.objects.exists()
