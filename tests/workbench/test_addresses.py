"""What an address can ask for: bounded, declared, and without the names of people."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from claims.models import Claim, ClaimTransition
from claims.services import add_note
from tests.factories import CustomerFactory, PolicyFactory, started_claim, submitted_claim
from tests.workbench.desk import source, words
from vanguard.accounts.models import User
from vanguard.text import search_words

pytestmark = pytest.mark.django_db
CLAIMS, POLICIES, CUSTOMERS = "/admin/claims/claim/", "/admin/policies/policy/", "/admin/customers/customer/"
SEARCHES = (
    "/admin/search/", CLAIMS, POLICIES, CUSTOMERS, f"{CLAIMS}policies/", f"{POLICIES}customers/",
    "/admin/accounts/user/", "/admin/auditlog/logentry/",
)  # fmt: skip


@pytest.mark.parametrize("page", SEARCHES)
@pytest.mark.parametrize("term", ["a " * 1900, "1 " * 1900, "ab" * 20_000], ids=["words", "figures", "length"])
@pytest.mark.slow
def test_a_search_for_nearly_two_thousand_words_costs_what_one_for_five_costs(everybody: dict[str, Client], page: str, term: str) -> None:
    with CaptureQueriesContext(connection) as captured:
        assert everybody["administrator"].get(page, {"q": term}).status_code == 200
    assert max(len(query["sql"]) for query in captured) < 20_000


def test_only_the_first_words_of_a_search_count() -> None:
    assert search_words(" one  two three\tfour five six ") == ["one", "two", "three", "four", "five"]
    assert search_words("x" * 101) == ["x" * 100]
    assert search_words("a\0b") == ["ab"]


def test_a_full_name_of_five_words_is_found(at_maya: Client) -> None:
    CustomerFactory.create(first_name="Anna Maria", last_name="de la Cruz")
    submitted_claim(PolicyFactory.create(customer=CustomerFactory.create(last_name="Delgado")))
    assert source(at_maya.get(CUSTOMERS, {"q": "Anna"})).count('class="wb-id"') == 1


@pytest.mark.parametrize("day", ["9999-12-31", "9999-12-30", "0001-01-01", "1899-12-31", "2201-01-01"])
@pytest.mark.parametrize("name", [CLAIMS + "?due_at", POLICIES + "?end_date", CUSTOMERS + "?created_at"])
@pytest.mark.parametrize("edge", ["from", "to"])
def test_a_day_at_the_end_of_the_calendar_is_left_out_and_said_so(everybody: dict[str, Client], name: str, edge: str, day: str) -> None:
    answer = everybody["administrator"].get(f"{name}_{edge}={day}", follow=True)
    assert answer.status_code == 200
    assert "was not understood" in words(answer)


def test_a_filter_takes_the_first_and_the_last_year(at_maya: Client) -> None:
    answer = at_maya.get(f"{CLAIMS}?view=all&due_at_from=1900-01-01&due_at_to=2200-12-31")
    assert answer.status_code == 200
    assert "1900-01-01 to 2200-12-31" in words(answer)


@pytest.mark.parametrize(
    "query",
    ["ssn_hash__startswith=", "ssn_hash=", "email__startswith=rosa", "user__isnull=1", "first_name__regex=.*", "no_such_field=1"],
)
def test_the_list_of_customers_is_narrowed_by_no_column_that_it_does_not_offer(at_maya: Client, query: str) -> None:
    CustomerFactory.create()
    answer = at_maya.get(f"{CUSTOMERS}?{query}", follow=True)
    assert "was not understood" in words(answer)
    assert source(answer).partition("<tbody")[2].count('class="wb-id"') == 1


@pytest.mark.parametrize(
    "query",
    [
        f"{CLAIMS}?view=all&policy__customer__ssn_hash__startswith=a",
        f"{CLAIMS}?view=all&approved_amount__gt=1",
        f"{CLAIMS}?view=all&id__in=1",
        f"{POLICIES}?customer__email__startswith=a",
        f"{POLICIES}?premium_amount__gt=1",
        f"{POLICIES}?customer=1",
        f"{POLICIES}?customer=00000000-0000-0000-0000-000000000000",
    ],
)
def test_neither_are_claims_and_policies(at_maya: Client, query: str) -> None:
    submitted_claim()
    answer = at_maya.get(query, follow=True)
    assert answer.status_code == 200
    assert "was not understood" in words(answer)


def test_from_a_customers_page_every_link_names_the_customer_by_key(at_priya: Client) -> None:
    rosa = CustomerFactory.create(first_name="Rosa", last_name="Delgado", email="rosa@example.com")
    for _ in range(12):
        submitted_claim(PolicyFactory.create(customer=rosa))
    other = submitted_claim()
    page = source(at_priya.get(f"{CUSTOMERS}{rosa.pk}/change/"))
    links = [part.partition('"')[0] for part in page.partition("<main")[2].split('href="')[1:]]
    assert not [link for link in links if "rosa" in link or "%40" in link]
    for link in (f"{POLICIES}?customer={rosa.pk}", f"{CLAIMS}?view=all&amp;customer={rosa.pk}"):
        assert link in links
        listed = at_priya.get(link.replace("&amp;", "&"))
        assert "Customer Rosa Delgado" in words(listed)
        assert source(listed).partition("<tbody")[2].count('class="wb-id"') == 12
        assert other.claim_number not in source(listed)


def test_a_booking_from_a_customers_page_knows_the_customer(at_priya: Client) -> None:
    rosa = CustomerFactory.create(email="rosa@example.com")
    link = f"{POLICIES}add/?customer={rosa.pk}"
    assert f'href="{link}"' in source(at_priya.get(f"{CUSTOMERS}{rosa.pk}/change/"))
    assert 'value="rosa@example.com"' in source(at_priya.get(link))
    for nobody in ("rosa@example.com", "00000000-0000-0000-0000-000000000000", "x", ""):
        assert "rosa@example.com" not in source(at_priya.get(f"{POLICIES}add/", {"customer": nobody}))


def test_what_was_done_travels_in_no_cookie(at_priya: Client) -> None:
    sent = {"email": "rosa@example.com", "first_name": "Rosa", "last_name": "Delgado"}
    answer = at_priya.post(f"{CUSTOMERS}add/", sent)
    assert answer.status_code == 302
    assert "messages" not in answer.cookies
    assert "Rosa Delgado is a customer now." in words(at_priya.get(answer.headers["Location"]))


@pytest.mark.once
def test_opening_addresses_never_changes_anything(at_daniel: Client, daniel: User) -> None:
    claim = started_claim(daniel)
    add_note(daniel, claim.pk, text="Nothing moves.")
    before = (claim.version, ClaimTransition.objects.count())
    for name in (
        "take",
        "start",
        "approve",
        "deny",
        "close",
        "reopen",
        "assign",
        "remove",
        "note",
        "document",
        "edit",
        "delete",
        "history",
    ):
        at_daniel.get(f"/admin/claims/claim/{claim.pk}/{name}/")
    assert at_daniel.get("/admin/claims/claim/next/").status_code == 405
    assert (Claim.objects.get(pk=claim.pk).version, ClaimTransition.objects.count()) == before


@pytest.mark.once
def test_a_record_that_is_not_there_is_not_found(at_maya: Client) -> None:
    policy = PolicyFactory.create()
    for url in (
        f"/admin/claims/claim/{policy.pk}/change/",
        f"/admin/claims/claim/{policy.pk}/approve/",
        "/admin/claims/claim/not-a-key/change/",
        f"/admin/policies/policy/{CustomerFactory.create().pk}/change/",
        "/admin/nothing/here/",
    ):
        response = at_maya.get(url)
        assert response.status_code == 404, url
        assert b"Not found" in response.content
