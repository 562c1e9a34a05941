"""What a published version of a product holds never changes, so a process reads it once; a draft's is read each time."""

from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoAssertNumQueries

from claims.services import approve_claim, pay_claim, start_claim
from policies.products import services
from policies.products.models import Coverage, ProductVersion
from policies.reading import form_of, promises_held, promises_in
from tests.factories import PolicyFactory, submitted_claim, supervisor
from tests.products.test_versions import draft, latest

pytestmark = pytest.mark.django_db


def test_what_a_published_version_promises_and_says_is_asked_once(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    one, other = (PolicyFactory.create(product_version=latest()) for _ in range(2))
    with django_assert_num_queries(2):
        promised, form = promises_held(one), form_of(one)
    with django_assert_num_queries(0):
        assert (promises_held(other), form_of(other)) == (promised, form)
    assert [each.code for each in promised.all] == list(Coverage.objects.filter(product_version=latest()).values_list("code", flat=True))
    assert form.named("a.1") is not None


def test_a_draft_is_read_anew_after_each_change() -> None:
    made = draft()
    assert promises_in(made.pk).answering("fire").name != "House"
    services.update_coverage(None, made.principal.pk, version=None, changes={"name": "House"})
    assert promises_in(made.pk).answering("fire").name == "House"


def test_each_version_keeps_its_own() -> None:
    for version in [*ProductVersion.objects.filter(status="published")] * 2:
        codes = Coverage.objects.filter(product_version=version).values_list("code", flat=True)
        assert [each.code for each in promises_in(version.pk).all] == list(codes)


def test_decisions_on_one_claim_after_another_ask_nothing_more_about_the_product() -> None:
    policy = PolicyFactory.create(product_version=latest(), coverage_amount=Decimal("100000.00"))
    person = supervisor()
    for _ in range(2):
        claim = submitted_claim(policy)
        with CaptureQueriesContext(connection) as asked:
            start_claim(person, claim.pk)
            approve_claim(person, claim.pk)
            pay_claim(person, claim.pk, amount=Decimal("10.00"))
    assert not [each for each in asked if '"products_' in each["sql"]]
