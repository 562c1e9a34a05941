"""Billing at the desk: the account, its commands as forms, the policy page's panel, Finance's home page."""

import datetime
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from policies.billing.models import BillingAccount, LedgerEntry, Payment, ProviderEvent
from policies.billing.services import receive_payment, run_delinquency, write_off
from tests.billing.books import assert_books_agree, booked, fresh, instalments, tell, unallocated
from tests.factories import CustomerFactory, adjuster, staff
from tests.workbench.desk import desk_of, open_form, send, source, words

pytestmark = [pytest.mark.django_db, pytest.mark.once]


@pytest.fixture
def account() -> BillingAccount:
    owner = CustomerFactory.create(first_name="Harold", last_name="Finch")
    return booked("1000.00", "monthly", policy_number="POL-2026-018834", customer=owner)


@pytest.fixture
def at_finance() -> Client:
    return desk_of(staff("Finance", first_name="Nora", last_name="Lind"))


def url(account: BillingAccount, what: str = "change") -> str:
    return f"/admin/billing/billingaccount/{account.pk}/{what}/"


def payment(**changes: Any) -> dict[str, Any]:
    return {"amount": "100.00", "method": "check", "reference": "No. 4711", "received_at": ""} | changes


def test_the_account_page_shows_balance_ledger_and_instalments(at_finance: Client, account: BillingAccount) -> None:
    receive_payment(None, account.policy_id, amount=Decimal("100.00"), method="card", reference="Wire 7")
    text = words(at_finance.get(url(account)))
    for expected in (
        "POL-2026-018834", "Harold Finch", "Monthly", "Charges $1,000.00 less credits $0.00 less payments $100.00 is the balance $900.00",
        "Payment Wire 7 by the system −100.00", "Premium policy version 1", "Record payment…", "Reverse…", "Write off…", "Change plan…",
    ):  # fmt: skip
        assert expected in text, expected


def test_a_payment_is_recorded_and_the_oldest_due_is_paid(at_finance: Client, account: BillingAccount) -> None:
    answer = send(at_finance, url(account, "pay"), **payment())
    assert "Payment of $100.00 booked. The balance is $900.00." in words(answer)
    assert instalments(account)[:2] == ["0.00/83.33", "66.66/83.33"]
    entry = account.entries.last()
    assert entry is not None
    assert str(entry.actor) == "Nora Lind"


@pytest.mark.parametrize(
    ("changes", "status", "says"),
    [
        ({"amount": "-5"}, 422, "Enter 0.00 or more."),
        ({"amount": "0"}, 422, "Enter more than 0.00."),
        ({"amount": "1.001"}, 422, "Enter at most two decimals."),
        ({"amount": "lots"}, 422, "Enter an amount"),
        ({"amount": "99,999,999,999.00"}, 422, "The amount is too large."),
        ({"method": ""}, 422, "How it came is missing."),
        ({"received_at": "2199-01-01T00:00"}, 422, "A payment is recorded once it was received."),
    ],
)
def test_what_is_wrong_with_a_payment_is_said_at_its_field(
    at_finance: Client, account: BillingAccount, changes: dict[str, str], status: int, says: str
) -> None:
    answer = send(at_finance, url(account, "pay"), **payment(**changes))
    assert answer.status_code == status
    assert says in words(answer)
    assert not Payment.objects.exists()


def test_a_second_click_books_nothing_and_says_so(at_finance: Client, account: BillingAccount) -> None:
    sent = open_form(at_finance, url(account, "pay")) | payment()
    at_finance.post(url(account, "pay"), sent)
    again = at_finance.post(url(account, "pay"), sent, follow=True)
    assert "Your second click changed nothing." in words(again)
    assert Payment.objects.count() == 1


def test_the_form_of_an_account_pays_no_others_invoice(at_finance: Client, account: BillingAccount) -> None:
    foreign = booked().invoices.get()
    send(at_finance, url(account, "pay"), **payment(invoice=str(foreign.pk), invoice_id=str(foreign.pk)))
    foreign.refresh_from_db()
    assert foreign.paid_amount == Decimal("0.00")
    assert instalments(account)[:2] == ["0.00/83.33", "66.66/83.33"]


def test_a_form_on_an_account_that_somebody_changed_meanwhile_shows_the_difference(at_finance: Client, account: BillingAccount) -> None:
    sent = open_form(at_finance, url(account, "pay")) | payment()
    receive_payment(staff("Finance"), account.policy_id, amount=Decimal("7.00"), method="cash")
    answer = at_finance.post(url(account, "pay"), sent)
    assert answer.status_code == 412
    assert "993.00" in words(answer)
    assert Payment.objects.count() == 1


def test_a_credit_is_refunded_and_not_more_than_that(at_finance: Client, account: BillingAccount) -> None:
    paid = receive_payment(None, account.policy_id, amount=Decimal("1050.00"), method="card")
    assert "Refund…" in words(at_finance.get(url(account)))
    asked = {"payment": str(paid.pk), "reason": "Overpaid"}
    refused = send(at_finance, url(account, "refund"), amount="50.01", **asked)
    assert refused.status_code == 409
    assert 'id="refund_amount_error"' in source(refused)
    assert send(at_finance, url(account, "refund"), amount="50.00", **asked | {"reason": ""}).status_code == 422
    answer = send(at_finance, url(account, "refund"), amount="50.00", **asked)
    assert "Refund of $50.00 booked. The balance is $0.00." in words(answer)
    assert "Refund…" not in words(at_finance.get(url(account)))
    assert_books_agree(account)


def test_a_credit_below_what_was_written_off_says_why_it_is_not_paid_out(at_finance: Client, account: BillingAccount) -> None:
    receive_payment(None, account.policy_id, amount=Decimal("300.00"), method="card")
    write_off(None, account.policy_id, amount=Decimal("700.00"), reason="Moved")
    tell(account.policy, "-100.00", kind="cancellation")
    assert "so it is not paid out" in words(at_finance.get(url(account, "refund")))


def test_a_bounced_payment_is_reversed_once(at_finance: Client, account: BillingAccount) -> None:
    receive_payment(None, account.policy_id, amount=Decimal("100.00"), method="check")
    entry = account.entries.get(kind="payment")
    sent = open_form(at_finance, url(account, "reverse")) | {"entry": str(entry.pk), "reason": "Insufficient funds"}
    answer = at_finance.post(url(account, "reverse"), sent, follow=True)
    assert "Reversal of $100.00 booked. The balance is $1,000.00." in words(answer)
    assert "Reversal of payment Insufficient funds" in words(answer)
    again = at_finance.post(url(account, "reverse"), sent, follow=True)
    assert "Your second click changed nothing." in words(again)
    refused = at_finance.post(url(account, "reverse"), sent | {"version": str(fresh(account).version), "reason": "Again"})
    assert "You booked this at" in words(at_finance.get(url(account))) or refused.status_code in (302, 409)
    assert LedgerEntry.objects.filter(kind="reversal").count() == 1


def test_a_fee_is_charged_and_a_rest_written_off_with_a_reason(at_finance: Client, account: BillingAccount) -> None:
    assert "Fee of $25.00 booked" in words(send(at_finance, url(account, "fee"), amount="25.00", reason="Returned check"))
    assert send(at_finance, url(account, "writeoff"), amount="25.00", reason="").status_code == 422
    refused = send(at_finance, url(account, "writeoff"), amount="1,025.01", reason="x")
    assert (refused.status_code, 'id="writeoff_amount_error"' in source(refused)) == (409, True)
    assert "Write-off of $25.00 booked" in words(send(at_finance, url(account, "writeoff"), amount="25.00", reason="Goodwill"))
    assert fresh(account).balance == Decimal("1000.00")


def test_the_plan_stays_once_a_payment_was_received(at_finance: Client, account: BillingAccount) -> None:
    assert "Paid quarterly from now on." in words(send(at_finance, url(account, "plan"), plan="quarterly"))
    receive_payment(None, account.policy_id, amount=Decimal("1.00"), method="card")
    assert "so it stays" in words(at_finance.get(url(account, "plan")))


def test_who_does_not_bill_reads_only(account: BillingAccount) -> None:
    text = words(desk_of(adjuster()).get(url(account)))
    assert "is the balance" in text
    for button in ("Record payment…", "Refund…", "Reverse…", "Write off…"):
        assert button not in text


def test_the_policy_page_says_what_is_owed_and_leads_to_the_account(at_finance: Client, account: BillingAccount) -> None:
    receive_payment(None, account.policy_id, amount=Decimal("83.33"), method="card")
    page = at_finance.get(f"/admin/policies/policy/{account.policy_id}/change/")
    text = words(page)
    assert "is the balance $916.67" in text
    assert "6 of 12 instalments" in text
    assert url(account) in source(page)
    assert url(account, "pay") in source(page)


def test_the_policy_page_takes_as_many_queries_with_a_long_ledger_as_with_a_short_one(at_finance: Client, account: BillingAccount) -> None:
    def queries(page: str) -> int:
        at_finance.get(page)
        with CaptureQueriesContext(connection) as captured:
            assert at_finance.get(page).status_code == 200
        return len(captured)

    pages = (f"/admin/policies/policy/{account.policy_id}/change/", url(account))
    receive_payment(staff("Finance"), account.policy_id, amount=Decimal("1.00"), method="card")
    short = [queries(page) for page in pages]
    for _ in range(10):
        receive_payment(staff("Finance"), account.policy_id, amount=Decimal("1.00"), method="card")
    assert [queries(page) for page in pages] == short
    assert short[0] <= 20
    assert short[1] <= 24


def test_a_notice_stands_on_the_account_page(at_finance: Client) -> None:
    late = booked("600.00", start_date=timezone.now() - datetime.timedelta(days=3))
    run_delinquency(timezone.now())
    text = words(at_finance.get(url(late)))
    assert "Notice of non-payment was given" in text
    assert "Past due" in text


def test_finances_home_page_says_what_is_due_overdue_to_refund_and_unallocated(at_finance: Client, account: BillingAccount) -> None:
    booked("600.00", start_date=timezone.now() - datetime.timedelta(days=3))
    receive_payment(None, account.policy_id, amount=Decimal("1030.00"), method="card")
    unallocated("75.00")
    text = words(at_finance.get("/admin/"))
    for expected in ("Due today 0", "Overdue 1 $600.00 in all", "Credits to refund 1 $30.00 in all", "Unallocated 1 $75.00 in all"):
        assert expected in text, expected
    assert "To pay" in text  # claims, as before


@pytest.mark.parametrize(
    ("query", "found"),
    [("", 2), ("?view=overdue", 1), ("?view=today", 0), ("?view=credit", 0), ("?plan=monthly", 1), ("?q=018834", 1), ("?q=finch", 2)],
)
def test_views_filters_and_search_narrow_the_list(at_finance: Client, account: BillingAccount, query: str, found: int) -> None:
    booked("600.00", start_date=timezone.now() - datetime.timedelta(days=3))
    page = source(at_finance.get(f"/admin/billing/billingaccount/{query}")).partition("<tbody")[2]
    assert page.count('class="wb-id"') == found


def test_an_account_is_found_by_the_number_of_an_invoice(at_finance: Client, account: BillingAccount) -> None:
    number = account.invoices.all()[3].invoice_number
    booked()
    page = source(at_finance.get(f"/admin/billing/billingaccount/?q={number}")).partition("<tbody")[2]
    assert page.count('class="wb-id"') == 1


def test_unallocated_money_is_allocated_at_the_desk(at_finance: Client, account: BillingAccount) -> None:
    waiting = unallocated("75.00")
    here = f"/admin/billing/providerevent/{waiting.pk}"
    assert "There is no policy with the number that it names." in words(at_finance.get("/admin/billing/providerevent/"))
    assert send(at_finance, f"{here}/allocate/", policy_number="POL-NOWHERE").status_code == 404
    answer = send(at_finance, f"{here}/allocate/", policy_number="POL-2026-018834")
    assert "is booked to the policy’s account." in words(answer)
    assert ProviderEvent.objects.get().outcome == "booked"
    assert fresh(account).balance == Decimal("925.00")


def test_the_same_check_entered_from_a_page_opened_afresh_is_asked_about_and_booked_once_more_when_said_so(
    at_finance: Client, account: BillingAccount
) -> None:
    send(at_finance, url(account, "pay"), **payment())
    asked = send(at_finance, url(account, "pay"), **payment(reference=" no. 4711 "))
    today = f"{timezone.localdate().day} {timezone.localdate():%b %Y}"
    assert asked.status_code == 409
    assert f"A payment of $100.00 with reference No. 4711 was booked on {today} by Nora Lind; book another?" in words(asked)
    assert "It is another payment: book it as well" in words(asked)
    assert Payment.objects.count() == 1
    assert "Payment of $100.00 booked." in words(send(at_finance, url(account, "pay"), **payment(again="on")))
    assert Payment.objects.count() == 2


@pytest.mark.parametrize("reference", ["No. 4712", ""])
def test_another_reference_and_none_at_all_are_booked_without_a_question(
    at_finance: Client, account: BillingAccount, reference: str
) -> None:
    for typed in (reference or "", "No. 4711" if reference else ""):
        send(at_finance, url(account, "pay"), **payment(reference=typed))
    assert Payment.objects.count() == 2


def test_a_check_that_bounced_is_presented_again_without_a_question(at_finance: Client, account: BillingAccount) -> None:
    send(at_finance, url(account, "pay"), **payment())
    entry = account.entries.get(kind="payment")
    send(at_finance, url(account, "reverse"), entry=str(entry.pk), reason="Insufficient funds")
    assert "Payment of $100.00 booked." in words(send(at_finance, url(account, "pay"), **payment()))


def test_two_pages_opened_before_either_was_sent_do_not_book_the_check_twice(at_finance: Client, account: BillingAccount) -> None:
    first, second = (open_form(at_finance, url(account, "pay")) | payment() for _ in range(2))
    at_finance.post(url(account, "pay"), first)
    asked = at_finance.post(url(account, "pay"), second | {"amount": "$100"})
    assert (asked.status_code, "book another?" in words(asked)) == (409, True)
    differs = at_finance.post(url(account, "pay"), second | {"amount": "$100", "again": "on"})
    assert differs.status_code == 412
    assert Payment.objects.count() == 1


def test_two_payments_of_the_same_day_and_amount_are_told_apart_where_one_is_reversed(at_finance: Client, account: BillingAccount) -> None:
    for reference in ("No. 4711", "No. 4712"):
        receive_payment(None, account.policy_id, amount=Decimal("100.00"), method="check", reference=reference)
    text = words(at_finance.get(url(account, "reverse")))
    day = f"{timezone.localdate().day} {timezone.localdate():%b %Y}"
    for reference in ("No. 4711", "No. 4712"):
        assert f"Payment $100.00, {day}, {reference}, booked Today" in text


def test_a_receipt_from_before_the_policy_was_booked_is_refused_at_its_field(at_finance: Client, account: BillingAccount) -> None:
    before = timezone.localtime() - datetime.timedelta(days=1)
    answer = send(at_finance, url(account, "pay"), **payment(received_at=f"{before:%Y-%m-%dT23:59}"))
    assert answer.status_code == 409
    assert 'id="pay_received_at_error"' in source(answer)
    assert "Nothing was to pay on this policy before" in words(answer)
    assert not Payment.objects.exists()
    today = send(at_finance, url(account, "pay"), **payment(received_at=f"{timezone.localtime():%Y-%m-%dT00:00}"))
    assert "Payment of $100.00 booked." in words(today)
