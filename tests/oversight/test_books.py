"""The books page: every invariant holds in a book made by the services, and each fault that is planted beneath them is named."""

import io
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from claims.models import ClaimDocument, LedgerEntry
from claims.models.payments import ClaimPaymentQuerySet
from claims.oversight.models import BooksRun
from claims.oversight.services import ask_for_books, run_books, run_waiting_books, verify_books
from claims.reports import incurred
from claims.reports.sources import Source
from customers.services import ledger
from policies.billing.models import Invoice
from policies.billing.models import LedgerEntry as BillingEntry
from policies.models import EndorsementRequest, Policy
from tests.factories import adjuster, staff, supervisor
from tests.oversight.planting import Book, a_book, check_off, plant
from tests.workbench.desk import desk_of, source, words
from vanguard.books import invariants
from vanguard.errors import Conflict, Invalid, NotAllowed

pytestmark = pytest.mark.django_db
TOTALS = "claims_claim"


@pytest.fixture(autouse=True)
def _files_go_into_a_folder_of_their_own(tmp_path: Path, settings: Settings) -> None:
    settings.MEDIA_ROOT = tmp_path
    settings.ERASURE_LEDGER = tmp_path / "erasures.jsonl"


@pytest.fixture
def book() -> Book:
    return a_book()


def key(record: Any) -> str:
    return str(record.pk)


def spoil(file: Any) -> None:
    (Path(settings.MEDIA_ROOT) / file.name).write_bytes(b"another file")


def not_recorded(table: str) -> None:
    """Updates of the table are not written to the audit trail any more."""
    on_postgresql = connection.vendor == "postgresql"
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TRIGGER recorded_update ON {table}" if on_postgresql else f"DROP TRIGGER recorded_update_{table}")


def an_approval_without_a_decision(book: Book) -> None:
    now = timezone.now()
    fields: dict[str, Any] = {"policy": book.endorsed, "effective_at": now, "statement": "None known"}
    with check_off("policies_endorsementrequest", "policy_request_approved_by_a_person"):
        EndorsementRequest.objects.create(outcome="approved", **fields)


# invariant → how it is broken, and the name of the record that must then be named.
FAULTS: dict[str, tuple[Callable[[Book], object], Callable[[Book], str]]] = {
    "claim_paid": (lambda b: plant("claims_claim", "paid_amount = paid_amount - 1", id=key(b.closed)), lambda b: b.closed.claim_number),
    "claim_booked": (
        lambda b: plant("claims_ledgerentry", "effective_at = booked_at, paid = paid - 1", kind="payment", claim_id=key(b.closed)),
        lambda b: b.closed.claim_number,
    ),
    "claim_incurred": (
        lambda b: plant("claims_ledgerentry", "outstanding = outstanding - 1", id=key(_reserve(b))),
        lambda b: b.closed.claim_number,
    ),
    # As much as before, in another month.
    "claim_triangle": (
        lambda b: plant("claims_ledgerentry", f"effective_at = {_days_less('effective_at', 40)}", kind="payment", claim_id=key(b.closed)),
        lambda b: b.closed.claim_number,
    ),
    "claim_incurred_triangle": (
        lambda b: plant("claims_claim", "paid_amount = paid_amount - 1", id=key(b.unreserved)),
        lambda b: b.unreserved.claim_number,
    ),
    "claim_payments": (lambda b: plant("claims_claim", "approved_amount = 1", id=key(b.closed)), lambda b: b.closed.claim_number),
    "claim_limit": (lambda b: plant("claims_claim", "approved_amount = 99999", id=key(b.closed)), lambda b: b.closed.claim_number),
    "claim_coverage": (
        lambda b: plant("claims_claimpayment", "amount = amount + 60000", claim_id=key(b.closed)),
        lambda b: b.closed.claim_number,
    ),
    "claim_aggregate": (
        lambda b: plant(
            "claims_claim",
            "status = 'approved', stage = 'approved', processed_date = reported_date, approved_amount = 1000001",
            id=key(b.liability),
        ),
        lambda b: b.liability.claim_number,
    ),
    "claim_closed": (lambda b: plant("claims_claimpayment", "status = 'issued'", claim_id=key(b.closed)), lambda b: b.closed.claim_number),
    "claim_deadline": (
        lambda b: plant("claims_claim", "due_at = reported_date", id=key(b.waiting)),
        lambda b: b.waiting.claim_number,
    ),
    "claim_clocks": (
        lambda b: plant("clocks_clock", "due_at = '2001-01-01 00:00:00'", claim_id=key(b.waiting)),
        lambda b: b.waiting.claim_number,
    ),
    "claim_next_action": (
        lambda b: plant("diary_diaryentry", "done_at = created_at, ending = 'done'", claim_id=key(b.waiting)),
        lambda b: b.waiting.claim_number,
    ),
    "claim_closed_diary": (
        lambda b: plant("diary_diaryentry", "done_at = NULL, ending = '', done_by_id = NULL, outcome = ''", claim_id=key(b.closed)),
        lambda b: b.closed.claim_number,
    ),
    "claim_state": (lambda b: plant("claims_claim", "stage = 'appeal'", id=key(b.waiting)), lambda b: b.waiting.claim_number),
    "claim_file": (lambda b: plant("claims_claim", "closed_at = NULL", id=key(b.closed)), lambda b: b.closed.claim_number),
    "claim_four_eyes": (
        lambda b: plant("claims_claimtransition", "maker_id = NULL", command="approve", claim_id=key(b.closed)),
        lambda b: b.closed.claim_number,
    ),
    "claim_seals": (lambda b: plant("claims_claimpayment", "payee = 'Another'", claim_id=key(b.closed)), lambda b: b.closed.claim_number),
    "claim_proofs": (lambda b: _change_newest_proof(b), lambda b: b.closed.claim_number),
    "claim_documents": (lambda b: spoil(ClaimDocument.objects.get().file), lambda b: b.closed.claim_number),
    "papers_sealed": (lambda b: spoil(b.paper.file), lambda b: b.endorsed.policy_number),
    "policy_written": (
        lambda b: plant("policies_policyversion", "written_premium = written_premium + 1", policy_id=key(b.endorsed), number=2),
        lambda b: b.endorsed.policy_number,
    ),
    "policy_changes": (
        lambda b: plant("policies_policyversion", "premium_change = premium_change + 1", policy_id=key(b.endorsed), number=1),
        lambda b: b.endorsed.policy_number,
    ),
    "policy_tiling": (
        lambda b: plant("policies_policysegment", f"ends_at = {_days_less('ends_at', 1)}", version_id=_last(b)),
        lambda b: b.endorsed.policy_number,
    ),
    "policy_earned": (
        lambda b: plant("policies_policysegment", "in_force = NOT in_force", version_id=_last(b)),
        lambda b: b.endorsed.policy_number,
    ),
    "policy_seams": (
        lambda b: Policy.objects.filter(pk=b.endorsed.pk).update(renews=b.account.policy),
        lambda b: b.endorsed.policy_number,
    ),
    "policy_four_eyes": (an_approval_without_a_decision, lambda b: b.endorsed.policy_number),
    "billing_lapses": (
        lambda b: plant("policies_policy", "lapses_at = end_date", id=key(b.account.policy)),
        lambda b: b.account.policy.policy_number,
    ),
    "billing_premium": (
        lambda b: plant("billing_ledgerentry", "amount = amount + 1", id=key(_premium(b))),
        lambda b: b.account.policy.policy_number,
    ),
    "billing_schedule": (
        lambda b: plant("billing_ledgerentry", "amount = amount + 1", id=key(_premium(b))),
        lambda b: b.account.policy.policy_number,
    ),
    "billing_invoices": (lambda b: plant("billing_invoice", "amount = amount + 1", id=key(_open(b))), lambda b: _open(b).invoice_number),
    "billing_balance": (
        lambda b: plant("billing_billingaccount", "credit = credit + 5", id=key(b.account)),
        lambda b: b.account.policy.policy_number,
    ),
    "billing_allocations": (
        lambda b: plant("billing_invoice", "paid_amount = amount", id=key(_open(b))),
        lambda b: b.account.policy.policy_number,
    ),
    "billing_payments": (lambda b: plant("billing_payment", "refunded_amount = 1"), lambda b: b.account.policy.policy_number),
    "customer_erased": (lambda b: _ledger_names(b.closed.policy.customer_id), lambda b: str(b.closed.policy.customer_id)),
    "audit_chain": (lambda _: not_recorded("claims_claim"), lambda _: "Triggers"),
    "totals": (lambda b: plant("vanguard_rowcount", "number = number + 1", table_name=TOTALS), lambda _: TOTALS),
}  # fmt: skip
if connection.vendor == "postgresql":
    FAULTS["own_writes"] = (lambda _: not_looked_at("claims_claim"), lambda _: "Triggers")


def not_looked_at(table: str) -> None:
    """Policyholders' writes to the table are held back by the services alone."""
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TRIGGER own_rows ON {table}")


def _ledger_names(customer_id: Any) -> None:
    """As if an older backup had been put back after this customer was erased."""
    ledger.write([customer_id])


def _reserve(book: Book) -> LedgerEntry:
    return LedgerEntry.objects.filter(claim=book.closed, kind="reserve").earliest("booked_at")


def _premium(book: Book) -> BillingEntry:
    return BillingEntry.objects.get(account=book.account, kind="premium_charge")


def _open(book: Book) -> Invoice:
    return book.account.invoices.filter(paid_amount=0, amount__gt=0).latest("due_at")


def _last(book: Book) -> str:
    return key(book.endorsed.versions.get(number=2))


def _days_less(column: str, days: int) -> str:
    return f"{column} - interval '{days} days'" if connection.vendor == "postgresql" else f"datetime({column}, '-{days} days')"


def _change_newest_proof(book: Book) -> None:
    proof = book.closed.proofs.latest("made_at")
    lines = json.dumps(proof.lines | {"payable": "1.00"})
    plant("claims_settlementproof", f"lines = '{lines}'", id=key(proof))


def test_a_book_made_by_the_services_adds_up(book: Book) -> None:
    run = verify_books()
    assert {result.name: [str(each) for each in result.findings.all()] for result in run.results.all() if not result.is_green} == {}
    assert run.is_green
    assert run.checked == len(invariants()) == len(FAULTS)


def test_each_fault_beneath_the_services_is_found_and_exactly_its_record_named(book: Book) -> None:
    found, wanted = {}, {}
    for name, (fault, named) in FAULTS.items():
        wanted[name] = [named(book)]
        with transaction.atomic():
            fault(book)
            result = verify_books([name]).results.get()
            found[name] = [finding.name for finding in result.findings.all()]
            assert result.offenders == len(found[name])
            transaction.set_rollback(True)
    assert found == wanted


def test_money_that_changed_places_between_two_claims_is_found_on_both(book: Book) -> None:
    plant("claims_claimpayment", "amount = amount + 1", claim_id=key(book.closed))
    plant("claims_claimpayment", "amount = amount - 1", claim_id=key(book.unreserved))
    result = verify_books(["claim_triangle"]).results.get()
    month = f"{timezone.now():%Y-%m}"
    assert [(finding.key, finding.says) for finding in result.findings.order_by("name")] == [
        (key(book.closed), f"The triangle has 39,001.00 in {month}, the ledger 39,000.00."),
        (key(book.unreserved), f"The triangle has 999.00 in {month}, the ledger 1,000.00."),
    ]


def test_a_report_that_adds_up_otherwise_is_found_by_its_cells(book: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is wrong beneath: the reports themselves put money into the month of another moment."""
    plant("claims_ledgerentry", f"booked_at = {_days_less('booked_at', 400)}", claim_id=key(book.closed))

    movements = incurred.movements

    def by_booking(until: Any, policy_type: str = "") -> list[Source]:
        first, *others = movements(until, policy_type)
        return [replace(first, moment="booked_at"), *others]

    monkeypatch.setattr(incurred, "movements", by_booking)
    findings = verify_books(["claim_incurred_triangle"]).results.get().findings.all()
    assert [(finding.record, finding.name) for finding in findings] == [("claims.claim", book.closed.claim_number)]
    assert "The triangle has 0.00 in " in findings[0].says

    monkeypatch.setattr(ClaimPaymentQuerySet, "made", lambda rows: rows.exclude(claim=book.closed))
    found = [finding.name for finding in verify_books(["claim_triangle"]).results.get().findings.all()]
    assert found == [book.closed.claim_number]


def test_a_counter_that_is_wrong_leads_to_its_list(book: Book) -> None:
    plant("vanguard_rowcount", "number = number + 1", table_name=TOTALS)
    run = verify_books(["totals"])
    listed = source(desk_of(staff("Finance")).get(f"/admin/books/{run.pk}/totals/"))
    assert '<a class="wb-id" href="/admin/claims/claim/">claims_claim</a>' in listed


def test_the_command_fails_where_the_books_do_not_add_up_and_tells_programs_what(book: Book) -> None:
    plant("claims_claim", "paid_amount = paid_amount - 1", id=key(book.closed))
    out = io.StringIO()
    with pytest.raises(CommandError, match="claim_paid") as failed:
        call_command("verify_books", "--only", "claim_paid", "claim_state", "--json", stdout=out)
    assert failed.value.returncode == 1
    told = {each["name"]: each for each in json.loads(out.getvalue())["invariants"]}
    assert [(each["record"], each["key"]) for each in told["claim_paid"]["findings"]] == [("claims.claim", key(book.closed))]
    assert told["claim_state"]["green"] is True
    call_command("verify_books", "--only", "claim_state", stdout=out)
    assert "1 invariants, 0 of them do not hold." in out.getvalue()


def test_an_unknown_name_is_refused_and_nothing_is_kept() -> None:
    with pytest.raises(Invalid, match="no invariant claim_luck"):
        verify_books(["claim_luck"])
    assert not BooksRun.objects.exists()


def test_a_red_row_leads_to_the_record(book: Book) -> None:
    plant("claims_claim", "paid_amount = paid_amount - 1", id=key(book.closed))
    run = verify_books()
    desk = desk_of(staff("Finance"))
    page = words(desk.get("/admin/books/"))
    assert f"1 of {run.checked} do not hold: What a claim says was paid" in page
    listed = desk.get(f"/admin/books/{run.pk}/claim_paid/")
    assert f'href="/admin/claims/claim/{book.closed.pk}/change/"' in source(listed)
    assert "The books do not add up. 1 of" in words(desk.get("/admin/"))
    assert "The books do not add up" not in words(desk_of(adjuster()).get("/admin/"))
    assert "The claim says 38,999.00, its payments come to 39,000.00, its ledger to 39,000.00." in words(listed)
    exported = desk.get(f"/admin/books/{run.pk}/claim_paid/?as=csv").content.decode()
    assert book.closed.claim_number in exported


def test_the_page_shows_the_last_look_and_works_nothing_out(django_assert_max_num_queries: Any) -> None:
    desk = desk_of(staff("Finance"))
    assert "Nobody has verified the books yet" in words(desk.get("/admin/books/"))
    verify_books()
    with django_assert_max_num_queries(14):
        page = words(desk.get("/admin/books/"))
    assert f"All {len(invariants())} hold." in page


def test_asking_on_the_page_has_it_done_once_in_the_background() -> None:
    daniel = supervisor()
    desk = desk_of(daniel)
    answer = desk.post("/admin/books/run/", follow=True)
    assert "The books are being verified" in words(answer)
    desk.post("/admin/books/run/")
    run = BooksRun.objects.get()
    assert (run.state, run.asked_by) == ("waiting", daniel)
    run_waiting_books()
    run.refresh_from_db()
    assert run.is_green
    assert run_books(run.pk) is None
    assert desk.get("/admin/books/run/").status_code == 405


def test_two_looks_are_never_under_way_at_once() -> None:
    desk = desk_of(supervisor())
    running = BooksRun.objects.create(state="running", started_at=timezone.now())
    with pytest.raises(Conflict, match="already"):
        verify_books()
    assert "are being verified already" in source(desk.post("/admin/books/run/", follow=True))
    assert list(BooksRun.objects.all()) == [running]
    BooksRun.objects.update(started_at=timezone.now() - timedelta(hours=3))  # whoever began is gone
    assert verify_books(["totals"]).is_green
    assert set(BooksRun.objects.values_list("state", flat=True)) == {"done"}


def test_who_may_see_the_books() -> None:
    for role in ("Finance", "Compliance", "Supervisor"):
        assert desk_of(staff(role)).get("/admin/books/").status_code == 200
    desk: Client = desk_of(adjuster())
    assert desk.get("/admin/books/").status_code == 403
    assert desk.post("/admin/books/run/").status_code == 403
    with pytest.raises(NotAllowed):
        ask_for_books(adjuster())
