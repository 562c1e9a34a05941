"""Reserves, payments and recoveries of a claim: what the ledger holds, and what nobody can do to it."""

from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from claims.models import Balance, Claim, EntryKind, LedgerEntry
from claims.services import (
    approve_claim,
    clear_payment,
    close_claim,
    delete_claim,
    pay_claim,
    record_recovery,
    reverse_recovery,
    set_reserve,
    void_payment,
)
from tests.factories import PolicyFactory, adjuster, policyholder, staff, started_claim, submitted_claim, supervisor, underwriter
from vanguard.errors import Conflict, Invalid, NotAllowed, StaleVersion

pytestmark = pytest.mark.django_db


def balance(claim: Claim) -> Balance:
    return claim.entries.all().balance()


def paid_claim(amount: str = "4000.00") -> Claim:
    """Approved and paid by Finance, and cleared."""
    owner, finance = adjuster(), staff("Finance")
    policy = PolicyFactory.create(coverage_amount=Decimal("100000.00"))
    claim = started_claim(owner, policy, claim_amount=Decimal(amount) + Decimal("1000.00"))
    approve_claim(owner, claim.pk)
    pay_claim(finance, claim.pk)
    return clear_payment(finance, claim.payments.get().pk)


def test_a_reserve_is_set_by_coverage_and_cost_type_and_the_entry_holds_the_difference_and_who_and_why() -> None:
    owner = adjuster()
    claim = started_claim(owner)
    set_reserve(owner, claim.pk, amount=Decimal("5000.00"), reason="Estimate")
    set_reserve(owner, claim.pk, amount=Decimal("3500.00"), reason="Second estimate")
    set_reserve(owner, claim.pk, amount=Decimal("600.00"), cost_type="expense", reason="Surveyor")
    lines = claim.entries.all().lines()
    assert {cost: line.outstanding for (_, cost), line in lines.items()} == {"indemnity": Decimal("3500.00"), "expense": Decimal("600.00")}
    second = claim.entries.get(reason="Second estimate")
    assert (second.kind, second.outstanding, second.actor) == (EntryKind.RESERVE, Decimal("-1500.00"), owner)


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"amount": Decimal("-1"), "reason": "x"}, "amount"),
        ({"amount": Decimal("0.001"), "reason": "x"}, "amount"),
        ({"amount": Decimal("NaN"), "reason": "x"}, "amount"),
        ({"amount": Decimal("1"), "reason": " "}, "reason"),
        ({"amount": Decimal("1"), "reason": "x", "cost_type": "fun"}, "cost_type"),
        ({"amount": Decimal("1"), "reason": "x", "coverage": "moon"}, "coverage"),
    ],
)
def test_what_is_no_reserve_is_refused_by_its_field(given: dict[str, object], field: str) -> None:
    owner = adjuster()
    claim = started_claim(owner)
    with pytest.raises(Invalid) as refused:
        set_reserve(owner, claim.pk, **given)  # type: ignore[arg-type]  # arguments of many types, by their names
    assert refused.value.errors[0].field == field


def test_a_reserve_is_for_who_handles_the_claim_and_for_an_open_file() -> None:
    claim = paid_claim()
    for person in (underwriter(), staff("Finance"), policyholder(claim.policy.customer), adjuster()):
        with pytest.raises(NotAllowed):
            set_reserve(person, claim.pk, amount=Decimal("1.00"), reason="x")
    close_claim(supervisor(), claim.pk)
    with pytest.raises(Conflict) as refused:
        set_reserve(supervisor(), claim.pk, amount=Decimal("1.00"), reason="x")
    assert refused.value.code == "not_allowed_now"


def test_a_claim_with_a_reserve_is_not_deleted() -> None:
    owner = supervisor()
    claim = submitted_claim()
    set_reserve(owner, claim.pk, amount=Decimal("10.00"), reason="x")
    with pytest.raises(Conflict) as refused:
        delete_claim(owner, claim.pk, version=None)
    assert refused.value.code == "in_use"


def test_the_database_refuses_to_change_or_lose_an_entry() -> None:
    claim = paid_claim()
    for attempt in (lambda: claim.entries.update(reason="other"), lambda: LedgerEntry.objects.filter(claim=claim).delete()):
        with pytest.raises(IntegrityError), transaction.atomic():
            attempt()


def test_the_database_refuses_what_would_leave_less_than_nothing_outstanding() -> None:
    owner = adjuster()
    claim = started_claim(owner)
    set_reserve(owner, claim.pk, amount=Decimal("10.10"), reason="x")
    entry = claim.entries.get()
    entry.pk, entry.outstanding = claim.pk, Decimal("-10.11")
    with pytest.raises(IntegrityError), transaction.atomic():
        entry.save(force_insert=True)


def test_the_database_refuses_an_entry_that_does_not_fit_its_kind() -> None:
    claim = started_claim(adjuster())
    for wrong in ({"kind": "reserve", "paid": Decimal("5.00")}, {"kind": "payment", "paid": Decimal("5.00")}, {"kind": "recovery"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            LedgerEntry.objects.create(claim=claim, cost_type="indemnity", effective_at=claim.reported_date, **wrong)


def test_a_recovery_has_an_entry_of_its_own_and_lowers_what_is_incurred() -> None:
    claim, finance = paid_claim(), staff("Finance")
    record_recovery(finance, claim.pk, amount=Decimal("1200.00"), source="salvage", reason="The wreck was sold")
    assert balance(claim) == Balance(paid=Decimal("4000.00"), recovered=Decimal("1200.00"))
    assert balance(claim).incurred == Decimal("2800.00")
    entry = claim.entries.get(kind="recovery")
    reverse_recovery(finance, entry.pk, reason="The check bounced")
    assert balance(claim).incurred == Decimal("4000.00")
    with pytest.raises(Conflict) as refused:
        reverse_recovery(finance, entry.pk, reason="Again")
    assert refused.value.code == "reversed"


def test_a_recovery_makes_older_pages_stale_so_the_same_money_is_not_booked_twice() -> None:
    claim, finance = paid_claim(), staff("Finance")
    seen = Claim.objects.get(pk=claim.pk).version
    salvage = {"amount": Decimal("1200.00"), "source": "salvage", "version": seen}
    booked = record_recovery(finance, claim.pk, **salvage)  # type: ignore[arg-type]  # one of each kind
    assert booked.version == Claim.objects.get(pk=claim.pk).version == seen + 1
    with pytest.raises(StaleVersion):
        record_recovery(finance, claim.pk, **salvage)  # type: ignore[arg-type]
    with pytest.raises(StaleVersion):
        reverse_recovery(finance, claim.entries.get(kind="recovery").pk, reason="Bounced", version=seen)
    assert balance(claim).recovered == Decimal("1200.00")


def test_no_more_comes_back_than_was_paid_and_only_finance_books_it() -> None:
    claim = paid_claim()
    with pytest.raises(Conflict) as refused:
        record_recovery(staff("Finance"), claim.pk, amount=Decimal("4000.01"), source="subrogation")
    assert refused.value.errors[0].field == "amount"
    with pytest.raises(Invalid):
        record_recovery(staff("Finance"), claim.pk, amount=Decimal("1.00"), source="luck")
    with pytest.raises(NotAllowed):
        record_recovery(supervisor(), claim.pk, amount=Decimal("1.00"), source="salvage")


def test_a_voided_payment_is_reversed_by_an_entry_and_its_reserve_is_set_aside_again() -> None:
    owner, finance = adjuster(), staff("Finance")
    claim = started_claim(owner)
    set_reserve(owner, claim.pk, amount=Decimal("3000.00"), reason="x")
    approve_claim(owner, claim.pk)
    pay_claim(finance, claim.pk)
    assert balance(claim) == Balance(paid=Decimal("4000.00"))
    fresh = void_payment(finance, claim.payments.get().pk, reason="Wrong address")
    assert balance(claim) == Balance(outstanding=Decimal("3000.00"))
    assert (fresh.paid_amount, fresh.stage) == (Decimal("0.00"), "payment_pending")
    assert [row.amount for row in claim.payments.made()] == [Decimal("4000.00"), Decimal("-4000.00")]


def test_filing_a_claim_books_nothing() -> None:
    assert not submitted_claim().entries.exists()


def test_the_proof_that_a_payment_rests_on_stays_whoever_writes() -> None:
    claim = paid_claim()
    payment = claim.payments.get()
    assert payment.proof == claim.proofs.get()
    with pytest.raises(IntegrityError, match="never edited"), transaction.atomic():
        claim.payments.update(proof=None)
    payment.refresh_from_db()
    assert payment.proof is not None
