"""Look-alikes before a customer is created, two records merged and taken apart, and the contact history: at the desk."""

import datetime
from typing import Any

import pytest
from django.test import Client

from customers.models import ContactEntry, Customer, CustomerMerge
from customers.services import merge_customers, record_contact
from tests.factories import CustomerFactory, PolicyFactory, policyholder, submitted_claim
from tests.workbench.desk import open_form, send, source, words

pytestmark = pytest.mark.django_db
LIST = "/admin/customers/customer/"


@pytest.fixture
def harold(db: None) -> Customer:
    return CustomerFactory.create(email="harold@example.com", first_name="Harold", last_name="Finch", phone="")


@pytest.fixture
def harry(db: None) -> Customer:
    return CustomerFactory.create(
        email="harry@example.com", first_name="Harold", last_name="FINCH", phone="+1 916 555 0199", ssn="078-05-1120"
    )


def url(customer: Customer, what: str = "change") -> str:
    return f"{LIST}{customer.pk}/{what}/"


def new(**fields: Any) -> dict[str, Any]:
    return {"email": "new@example.com", "first_name": "Harold", "last_name": "Finch", "date_of_birth": "1961-04-09"} | fields


def test_whoever_is_recorded_already_is_shown_before_a_second_record_is_made(at_priya: Client, harold: Customer) -> None:
    answer = at_priya.post(f"{LIST}add/", new())
    assert answer.status_code == 422
    assert "It is this one: Harold Finch , harold@example.com, same name and birth date" in words(answer)
    assert url(harold) in source(answer)
    assert Customer.objects.count() == 1


def test_a_tick_says_that_it_is_somebody_else(at_priya: Client, harold: Customer) -> None:
    answer = at_priya.post(f"{LIST}add/", new(again="on"), follow=True)
    assert "Harold Finch is a customer now." in words(answer)
    assert Customer.objects.count() == 2


def test_somebody_with_the_same_ssn_is_shown_without_the_ssn(at_priya: Client, harry: Customer) -> None:
    answer = at_priya.post(f"{LIST}add/", new(first_name="Amos", last_name="Reed", date_of_birth="", ssn="078 05 1120"))
    assert "harry@example.com, same SSN" in words(answer)
    assert "1120" not in words(answer)


def test_the_two_are_held_beside_each_other_and_nothing_personal_is_shown(at_priya: Client, harold: Customer, harry: Customer) -> None:
    alike = at_priya.get(url(harold, "duplicates"))
    assert "Harold FINCH harry@example.com Same name and birth date Compare" in words(alike)
    assert f"{url(harold, 'merge')}?other={harry.pk}" in source(alike)
    page = at_priya.get(f"{url(harold, 'merge')}?other={harry.pk}")
    for row in ("Last name Finch FINCH This Other", "Phone – •••• 0199 This Other", "SSN – ••••"):
        assert row in words(page), row
    assert "Date of birth •••• the same" in words(page)
    assert not [secret for secret in ("555 0199", "1961", "Alder", "078051120") if secret in source(page)]


def test_another_record_is_searched_by_name_and_no_address_holds_the_name(at_priya: Client, harold: Customer) -> None:
    rosa = CustomerFactory.create(first_name="Rosa", last_name="Delgado")
    answer = at_priya.post(url(harold, "duplicates"), {"term": "delg"})
    assert f"{url(harold, 'merge')}?other={rosa.pk}" in source(answer)
    assert "Nobody found" in words(at_priya.post(url(harold, "duplicates"), {"term": "finch"}))


def test_two_records_are_merged_with_the_values_that_were_chosen(at_priya: Client, harold: Customer, harry: Customer) -> None:
    claim = submitted_claim(PolicyFactory.create(customer=harry))
    sent = {"take_last_name": "kept", "take_phone": "other", "take_ssn": "other", "take_email": "kept", "reason": "Same voice"}
    answer = send(at_priya, f"{url(harold, 'merge')}?other={harry.pk}", **sent)
    text = words(answer)
    for expected in ("The two records are one now", claim.claim_number, claim.policy.policy_number, "•••• 0199", "Same voice"):
        assert expected in text, expected
    fresh = Customer.objects.get(pk=harold.pk)
    assert (fresh.last_name, fresh.phone, fresh.ssn, fresh.email) == ("Finch", "+1 916 555 0199", "078051120", "harold@example.com")


def test_the_merged_records_page_leads_to_the_kept_one_and_no_list_holds_it(at_maya: Client, harold: Customer, harry: Customer) -> None:
    merge_customers(None, harold.pk, harry.pk)
    answer = at_maya.get(url(harry), follow=True)
    assert answer.wsgi_request.path == url(harold)
    assert "Harold FINCH (harry@example.com) was merged into this record." in words(answer)
    for page in (LIST, f"{LIST}?q=harry", "/admin/search/?q=finch", "/admin/search/?q=harry%40example.com"):
        assert str(harry.pk) not in source(at_maya.get(page, follow=True)), page
    assert "Undo the merge" not in words(answer)


def test_a_merge_is_undone_from_the_kept_records_page(at_daniel: Client, harold: Customer, harry: Customer) -> None:
    policy = PolicyFactory.create(customer=harry)
    merge_customers(None, harold.pk, harry.pk, take=["phone"])
    assert url(harry, "unmerge") in source(at_daniel.get(url(harold)))
    answer = send(at_daniel, url(harry, "unmerge"))
    assert answer.wsgi_request.path == url(harry)
    assert "Harold FINCH is a record of its own again." in words(answer)
    assert policy.policy_number in words(answer)
    assert Customer.objects.get(pk=harold.pk).phone == ""
    assert "undone by Daniel Reyes" in words(at_daniel.get(url(harold)))


def test_a_second_click_and_a_stale_page_change_nothing(at_priya: Client, harold: Customer, harry: Customer) -> None:
    sent = open_form(at_priya, f"{url(harold, 'merge')}?other={harry.pk}")
    at_priya.post(url(harold, "merge"), sent)
    assert "Your second click changed nothing." in words(at_priya.post(url(harold, "merge"), sent, follow=True))
    assert CustomerMerge.objects.count() == 1
    amos = CustomerFactory.create(first_name="Amos")
    sent = open_form(at_priya, f"{url(harold, 'merge')}?other={amos.pk}")
    Customer.objects.filter(pk=amos.pk).update(version=9)
    assert at_priya.post(url(harold, "merge"), sent).status_code == 412
    assert CustomerMerge.objects.count() == 1


def test_a_refusal_is_said_on_the_form(at_priya: Client, harold: Customer, harry: Customer) -> None:
    policyholder(harry)
    answer = send(at_priya, f"{url(harold, 'merge')}?other={harry.pk}")
    assert answer.status_code == 409
    assert "has a log-in of its own. Keep that record and merge this one into it." in words(answer)


def test_without_another_record_the_form_says_where_to_choose_one(at_priya: Client, harold: Customer) -> None:
    for query in ("", "?other=nonsense", f"?other={harold.pk}"):
        assert "Choose the other record first" in words(at_priya.get(url(harold, "merge") + query))
    assert at_priya.post(url(harold, "merge"), {}).status_code == 422


def test_a_contact_is_written_down_and_read_by_the_colleagues(at_maya: Client, at_priya: Client, harold: Customer) -> None:
    sent = {"channel": "call", "direction": "incoming", "happened_at": "2026-01-02T10:30", "text": "Asks about hail.\nWill send pictures."}
    form = open_form(at_maya, url(harold, "contact")) | sent
    answer = at_maya.post(url(harold, "contact"), form, follow=True)
    assert "The contact is in the history." in words(answer)
    assert "Harold Finch called, Maya Okafor answered Asks about hail. Will send pictures." in words(at_priya.get(url(harold)))
    at_maya.post(url(harold, "contact"), form)
    assert ContactEntry.objects.count() == 1


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"text": "  "}, "What it was about is missing."),
        ({"channel": ""}, "What is missing."),
        ({"channel": "pigeon"}, "Select a valid choice."),
        ({"happened_at": "2199-01-01T00:00"}, "A contact is written down after it took place."),
        ({"text": "bell \x07"}, "Remove the characters that cannot be printed."),
    ],
)
def test_what_is_wrong_with_a_contact_is_said_at_the_field(at_maya: Client, harold: Customer, fields: dict[str, str], says: str) -> None:
    answer = send(at_maya, url(harold, "contact"), **({"channel": "call", "direction": "outgoing", "text": "Hello"} | fields))
    assert answer.status_code == 422
    assert says in words(answer)
    assert not ContactEntry.objects.exists()


def test_a_long_history_starts_with_the_latest_and_shows_all_when_asked(at_maya: Client, harold: Customer) -> None:
    start = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
    for number in range(25):
        at = start + datetime.timedelta(days=number)
        record_contact(None, harold.pk, channel="letter", direction="outgoing", text=f"Letter {number:02d}.", happened_at=at)
    page = words(at_maya.get(url(harold)))
    assert "Letter 24." in page
    assert "Letter 00." not in page
    assert "Letter 00." in words(at_maya.get(f"{url(harold)}?contacts=all"))
