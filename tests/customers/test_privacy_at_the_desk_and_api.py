"""Erasing, holding and handing out: through the API and at the desk."""

import json
from typing import Any

import pytest
from auditlog.models import LogEntry
from django.test import Client

from claims.services import answer_question, ask_information, receive_information, start_claim
from customers.models import MASK, Customer, CustomerExport, Erasure, LegalHold, Reveal
from customers.services import erase_due, export_customer, record_contact, request_erasure
from tests.api.calling import Caller
from tests.authenticators import Enrolled
from tests.factories import CustomerFactory, PolicyFactory, policyholder, staff, submitted_claim, underwriter
from tests.workbench.desk import desk_of
from vanguard.errors import NotAllowed
from vanguard.models import IdempotencyKey

pytestmark = [pytest.mark.django_db, pytest.mark.once]
WHY = "She asked by letter, and we called her back"


@pytest.fixture
def customer(db: None) -> Customer:
    return CustomerFactory.create(email="harold@example.com", ssn="078-05-1120")


def test_the_customer_takes_all_that_is_held_and_nobody_elses(customer: Customer) -> None:
    record_contact(None, customer.pk, channel="call", direction="incoming", text="Moved house.")
    policy = PolicyFactory.create(customer=customer)
    claim = submitted_claim(policy, description="A pipe burst.")
    start_claim(None, claim.pk)
    ask_information(None, claim.pk, question="When?")
    holder = policyholder(customer)
    answer_question(holder, claim.pk, claim.information_requests.get().pk, answer="On Monday.")
    ask_information(None, claim.pk, question="And the invoice?")
    receive_information(None, claim.pk, note="Came by post, looks odd.")
    other = PolicyFactory.create()
    answer = Caller(holder).get(f"/customers/{customer.pk}/export")
    held = json.loads(answer.text)
    person = held["customer"][0]
    assert (person["ssn"], person["phone"], person["email"]) == (MASK, "+1 916 555 0142", "harold@example.com")
    assert "078051120" not in answer.text
    assert held["contacts"][0]["text"] == "Moved house."
    assert [each["number"] for each in held["policies"]] == [policy.policy_number]
    assert [(each["number"], each["description"]) for each in held["claims"]] == [(claim.claim_number, "A pipe burst.")]
    assert [(each["question"], each["answer"]) for each in held["claims"][0]["answers"]] == [("When?", "On Monday.")]
    assert "looks odd" not in answer.text
    assert other.policy_number not in answer.text
    export = CustomerExport.objects.get()
    assert (export.asked_by, export.reason) == (holder, "")
    assert not Reveal.objects.exists(), "nobody else has looked"
    assert LogEntry.objects.filter(object_pk=str(customer.pk), action=LogEntry.Action.ACCESS).exists()
    assert Caller(policyholder(customer=other.customer)).get(f"/customers/{customer.pk}/export").status == 404


def test_as_a_paper_it_is_a_pdf(customer: Customer) -> None:
    submitted_claim(PolicyFactory.create(customer=customer))
    _, content = export_customer(staff("Compliance"), customer.pk, form="pdf", reason="Asked by letter")
    assert content.startswith(b"%PDF")


def test_who_may_not_take_it_is_refused_and_leaves_no_row(customer: Customer) -> None:
    with pytest.raises(NotAllowed):
        export_customer(staff("Adjuster"), customer.pk, form="json")
    assert not CustomerExport.objects.exists()


def test_the_desk_hands_it_out_by_a_post_with_a_reason_only(client: Client, customer: Customer) -> None:
    address = f"/admin/customers/customer/{customer.pk}/export/"
    client.force_login(staff("Compliance"))
    assert "in plain" in client.get(address).content.decode()
    wrong = client.post(address, {"form": "json", "reason": " "})
    assert (wrong.status_code, "Reason is missing" in wrong.content.decode()) == (422, True)
    assert client.post(address, {"form": "xml", "reason": WHY}).status_code == 422
    assert not CustomerExport.objects.exists()
    answer = client.post(address, {"form": "json", "reason": WHY})
    person = json.loads(answer.content)["customer"][0]
    assert (answer.status_code, person["phone"], person["ssn"]) == (200, "+1 916 555 0142", MASK)
    assert "attachment" in answer["Content-Disposition"]
    assert client.post(address, {"form": "pdf", "reason": WHY}).content.startswith(b"%PDF")
    assert [export.reason for export in CustomerExport.objects.all()] == [WHY, WHY]
    client.force_login(staff("Adjuster"))
    assert client.post(address, {"form": "json", "reason": WHY}).status_code == 403


def test_the_desk_asks_for_a_fresh_code_before_the_form_and_whenever_it_ran_out(customer: Customer) -> None:
    address = f"/admin/customers/customer/{customer.pk}/export/"
    ruth = Enrolled(staff("Compliance"))
    desk = desk_of(ruth.user)
    assert (desk.get(address).status_code, desk.post(address, {"form": "json", "reason": WHY}).status_code) == (403, 403)
    page = desk.post(address, {"step_up_code": ruth.code()})
    assert (page.status_code, "As PDF" in page.content.decode()) == (200, True)
    assert not CustomerExport.objects.exists()
    assert desk.post(address, {"form": "json", "reason": WHY})["Content-Type"] == "application/json"


@pytest.mark.parametrize("path", ["export", "export/pdf"])
def test_the_api_hands_it_to_staff_by_a_post_with_a_reason_and_a_fresh_code(customer: Customer, path: str) -> None:
    ruth = Enrolled(staff("Compliance"))
    caller, address = Caller(ruth.user), f"/customers/{customer.pk}/{path}"
    assert caller.get(address).status == 403
    assert caller.post(address, {}).errors == {"reason": "required"}
    assert caller.post(address, {"reason": " "}).status == 422
    assert caller.post(address, {"reason": WHY}).errors == {"": "step_up_required"}
    assert not CustomerExport.objects.exists()
    assert caller.post("/auth/step-up", {"otp": ruth.code()}).status == 200
    answer = caller.post(address, {"reason": WHY}, Idempotency_Key="once")
    assert (answer.status, "078051120" in answer.text) == (200, False)
    assert (CustomerExport.objects.get().reason, Reveal.objects.get().reason) == (WHY, WHY)
    assert not IdempotencyKey.objects.exists(), "what was handed out is kept nowhere"


def test_the_api_erases_holds_and_lifts_for_compliance(customer: Customer) -> None:
    caller = Caller(staff("Compliance"))
    asked: dict[str, Any] = {"reason": "By letter", "confirmEmail": "harold@example.com"}
    assert caller.post(f"/customers/{customer.pk}/hold", {"reason": "Lawsuit"}).status == 201
    assert caller.post(f"/customers/{customer.pk}/erasure", asked).status == 409
    assert caller.post(f"/customers/{customer.pk}/hold/lift", {"reason": "Settled"}).status == 200
    assert caller.post(f"/customers/{customer.pk}/erasure", asked | {"confirmEmail": "a@example.com"}).errors == {
        "confirmEmail": "unconfirmed"
    }
    answer = caller.post(f"/customers/{customer.pk}/erasure", asked)
    assert (answer.status, bool(answer.data["doneAt"])) == (201, True)
    assert Caller(underwriter()).get(f"/customers/{customer.pk}").data["firstName"] == "Erased"
    assert caller.post(f"/customers/{customer.pk}/export", {"reason": WHY}).status == 409


def test_the_desk_erases_after_the_address_was_typed_again(client: Client, customer: Customer) -> None:
    client.force_login(staff("Compliance"))
    address = f"/admin/customers/customer/{customer.pk}/erase/"
    assert "cannot be brought back" in client.get(address).content.decode()
    form = {"reason": "By letter", "confirm_email": "harold@example.org", "version": customer.version}
    assert client.post(address, form).status_code == 422
    assert client.post(address, form | {"confirm_email": "harold@example.com"}).status_code == 302
    page = client.get(f"/admin/customers/customer/{customer.pk}/change/").content.decode()
    assert "harold@example.com" not in page
    assert "Data protection" in page


def test_the_page_says_what_is_held_and_what_waits(client: Client, customer: Customer) -> None:
    PolicyFactory.create(customer=customer)
    request_erasure(staff("Compliance"), customer.pk, reason="By letter", confirm_email=customer.email)
    client.force_login(staff("Compliance"))
    assert client.post(f"/admin/customers/customer/{customer.pk}/hold/", {"reason": "Lawsuit", "version": 1}).status_code == 302
    page = client.get(f"/admin/customers/customer/{customer.pk}/change/").content.decode()
    assert "Legal hold" in page
    assert "7 years after the last policy or claim has ended" in page
    assert client.post(f"/admin/customers/customer/{customer.pk}/lift-hold/", {"reason": "Over", "version": 1}).status_code == 302
    assert LegalHold.objects.get().lifted_at is not None
    assert erase_due() == 0
    assert Erasure.objects.get().done_at is None
