import datetime
from typing import Any

import pytest
from django.test import Client

from customers.models import Customer
from customers.services import create_customer
from tests.factories import CustomerFactory, PolicyFactory, submitted_claim
from tests.workbench.desk import open_form, send, source, words

pytestmark = pytest.mark.django_db
LIST = "/admin/customers/customer/"
SECRETS = ("555 0142", "1961", "Alder Court", "078051120", "078-05-1120")


@pytest.fixture
def harold() -> Customer:
    return create_customer(
        None,
        email="harold@example.com",
        first_name="Harold",
        last_name="Finch",
        phone="+1 916 555 0142",
        date_of_birth=datetime.date(1961, 4, 9),
        address="1187 Alder Court, Sacramento CA",
        ssn="078-05-1120",
    )


def url(customer: Customer, what: str = "change") -> str:
    return f"{LIST}{customer.pk}/{what}/"


def now(customer: Customer) -> Customer:
    return Customer.objects.get(pk=customer.pk)


def names(**changes: Any) -> dict[str, Any]:
    return {"email": "harold@example.com", "first_name": "Harold", "last_name": "Finch"} | changes


def test_the_page_shows_who_it_is_with_policies_and_claims(at_maya: Client, harold: Customer) -> None:
    policy = PolicyFactory.create(customer=harold)
    claim = submitted_claim(policy)
    text = words(at_maya.get(url(harold)))
    for expected in ("Harold Finch", "harold@example.com", policy.policy_number, claim.claim_number, "•••• 0142", "SSN ••••"):
        assert expected in text, expected


def test_personal_data_is_on_no_page_in_no_form_for_nobody(everybody: dict[str, Client], harold: Customer) -> None:
    claim = submitted_claim(PolicyFactory.create(customer=harold))
    pages = [
        LIST,
        url(harold),
        url(harold, "edit"),
        url(harold, "remove"),
        f"/admin/claims/claim/{claim.pk}/change/",
        "/admin/search/?q=finch",
    ]
    pages += [f"/admin/policies/policy/{claim.policy_id}/change/", "/admin/auditlog/logentry/"]
    for client in everybody.values():
        for page in pages:
            text = source(client.get(page))
            assert not [secret for secret in SECRETS if secret in text], page


def test_the_edit_form_starts_empty_where_it_is_personal_and_says_what_stays(at_priya: Client, harold: Customer) -> None:
    page = at_priya.get(url(harold, "edit"))
    assert "Leave empty to keep •••• 0142" in words(page)
    for name in ("phone", "date_of_birth", "ssn"):
        field = source(page).partition(f'name="{name}"')[2].partition(">")[0]
        assert field
        assert "value=" not in field


def test_saving_without_a_change_keeps_all_personal_data(at_priya: Client, harold: Customer) -> None:
    before = now(harold)
    assert "Nothing was changed" in words(send(at_priya, url(harold, "edit"), "edit-form", **names()))
    after = now(harold)
    assert (after.phone, after.date_of_birth, after.ssn, after.address) == (before.phone, before.date_of_birth, before.ssn, before.address)


def test_what_is_typed_replaces_what_was_stored_and_nothing_else(at_priya: Client, harold: Customer) -> None:
    answer = send(at_priya, url(harold, "edit"), "edit-form", **names(phone="+1 916 555 0199", last_name="Finch-Reyes"))
    assert "Saved." in words(answer)
    fresh = now(harold)
    assert (fresh.phone, fresh.last_name, fresh.address) == ("+1 916 555 0199", "Finch-Reyes", "1187 Alder Court, Sacramento CA")


def test_what_is_to_go_is_ticked(at_priya: Client, harold: Customer) -> None:
    send(at_priya, url(harold, "edit"), "edit-form", **names(clear=["phone", "ssn", "date_of_birth"]))
    fresh = now(harold)
    assert (fresh.phone, fresh.ssn, fresh.ssn_hash, fresh.date_of_birth) == ("", "", "", None)
    assert fresh.address


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"email": "no address"}, "Enter a valid email address."),
        ({"email": "taken@example.com"}, "Another customer has this e-mail address."),
        ({"first_name": ""}, "First name is missing."),
        ({"phone": "call me"}, "Phone has digits"),
        ({"ssn": "123"}, "SSN has nine digits"),
        ({"date_of_birth": "2199-01-01"}, "Date of birth is between 1900 and today."),
        ({"address": "bell \x07"}, "Remove the characters that cannot be printed."),
    ],
)
def test_what_is_wrong_is_said_at_the_field(at_priya: Client, harold: Customer, changes: dict[str, str], says: str) -> None:
    CustomerFactory.create(email="taken@example.com")
    answer = send(at_priya, url(harold, "edit"), "edit-form", **names(**changes))
    assert answer.status_code in (409, 422)
    assert says in words(answer)


def test_what_was_typed_into_a_refused_form_never_shows_what_is_stored(at_priya: Client, harold: Customer) -> None:
    page = source(send(at_priya, url(harold, "edit"), "edit-form", **names(first_name="")))
    assert not [secret for secret in SECRETS if secret in page]


def test_an_edit_that_meets_another_shows_names_and_never_personal_data(at_priya: Client, harold: Customer) -> None:
    mine = open_form(at_priya, url(harold, "edit"), "edit-form") | names(first_name="Harry", phone="+1 916 555 0177")
    send(at_priya, url(harold, "edit"), "edit-form", **names(last_name="Fink", phone="+1 916 555 0188"))
    clash = at_priya.post(url(harold, "edit"), mine)
    assert clash.status_code == 412
    assert "Last name Finch Finch Fink" in words(clash)
    assert "555 0188" not in source(clash)


def test_a_customer_is_created_and_the_same_click_twice_makes_one(at_priya: Client) -> None:
    sent = names(phone="+1 916 555 0142", date_of_birth="1961-04-09", ssn="078-05-1120", address="1187 Alder Court")
    answer = at_priya.post(f"{LIST}add/", sent, follow=True)
    assert "Harold Finch is a customer now." in words(answer)
    again = at_priya.post(f"{LIST}add/", sent, follow=True)
    assert again.status_code == 409
    assert "Another customer has this e-mail address." in words(again)
    assert Customer.objects.get().ssn == "078051120"


def test_a_customer_with_policies_is_not_deleted(at_priya: Client, harold: Customer) -> None:
    PolicyFactory.create(customer=harold)
    assert send(at_priya, url(harold, "remove")).status_code == 409
    assert "cannot be deleted; it has polic" in words(send(at_priya, url(harold, "remove")))


def test_customers_are_found_by_name_and_e_mail(at_maya: Client, harold: Customer) -> None:
    CustomerFactory.create(first_name="Rosa", last_name="Delgado")
    for query in ("?q=finch", "?q=harold+fi", "?q=harold@ex"):
        page = source(at_maya.get(LIST + query)).partition("<tbody")[2]
        assert page.count('class="wb-id"') == 1, query
