"""Every list and every record page makes the same number of queries, however many rows there are."""

from collections.abc import Callable
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import Settings

from claims.models import Claim, ClaimPayment
from claims.services import add_note, approve_claim, attach_document
from tests.factories import PolicyFactory, adjuster, started_claim, submitted_claim
from tests.quotes.making import product
from tests.workbench.desk import claim_url
from vanguard.accounts.models import User

pytestmark = [pytest.mark.django_db, pytest.mark.once]
# page → the most queries that it may take; session, person, rights and roles are four of them, the sidebar's diary is one.
LISTS = {
    "/admin/": 30,
    "/admin/claims/claim/": 16,
    "/admin/claims/claim/?view=all": 16,
    "/admin/claims/claim/?view=team&q=finch": 17,
    "/admin/claims/claim/?view=team&q=CLM": 16,
    "/admin/claims/claim/?view=all&o=-6&status=pending": 16,
    "/admin/policies/policy/": 17,
    "/admin/policies/policy/?q=finch": 18,
    "/admin/customers/customer/": 11,
    "/admin/customers/customer/?q=finch": 12,
    "/admin/search/?q=finch": 16,
    "/admin/billing/billingaccount/": 15,
}


def queries(client: Client, url: str) -> int:
    client.get(url)
    with CaptureQueriesContext(connection) as captured:
        assert client.get(url).status_code == 200
    return len(captured)


def few(owner: User) -> None:
    """Five claims, one of each sort."""
    for _ in range(3):
        started_claim(owner)
    submitted_claim()
    large = started_claim(owner, PolicyFactory.create(coverage_amount=Decimal("90000.00")), claim_amount=Decimal("60000.00"))
    approve_claim(owner, large.pk)


def test_a_list_takes_as_many_queries_for_fifty_rows_as_for_five(maya: User, at_daniel: Client, at_maya: Client) -> None:
    few(maya)
    with_five = {page: (queries(at_daniel, page), queries(at_maya, page)) for page in LISTS}
    for owner in (maya, adjuster(), adjuster()) * 3:
        few(owner)
    assert Claim.objects.count() == 50
    assert {page: (queries(at_daniel, page), queries(at_maya, page)) for page in LISTS} == with_five
    assert {page: counts for page, counts in with_five.items() if max(counts) > LISTS[page]} == {}


def test_a_claims_page_takes_as_many_queries_with_a_thick_file_as_with_a_thin_one(
    maya: User, at_maya: Client, thicken: Callable[[Claim], None]
) -> None:
    claim = started_claim(maya, PolicyFactory.create(product_version=product().versions.latest("number")))
    thin = queries(at_maya, claim_url(claim))
    thicken(claim)
    assert queries(at_maya, claim_url(claim)) == thin
    # Five of them for the indicators, three for the diary, one each for claimants, clocks, links, look-alikes, letters, and what is open of
    # the cover, which the approval warns of.
    assert thin <= 35


def test_policy_and_customer_pages_take_a_fixed_number_of_queries(maya: User, at_maya: Client) -> None:
    claim = submitted_claim()
    pages = (f"/admin/policies/policy/{claim.policy_id}/change/", f"/admin/customers/customer/{claim.policy.customer_id}/change/")
    thin = [queries(at_maya, page) for page in pages]
    for _ in range(8):
        submitted_claim(claim.policy)
        PolicyFactory.create(customer=claim.policy.customer)
    assert [queries(at_maya, page) for page in pages] == thin
    assert max(thin) <= 18  # each room that hangs a panel on them asks once or twice


@pytest.fixture
def thicken(maya: User, tmp_path: object, settings: Settings) -> Callable[[Claim], None]:
    """Puts notes, documents, payments and neighbours into a claim's file."""
    settings.MEDIA_ROOT = tmp_path

    def thick(claim: Claim) -> None:
        for number in range(10):
            add_note(maya, claim.pk, text=f"Note {number}")
            attach_document(maya, claim.pk, upload=SimpleUploadedFile(f"{number}.pdf", b"%PDF-1.7 " + str(number).encode()))
            ClaimPayment.objects.create(claim=claim, amount=Decimal("1.00"), paid_at=timezone.now())
            submitted_claim(claim.policy)

    return thick
