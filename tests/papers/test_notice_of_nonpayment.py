"""The letter for a notice of non-payment: made by the job that gives the notice, in one transaction with it, once."""

import hashlib
from datetime import timedelta
from decimal import Decimal
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.utils import timezone
from pytest_django import Settings

from customers.services import update_customer
from policies.billing.models import BillingAccount, Notice
from policies.billing.services import receive_payment, run_delinquency
from policies.papers.facts import Kind, facts_of, kinds_of
from policies.papers.letters import paper_of
from policies.papers.models import PolicyDocument
from policies.papers.services import make_document
from tests.api.calling import Caller
from tests.billing.books import booked
from tests.factories import PolicyFactory, adjuster, policyholder, underwriter
from tests.papers.test_policy_papers import said
from tests.workbench.desk import desk_of, words
from vanguard.errors import Conflict

pytestmark = [pytest.mark.django_db, pytest.mark.once]
NOBODY_CAN_SET = "\U00013080"  # a hieroglyph


@pytest.fixture(autouse=True)
def store(tmp_path: Path, settings: Settings) -> Path:
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


@pytest.fixture
def unpaid(db: None) -> BillingAccount:
    return booked("600.00", start_date=PolicyFactory.build().start_date)


def chase() -> str:
    out = StringIO()
    call_command("chase_unpaid", stdout=out, stderr=out)
    return out.getvalue()


def test_the_job_writes_one_letter_with_each_notice_however_often_it_runs(unpaid: BillingAccount) -> None:
    chase()
    chase()
    letter = PolicyDocument.objects.get(policy=unpaid.policy_id)
    assert (letter.kind, letter.made_by, Notice.objects.count()) == ("nonpayment", None, 1)
    assert letter.name == f"Notice of non-payment {unpaid.policy}.pdf"
    pdf = letter.file.open().read()
    assert pdf.startswith(b"%PDF-")
    assert (hashlib.sha256(pdf).hexdigest(), len(pdf)) == (letter.sha256, letter.size)


def test_it_says_what_is_owed_since_when_and_when_cover_ends_otherwise(unpaid: BillingAccount) -> None:
    run_delinquency(timezone.now())
    notice, text = Notice.objects.get(), said(paper_of(facts_of(unpaid.policy, Kind.NONPAYMENT)))
    ends = f"{notice.lapses_at:%B} {notice.lapses_at.day}, {notice.lapses_at:%Y, %H:%M} UTC"
    due = f"{notice.invoice.due_at:%B} {notice.invoice.due_at.day}, {notice.invoice.due_at:%Y}"
    for expected in (unpaid.policy.policy_number, notice.invoice.invoice_number, "$600.00", f"cover ends on {ends}", due):
        assert expected in text, expected


def test_a_notice_whose_letter_cannot_be_set_is_not_given_and_holds_up_nobody_else(unpaid: BillingAccount) -> None:
    other = booked("300.00", start_date=PolicyFactory.build().start_date)
    customer = unpaid.policy.customer
    update_customer(None, customer.pk, version=customer.version, changes={"last_name": NOBODY_CAN_SET})
    done = run_delinquency(timezone.now())
    assert (done.held, done.noticed) == ({unpaid.policy_id: "no_typeface"}, [other.policy_id])
    assert list(Notice.objects.values_list("account", flat=True)) == [other.pk]


def test_once_it_is_paid_there_is_no_other_letter_to_make_and_the_first_stays(unpaid: BillingAccount) -> None:
    run_delinquency(timezone.now())
    assert Kind.NONPAYMENT in kinds_of(unpaid.policy)
    receive_payment(None, unpaid.policy_id, amount=Decimal("600.00"), method="card")
    assert Kind.NONPAYMENT not in kinds_of(unpaid.policy)
    with pytest.raises(Conflict) as refused:
        make_document(None, unpaid.policy_id, kind="nonpayment")
    assert refused.value.code == "nothing_to_say"
    assert PolicyDocument.objects.filter(policy=unpaid.policy_id).count() == 1


def test_a_second_notice_has_a_letter_of_its_own() -> None:
    account = booked("1200.00", "monthly", start_date=timezone.now() - timedelta(days=40))
    run_delinquency(timezone.now() - timedelta(days=35))
    in_time = timezone.now() - timedelta(days=20)
    receive_payment(None, account.policy_id, amount=Decimal("100.00"), method="card", received_at=in_time)
    run_delinquency(timezone.now())
    assert PolicyDocument.objects.filter(policy=account.policy_id, kind="nonpayment").count() == 2


def test_the_insured_and_staff_download_it_and_nobody_else_knows_of_it(unpaid: BillingAccount) -> None:
    run_delinquency(timezone.now())
    letter = PolicyDocument.objects.get(policy=unpaid.policy_id)
    for user, status in ((policyholder(unpaid.policy.customer), 200), (adjuster(), 200), (policyholder(), 404)):
        assert Caller(user).get(f"/documents/{letter.pk}").status == status
    listed = Caller(underwriter()).get(f"/policies/{unpaid.policy_id}/documents?kind=nonpayment").data["data"]
    assert [row["sha256"] for row in listed] == [letter.sha256]
    page = words(desk_of(underwriter()).get(f"/admin/policies/policy/{unpaid.policy_id}/change/"))
    assert "Notice of non-payment as the policy stands now" in page
