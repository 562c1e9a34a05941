"""Billing by the API: what comes out, what goes in, and each refusal at its field."""

import datetime
import json
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from policies.billing.models import BillingAccount, LedgerEntry, Payment
from policies.billing.services import receive_payment, run_delinquency
from policies.models import Policy
from tests.api.calling import Caller
from tests.billing.books import assert_books_agree, booked, fresh
from tests.factories import PolicyFactory, adjuster, policyholder, staff

pytestmark = [pytest.mark.django_db, pytest.mark.once]


@pytest.fixture
def account() -> BillingAccount:
    return booked("1000.00", "monthly")


@pytest.fixture
def finance() -> Caller:
    return Caller(staff("Finance"))


def of(account: BillingAccount, what: str = "billing") -> str:
    return f"/policies/{account.policy_id}/{what}"


def test_the_account_says_what_is_owed_what_is_past_due_and_what_comes_next(finance: Caller) -> None:
    past = booked("600.00", start_date=PolicyFactory.build().start_date)
    answer = finance.get(of(past))
    assert answer.data == {
        "policyId": str(past.policy_id),
        "plan": "annual",
        "balance": 600,
        "credit": 0,
        "pastDueAmount": 600,
        "nextDueAt": answer.data["openInvoices"][0]["dueAt"],
        "openInvoices": answer.data["openInvoices"],
        "updatedAt": answer.data["updatedAt"],
    }
    [invoice] = answer.data["openInvoices"]
    assert (invoice["status"], invoice["openAmount"], invoice["paidAmount"]) == ("past_due", 600, 0)
    receive_payment(None, past.policy_id, amount=Decimal("650.00"), method="card")
    paid = finance.get(of(past)).data
    assert (paid["balance"], paid["credit"], paid["openInvoices"], "nextDueAt" in paid) == (-50, 50, [], False)


def test_invoices_are_listed_by_due_date_page_by_page_and_each_has_an_address(finance: Caller, account: BillingAccount) -> None:
    first = finance.get(of(account, "invoices?page_size=5"))
    assert (first.data["total"], first.data["totalPages"]) == (13, 3)  # the annual invoice is withdrawn
    pages = [first, *(finance.get(of(account, f"invoices?page_size=5&page={page}")) for page in (2, 3))]
    rows = [row for page in pages for row in page.data["data"]]
    assert [row["dueAt"] for row in rows] == sorted(row["dueAt"] for row in rows)
    assert sum(row["amount"] for row in rows) == 1000
    one = finance.get(f"/invoices/{rows[3]['id']}")
    assert one.data == rows[3]
    assert finance.get(f"/invoices/{rows[3]['id']}", If_None_Match=one.etag).status == 304
    assert finance.get(of(account, f"invoices?q={rows[3]['invoiceNumber']}")).data["total"] == 1
    assert finance.get(of(account, "invoices?page=0")).status == 422
    cursor = finance.get(of(account, "invoices?cursor=&page_size=12")).data["nextCursor"]
    assert len(finance.get(of(account, f"invoices?cursor={cursor}&page_size=12")).data["data"]) == 1


def test_a_payment_has_an_address_is_refunded_and_reversed(finance: Caller, account: BillingAccount) -> None:
    made = finance.post(of(account, "payments"), {"amount": "1100.00", "method": "bank_transfer", "reference": "Wire 7"})
    assert (made.status, made.data["amount"], made.data["refundedAmount"]) == (201, 1100, 0)
    here = made.headers["Location"].removeprefix("/api")
    assert finance.get(here).data == made.data
    assert finance.get(of(account, "payments?q=wire")).ids == [made.data["id"]]
    refunded = finance.post(f"{here}/refund", {"amount": 60, "reason": "Overpaid"})
    assert (refunded.status, refunded.data["refundedAmount"]) == (200, 60)
    assert finance.post(f"{here}/refund", {"amount": 40.01, "reason": "Overpaid"}).errors == {"amount": "more_than_credit"}
    assert finance.post(f"{here}/refund", {"amount": 1040.01, "reason": "Overpaid"}).errors == {"amount": "more_than_paid"}
    reversed_ = finance.post(f"{here}/reverse", {"reason": "Returned"})
    assert (reversed_.status, "reversedAt" in reversed_.data) == (200, True)
    again = finance.post(f"{here}/reverse", {"reason": "Returned"})
    assert (again.status, again.errors) == (409, {"status": "reversed"})
    assert finance.post(f"{here}/refund", {"amount": 1, "reason": "x"}).errors == {"status": "reversed"}
    assert finance.get(of(account)).data["balance"] == 1060
    assert_books_agree(account)


@pytest.mark.parametrize(
    ("body", "errors"),
    [
        ({"amount": -1}, {"amount": "negative"}),
        ({"amount": 0}, {"amount": "invalid"}),
        ({"amount": 1.001}, {"amount": "too_many_decimals"}),
        ({"amount": 1e11}, {"amount": "out_of_range"}),
        ({"amount": "NaN"}, {"amount": "wrong_type"}),
        ({"amount": None}, {"amount": "wrong_type"}),
        ({"method": "barter"}, {"method": "not_a_choice"}),
        ({"invoiceId": "7"}, {"invoiceId": "malformed_id"}),
        ({"receivedAt": "2199-01-01"}, {"receivedAt": "in_the_future"}),
        ({"reference": "x" * 101}, {"reference": "too_long"}),
        ({"discount": 5}, {"discount": "unknown_field"}),
    ],
)
def test_a_payment_that_is_wrong_in_itself_is_422_at_its_field(
    finance: Caller, account: BillingAccount, body: dict[str, Any], errors: dict[str, str]
) -> None:
    answer = finance.post(of(account, "payments"), {"amount": 10, "method": "card"} | body)
    assert answer.status == 422
    assert answer.errors.keys() == errors.keys()
    if body != {"amount": 0}:
        assert answer.errors == errors
    assert not Payment.objects.exists()


def test_a_payment_for_anothers_invoice_is_409_and_for_none_404(finance: Caller, account: BillingAccount) -> None:
    foreign = booked().invoices.get()
    body = {"amount": 10, "method": "card", "invoiceId": str(foreign.pk)}
    answer = finance.post(of(account, "payments"), body)
    assert (answer.status, answer.errors) == (409, {"invoiceId": "other_account"})
    unknown = finance.post(of(account, "payments"), body | {"invoiceId": str(account.policy_id)})
    assert (unknown.status, unknown.errors) == (404, {"invoiceId": "not_found"})
    assert finance.post(f"/policies/{PolicyFactory.create().pk}/payments", {"amount": 1, "method": "card"}).status == 404


def test_paid_twice_with_one_key_is_paid_once(finance: Caller, account: BillingAccount) -> None:
    body = {"amount": 10, "method": "card"}
    first, second = (finance.post(of(account, "payments"), body, Idempotency_Key="pay-1") for _ in range(2))
    assert (first.status, first.text) == (second.status, second.text)
    assert Payment.objects.count() == 1
    other = finance.post(of(account, "payments"), body | {"amount": 11}, Idempotency_Key="pay-1")
    assert (other.status, other.errors) == (409, {"Idempotency-Key": "idempotency_key_reused"})


def test_the_plan_is_put_as_it_was_read_before_the_first_payment(finance: Caller, account: BillingAccount) -> None:
    etag = finance.get(of(account)).etag
    assert finance.put(of(account), {"plan": "quarterly"}).status == 428
    assert finance.put(of(account), {"plan": "weekly"}, If_Match=etag).errors == {"plan": "not_a_choice"}
    changed = finance.put(of(account), {"plan": "quarterly"}, If_Match=etag)
    assert [row["amount"] for row in changed.data["openInvoices"]] == [250] * 4
    assert finance.put(of(account), {"plan": "annual"}, If_Match=etag).status == 412
    finance.post(of(account, "payments"), {"amount": 1, "method": "card"})
    answer = finance.put(of(account), {"plan": "annual"}, If_Match=finance.get(of(account)).etag)
    assert (answer.status, answer.errors) == (409, {"plan": "paid_before"})


def test_a_policyholder_sees_the_own_invoices_and_balance_and_moves_no_money(account: BillingAccount) -> None:
    other = booked()
    payment = receive_payment(None, other.policy_id, amount=Decimal("1100.00"), method="card")
    owner = Caller(policyholder(account.policy.customer))
    assert owner.get(of(account)).data["balance"] == 1000
    assert owner.get(of(account, "invoices")).data["total"] == 13
    for path in (
        of(other),
        of(other, "invoices"),
        of(other, "payments"),
        f"/payments/{payment.pk}",
        f"/invoices/{other.invoices.get().pk}",
    ):
        assert owner.get(path).status == 404, path
    assert owner.post(of(account, "payments"), {"amount": 1, "method": "card"}).status == 403
    assert owner.post(of(other, "payments"), {"amount": 1, "method": "card"}).status == 404
    assert owner.post(f"/payments/{payment.pk}/refund", {"amount": 1, "reason": "x"}).status == 404
    assert owner.put(of(account), {"plan": "annual"}, If_Match="*").status == 403
    assert fresh(account).balance == Decimal("1000.00")


def test_an_adjuster_reads_and_books_nothing(account: BillingAccount) -> None:
    caller, before = Caller(adjuster()), LedgerEntry.objects.count()
    assert caller.get(of(account)).status == 200
    assert caller.post(of(account, "payments"), {"amount": 1, "method": "card"}).status == 403
    assert LedgerEntry.objects.count() == before


def test_a_lapse_shows_in_the_api() -> None:
    account = booked("600.00", start_date=PolicyFactory.build().start_date)
    now = account.created_at
    run_delinquency(now + (Policy.objects.get().end_date - now) / 4)
    run_delinquency(now + (Policy.objects.get().end_date - now) / 2)
    answer = Caller(adjuster()).get(f"/policies/{account.policy_id}").data
    assert (answer["status"], answer["cancellationReason"]) == ("cancelled", "non_payment")


def test_amounts_leave_as_they_are_to_the_cent(finance: Caller) -> None:
    account = booked("99999999.99")
    assert '"balance":99999999.99' in json.dumps(json.loads(finance.get(of(account)).text), separators=(",", ":"))


def test_the_ledger_tells_every_movement_and_its_sum_is_the_balance(account: BillingAccount, finance: Caller) -> None:
    receive_payment(None, account.policy_id, amount=Decimal("83.33"), method="card")
    finance.post(of(account, "fees"), {"amount": 15, "reason": "Second reminder"})
    listed = finance.get(of(account, "ledger")).data
    assert [row["kind"] for row in listed["data"]] == ["fee", "payment", "premium_charge"]
    assert sum(row["amount"] for row in listed["data"]) == finance.get(of(account)).data["balance"]
    fee = listed["data"][0]
    assert (fee["amount"], fee["reason"], "actorId" in fee) == (15, "Second reminder", True)
    assert finance.get(of(account, "ledger?kind=fee")).data["total"] == 1
    assert finance.get(of(account, "ledger?kind=bribe")).status == 422


def test_a_policyholder_reads_the_own_ledger_without_the_notes_of_the_house(account: BillingAccount, finance: Caller) -> None:
    finance.post(of(account, "write-offs"), {"amount": 5, "reason": "Not worth a letter"})
    owner = Caller(policyholder(account.policy.customer))
    rows = owner.get(of(account, "ledger")).data["data"]
    assert [row["kind"] for row in rows] == ["write_off", "premium_charge"]
    assert not any({"reason", "actorId"} & row.keys() for row in rows)
    assert Caller(policyholder()).get(of(account, "ledger")).status == 404


def test_a_fee_is_invoiced_and_due_at_once_and_a_write_off_gives_up_the_oldest(account: BillingAccount, finance: Caller) -> None:
    charged = finance.post(of(account, "fees"), {"amount": 25, "reason": "Returned check"}, If_Match=f'"{account.version}"')
    assert (charged.status, charged.data["balance"], charged.data["pastDueAmount"]) == (201, 1025, 0)
    assert [each["status"] for each in charged.data["openInvoices"]][:2] == ["due_today", "open"]
    given_up = finance.post(of(account, "write-offs"), {"amount": 25, "reason": "Waived"}, If_Match=charged.etag)
    assert (given_up.status, given_up.data["balance"], given_up.data["pastDueAmount"]) == (201, 1000, 0)
    assert finance.post(of(account, "write-offs"), {"amount": 5, "reason": "Waived"}, If_Match=charged.etag).status == 412
    assert_books_agree(fresh(account))


def test_a_fee_that_was_a_mistake_is_reversed_once_and_by_its_own_account(account: BillingAccount, finance: Caller) -> None:
    finance.post(of(account, "fees"), {"amount": 25, "reason": "Returned check"})
    [fee] = account.entries.filter(kind="fee")
    path = of(account, f"ledger/{fee.pk}/reverse")
    assert finance.post(of(booked(), f"ledger/{fee.pk}/reverse"), {"reason": "Ours"}).status == 404
    assert finance.post(path, {"reason": " "}).errors == {"reason": "blank"}
    assert finance.post(path, {"reason": "Ours"}, If_Match='"99"').status == 412
    undone = finance.post(path, {"reason": "Our mistake"})
    assert (undone.status, undone.data["balance"], undone.data["pastDueAmount"]) == (200, 1000, 0)
    assert finance.post(path, {"reason": "Again"}).errors == {"entry": "reversed"}
    assert_books_agree(fresh(account))


@pytest.mark.parametrize("what", ["fees", "write-offs"])
def test_what_is_booked_by_hand_has_an_amount_and_a_reason_and_is_booked_once(account: BillingAccount, finance: Caller, what: str) -> None:
    for body, errors in (
        ({"amount": 5}, {"reason": "required"}),
        ({"amount": 5, "reason": " "}, {"reason": "blank"}),
        ({"amount": 0, "reason": "x"}, {"amount": "not_positive"}),
        ({"amount": -1, "reason": "x"}, {"amount": "negative"}),
        ({"amount": 1.005, "reason": "x"}, {"amount": "too_many_decimals"}),
    ):
        answer = finance.post(of(account, what), body)
        assert (answer.status, answer.errors) == (422, errors)
    for _ in range(2):
        assert finance.post(of(account, what), {"amount": 5, "reason": "Once"}, Idempotency_Key="k-1").status == 201
    assert account.entries.count() == 2
    assert finance.post(of(account, "write-offs"), {"amount": 5000, "reason": "x"}).errors == {"amount": "more_than_open"}
    assert Caller(adjuster()).post(of(account, what), {"amount": 5, "reason": "x"}).status == 403


def test_a_program_repeats_a_reference_under_a_key_of_its_own(finance: Caller, account: BillingAccount) -> None:
    body = {"amount": 10, "method": "check", "reference": "No. 4711"}
    made = [finance.post(of(account, "payments"), body, Idempotency_Key=f"pay-{number}") for number in range(2)]
    assert [each.status for each in made] == [201, 201]
    assert made[0].data["id"] != made[1].data["id"]


def test_a_receipt_from_before_there_was_anything_to_pay_is_409_at_its_field(finance: Caller, account: BillingAccount) -> None:
    body = {"amount": 10, "method": "card", "receivedAt": (timezone.now() - datetime.timedelta(days=2)).isoformat()}
    answer = finance.post(of(account, "payments"), body)
    assert (answer.status, answer.errors) == (409, {"receivedAt": "before_policy"})
    assert not Payment.objects.exists()
