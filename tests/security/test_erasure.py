"""A customer's personal data is erased: the key is destroyed, nothing finds the person, and the books stay as they are."""

import datetime
import io
from decimal import Decimal
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from auditlog.models import LogEntry
from django.core.files.storage import storages
from django.core.management import call_command
from django.db import connection
from django.utils import timezone
from pytest_django import Settings

from claims import services as claim_services
from claims.letters.services import write_letter
from claims.models import Claim, ClaimDocument, EarlierDescription
from customers.models import ContactEntry, Customer, DataKey, Erasure
from customers.services import (
    create_customer,
    erase_due,
    find_duplicates,
    ledger,
    lift_hold,
    lookup_by_ssn,
    merge_customers,
    record_contact,
    request_erasure,
    set_hold,
    update_customer,
)
from policies.models import Policy
from policies.papers.models import PolicyDocument
from policies.papers.services import make_document
from tests.factories import CustomerFactory, PolicyFactory, adjuster, policyholder, staff, submitted_claim
from vanguard.documents.downloads import download
from vanguard.encryption.owned import KeyIsGone, keyring
from vanguard.errors import Conflict, DomainError, Invalid, NotAllowed

pytestmark = pytest.mark.django_db
SSN = "078-05-1120"
WORDS = ("Rosalind", "Quennell", "rosalind.quennell", "555 0147", "Canary Row", "078051120", "1979-02-28")


@pytest.fixture(autouse=True)
def _stores(tmp_path: Path, settings: Settings) -> None:
    settings.MEDIA_ROOT = str(tmp_path / "documents")
    settings.ERASURE_LEDGER = tmp_path / "erasures.jsonl"


def rosalind(**fields: Any) -> Customer:
    given: dict[str, Any] = {
        "email": "rosalind.quennell@example.com",
        "first_name": "Rosalind",
        "last_name": "Quennell",
        "phone": "+1 512 555 0147",
        "date_of_birth": datetime.date(1979, 2, 28),
        "address": "9 Canary Row\nAustin TX",
        "ssn": SSN,
    }
    return create_customer(staff("Underwriter"), **(given | fields))


def erase(customer: Customer, **fields: Any) -> Erasure:
    asked = {"reason": "Asked for by letter", "confirm_email": customer.email} | fields
    return request_erasure(staff("Compliance"), customer.pk, **asked)


def at(moment: datetime.datetime) -> Any:
    """The platform's clock stands there inside."""
    return patch("django.utils.timezone.now", return_value=moment)


def ended_long_ago(customer: Customer) -> Policy:
    start = timezone.now() - datetime.timedelta(days=9 * 366)
    return PolicyFactory.create(customer=customer, start_date=start, end_date=start + datetime.timedelta(days=365), status="expired")


def tables_that_hold(*words: str) -> set[tuple[str, str]]:
    """In which tables of the database, as they lie there, which of the words stand."""
    found = set()
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            values = [bytes(each) if isinstance(each, memoryview) else str(each).encode() for row in cursor.fetchall() for each in row]
            found |= {(table, word) for word in words for value in values if word.encode() in value}
    return found


def test_after_an_erasure_no_table_no_file_and_no_audit_entry_holds_the_person() -> None:
    customer = rosalind()
    holder = policyholder(customer, email="rosalind.quennell@example.com", first_name="Rosalind", last_name="Quennell")
    update_customer(staff("Underwriter"), customer.pk, version=None, changes={"address": "10 Canary Row"})
    record_contact(None, customer.pk, channel="call", direction="incoming", text="Rosalind Quennell called.")
    policy = ended_long_ago(customer)
    paper = make_document(None, policy.pk, kind="schedule").document
    stored = Path(storages["default"].path(str(paper.file.name)))
    erasure = erase(Customer.objects.get(pk=customer.pk))
    assert erasure.done_at is not None
    assert tables_that_hold(*WORDS) == set()
    assert not stored.exists()
    assert not DataKey.objects.filter(pk=customer.pk).exists()
    holder.refresh_from_db()
    assert not holder.is_active
    assert LogEntry.objects.filter(object_pk=str(customer.pk)).exists()


def test_neither_name_nor_address_nor_ssn_finds_the_person_any_more() -> None:
    customer = rosalind()
    erase(customer)
    assert not Customer.objects.matching("Quennell").exists()
    assert not Customer.objects.matching("rosalind.quennell@").exists()
    assert lookup_by_ssn(staff("Compliance"), SSN) == []
    born = datetime.date(1979, 2, 28)
    assert find_duplicates(staff("Underwriter"), first_name="Rosalind", last_name="Quennell", date_of_birth=born) == []
    assert create_customer(None, email=customer.email, first_name="Rosalind", last_name="Quennell").pk != customer.pk


def closed_claim(policy: Policy) -> Claim:
    """A claim that was closed eight years ago, with a document, a letter and a question that was answered."""
    loss = policy.start_date + datetime.timedelta(days=30)
    claim = submitted_claim(policy, incident_date=loss, reported_date=loss, description="Rosalind Quennell's roof.")
    claim_services.add_note(None, claim.pk, text="Rosalind Quennell was at home.")
    write_letter(None, claim.pk, kind="acknowledgement")
    claim_services.start_claim(None, claim.pk)
    claim_services.ask_information(None, claim.pk, question="Who was there?")
    holder = policyholder(policy.customer)
    claim_services.answer_question(holder, claim.pk, claim.information_requests.get().pk, answer="Rosalind Quennell and her sister.")
    for words in ("Did Rosalind Quennell cause it?", "Rosalind Quennell was away, it seems."):
        claim_services.check_claim_cover(None, claim.pk, left_open=words)
    claim_services.check_claim_cover(None, claim.pk)
    claim_services.evaluate_claim(None, claim.pk, reason="Rosalind Quennell sent the photos.")
    claim_services.investigate_claim(None, claim.pk, reason="Rosalind Quennell's sister says otherwise.")
    claim_services.evaluate_claim(None, claim.pk, reason="Rosalind Quennell explained it.")
    ClaimDocument.objects.create(claim=claim, name="Quennell.pdf", content_type="application/pdf", size=3, sha256="0" * 64, file="x.pdf")
    closed = loss + datetime.timedelta(days=60)
    Claim.objects.filter(pk=claim.pk).update(
        status="denied", stage="denied", processed_date=closed, closed_at=closed, due_at=None, approved_amount=None
    )
    return Claim.objects.get(pk=claim.pk)


def test_money_dates_and_causes_of_a_claim_stay_and_what_was_written_goes() -> None:
    customer = rosalind()
    policy = ended_long_ago(customer)
    claim = closed_claim(policy)
    before = {name: getattr(claim, name) for name in ("claim_amount", "paid_amount", "incident_date", "claim_type", "status", "policy_id")}
    assert erase(customer).done_at is not None
    after = Claim.objects.get(pk=claim.pk)
    assert {name: getattr(after, name) for name in before} == before
    asked = after.information_requests.get()
    answer = asked.note + asked.asked_of + asked.question
    assert "Quennell" not in after.description + after.notes.get().text + after.documents.get().name + answer
    assert tables_that_hold("Quennell") == set()
    assert after.policy.premium_amount == Decimal("1200.00")
    with pytest.raises(Conflict) as refused:
        download(after.documents.get())
    assert refused.value.code == "erased"


def test_a_request_to_approve_that_was_sent_back_loses_its_reason_and_the_open_question_with_it() -> None:
    customer = rosalind()
    policy = ended_long_ago(customer)
    loss = policy.start_date + datetime.timedelta(days=30)
    owner = adjuster()
    Policy.objects.filter(pk=policy.pk).update(coverage_amount=Decimal("90000.00"))
    policy.refresh_from_db()
    claim = submitted_claim(policy, claim_amount=Decimal("60000.00"), incident_date=loss, reported_date=loss)
    claim_services.start_claim(owner, claim.pk)
    claim_services.check_claim_cover(owner, claim.pk, left_open="Was Rosalind Quennell away?")
    claim_services.approve_claim(owner, claim.pk)
    claim_services.withdraw_approval(owner, claim.pk, reason="Rosalind Quennell has called.")
    claim_services.deny_claim(None, claim.pk, reason="Before the term")
    Claim.objects.filter(pk=claim.pk).update(closed_at=loss + datetime.timedelta(days=60), processed_date=loss, due_at=None)
    before = [(check.step, check.limit, check.made_at) for check in claim.coverage_checks.all()]
    assert erase(customer).done_at is not None
    assert tables_that_hold("Quennell") == set()
    after = claim.coverage_checks.all()
    assert [(check.step, check.limit, check.made_at) for check in after] == before
    erased = "Erased with the customer's personal data."
    assert [check.left_open for check in after] == [None, None, erased, erased, None]
    assert claim.transitions.get(command="withdraw").reason == erased
    assert claim.transitions.get(command="deny").reason == "Before the term"


def test_an_account_that_was_paid_to_cannot_be_read_nor_found_and_its_seal_fits() -> None:
    customer = rosalind()
    policy = ended_long_ago(customer)
    loss = policy.start_date + datetime.timedelta(days=30)
    claim = submitted_claim(policy, claim_amount=Decimal("5000.00"), incident_date=loss, reported_date=loss)
    for step in (claim_services.start_claim, claim_services.approve_claim):
        step(None, claim.pk)
    claim_services.pay_claim(None, claim.pk, routing_number="121000248", account_number="44171234567")
    claim_services.clear_payment(None, claim.payments.get().pk)
    claim_services.close_claim(None, claim.pk)
    Claim.objects.filter(pk=claim.pk).update(closed_at=loss + datetime.timedelta(days=60))
    assert erase(customer).done_at is not None
    paid = claim.payments.get()
    assert (paid.masked_account, paid.account_digest, paid.seal) == ("••••", None, paid.digest())
    with pytest.raises(KeyIsGone):
        _ = paid.account
    claim_services.reopen_claim(None, claim.pk, reason="More damage")
    with pytest.raises(Conflict) as refused:
        claim_services.pay_claim(
            None, claim.pk, amount=Decimal("1.00"), cost_type="expense", routing_number="121000248", account_number="44171234567"
        )
    assert (refused.value.code, refused.value.errors[0].field) == ("erased", "account_number")


def test_how_a_description_read_before_goes_too() -> None:
    customer = rosalind()
    claim = closed_claim(ended_long_ago(customer))
    EarlierDescription.objects.create(claim=claim, text="Rosalind Quennell's cellar.")
    assert erase(customer).done_at is not None
    assert not EarlierDescription.objects.filter(claim=claim).exists()


def test_while_a_claim_is_open_it_waits_and_says_for_what() -> None:
    customer = rosalind()
    claim = submitted_claim(PolicyFactory.create(customer=customer))
    erasure = erase(customer)
    assert (erasure.done_at, erasure.due_at) == (None, None)
    assert claim.claim_number in erasure.waits_for
    assert erase_due() == 0
    assert Customer.objects.get(pk=customer.pk).phone == customer.phone


def test_it_waits_seven_years_after_the_last_policy_has_ended_and_is_then_done_by_itself() -> None:
    customer = rosalind()
    policy = PolicyFactory.create(customer=customer)
    erasure = erase(customer)
    assert erasure.due_at == policy.end_date.replace(year=policy.end_date.year + 7)
    assert "7 years" in erasure.waits_for
    with at(erasure.due_at - datetime.timedelta(minutes=1)):
        assert erase_due() == 0
    with at(erasure.due_at + datetime.timedelta(minutes=1)):
        assert erase_due() == 1
        assert erase_due() == 0
    assert Customer.objects.get(pk=customer.pk).erased_at is not None
    assert tables_that_hold("Quennell") == set()


def test_a_policy_that_came_meanwhile_moves_the_day() -> None:
    customer = rosalind()
    first = PolicyFactory.create(customer=customer)
    due = erase(customer).due_at
    PolicyFactory.create(customer=customer, start_date=first.end_date, end_date=first.end_date + datetime.timedelta(days=365))
    erase_due()
    assert due is not None
    assert (Erasure.objects.get().due_at or due) > due


def test_under_a_legal_hold_nothing_is_erased_neither_asked_for_nor_due() -> None:
    customer = rosalind()
    policy = PolicyFactory.create(customer=customer)
    erasure = erase(customer)
    set_hold(staff("Compliance"), customer.pk, reason="Lawsuit 12-345")
    assert erasure.due_at is not None
    with at(erasure.due_at + datetime.timedelta(days=1)):
        assert erase_due() == 0
        lift_hold(staff("Compliance"), customer.pk, reason="Settled")
        assert erase_due() == 1
    other = rosalind(email="other@example.com")
    set_hold(staff("Compliance"), other.pk, reason="Lawsuit 12-346")
    with pytest.raises(Conflict) as refused:
        erase(other)
    assert refused.value.code == "on_hold"
    with pytest.raises(Conflict):
        set_hold(staff("Compliance"), other.pk, reason="Again")
    assert policy.pk


def test_a_hold_on_a_record_that_was_merged_holds_the_person() -> None:
    kept, merged = rosalind(), rosalind(email="second@example.com")
    set_hold(None, merged.pk, reason="Lawsuit")
    merge_customers(None, kept.pk, merged.pk)
    with pytest.raises(Conflict) as refused:
        erase(kept)
    assert refused.value.code == "on_hold"


def test_an_erasure_takes_the_records_that_were_merged_into_it_along() -> None:
    kept, merged = rosalind(), rosalind(email="rosalind.quennell@other.example")
    record_contact(None, merged.pk, channel="call", direction="incoming", text="Rosalind Quennell.")
    merge_customers(None, kept.pk, merged.pk, take=["phone"], reason="Rosalind Quennell twice")
    erase(kept)
    assert tables_that_hold(*WORDS) == set()
    assert ContactEntry.objects.get().text == ""


def test_who_asks_must_be_compliance_say_why_and_confirm_whom() -> None:
    customer = rosalind()
    with pytest.raises(NotAllowed):
        request_erasure(adjuster(), customer.pk, reason="Asked", confirm_email=customer.email)
    with pytest.raises(Invalid) as refused:
        erase(customer, confirm_email="somebody@example.com")
    assert refused.value.code == "unconfirmed"
    with pytest.raises(Invalid):
        erase(customer, reason=" ")
    with pytest.raises(NotAllowed):
        set_hold(adjuster(), customer.pk, reason="Lawsuit")


def test_an_erased_record_is_not_changed_nor_used_again() -> None:
    customer = rosalind()
    erase(customer)
    for again in (
        lambda: update_customer(None, customer.pk, version=None, changes={"phone": "+1 512 555 0199"}),
        lambda: record_contact(None, customer.pk, channel="call", direction="incoming", text="Hello"),
        lambda: erase(Customer.objects.get(pk=customer.pk)),
        lambda: merge_customers(None, CustomerFactory.create().pk, customer.pk),
    ):
        with pytest.raises(DomainError) as refused:
            again()
        assert refused.value.code == "erased"


def _row_of(customer: Customer) -> tuple[str, list[Any]]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM customers_customer WHERE email = %s", [customer.email])
        names = [column[0] for column in cursor.description]
        return ", ".join(f"{name} = %s" for name in names if name != "id"), [
            value for name, value in zip(names, cursor.fetchone(), strict=True) if name != "id"
        ]


def test_a_copy_of_the_table_from_before_put_back_stays_unreadable_and_the_sums_are_the_same() -> None:
    customer = rosalind()
    ended_long_ago(customer)
    premiums = sum(Policy.objects.values_list("premium_amount", flat=True))
    assignments, backup = _row_of(customer)
    erase(customer)
    with connection.cursor() as cursor:  # the customers' table of last week, without the table of keys
        cursor.execute(f"UPDATE customers_customer SET {assignments} WHERE email LIKE 'erased-%%'", backup)
    restored = Customer.objects.get(pk=customer.pk)
    assert restored.erased_at is None
    for name in Customer.PERSONAL:
        with pytest.raises(KeyIsGone):
            getattr(restored, name)
    assert sum(Policy.objects.values_list("premium_amount", flat=True)) == premiums
    with pytest.raises(KeyIsGone):
        update_customer(None, customer.pk, version=None, changes={"phone": "+1 512 555 0199"})


def test_after_a_restore_of_everything_the_ledger_erases_again(settings: Settings) -> None:
    customer = rosalind()
    assignments, backup = _row_of(customer)
    secret = DataKey.objects.get(pk=customer.pk).secret
    erase(customer)
    ledger.write([customer.pk])  # a test's transaction is never committed
    Erasure.objects.all().delete()
    DataKey.objects.create(customer_id=customer.pk, secret=secret)
    with connection.cursor() as cursor:  # the whole database of last week, keys included
        cursor.execute(f"UPDATE customers_customer SET {assignments} WHERE email LIKE 'erased-%%'", backup)
    keyring.remembered.clear()
    assert Customer.objects.get(pk=customer.pk).phone == "+1 512 555 0147"
    out = io.StringIO()
    call_command("replay_erasures", stdout=out)
    assert "1 erased again" in out.getvalue()
    assert tables_that_hold(*WORDS) == set()
    call_command("replay_erasures", stdout=out)
    assert "0 erased again" in out.getvalue()


@pytest.mark.django_db(transaction=True)
def test_the_ledger_is_written_after_the_commit_and_completed_where_it_was_not(settings: Settings) -> None:
    customer = rosalind()
    erase(customer)
    assert ledger.read() == [customer.pk]
    Path(settings.ERASURE_LEDGER).unlink()
    assert ledger.complete() == 1
    assert ledger.complete() == 0
    assert ledger.read() == [customer.pk]


def test_papers_that_were_erased_are_no_fault_of_the_books() -> None:
    customer = rosalind()
    policy = ended_long_ago(customer)
    make_document(None, policy.pk, kind="schedule")
    erase(customer)
    assert PolicyDocument.objects.get().file.name == ""
    out = io.StringIO()
    call_command("verify_books", "--only", "papers_sealed", "--every-file", stdout=out)
