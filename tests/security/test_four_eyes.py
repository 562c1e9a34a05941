"""Four eyes in the database: raw SQL in the application's own name pays nothing unapproved, and alters nothing that was approved."""

from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from django.db import IntegrityError, connection, transaction

from claims.decisions.append_only import APPROVED, ASKED_FIRST, STEP_BY_STEP, TWO_PEOPLE
from claims.models import Claim, ClaimPayment
from claims.services import approve_payment, issue_payment, pay_claim
from tests import needs
from tests.claims.test_payments import approved_claim, limited
from tests.factories import staff, supervisor
from vanguard.accounts.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture
def maker() -> User:
    return limited("100.00")


@pytest.fixture
def claim(maker: User) -> Claim:
    return approved_claim(maker, "4000.00", approver=supervisor())


@pytest.fixture
def waiting(maker: User, claim: Claim) -> ClaimPayment:
    """Above the maker's authority: it waits for a second person."""
    pay_claim(maker, claim.pk, amount=Decimal("500.00"))
    return ClaimPayment.objects.get(claim=claim)


@pytest.fixture
def approved(waiting: ClaimPayment) -> ClaimPayment:
    approve_payment(supervisor(), waiting.pk)
    waiting.refresh_from_db()
    return waiting


def refused(words: str, sql: str, *values: Any) -> None:
    told = [value.hex if isinstance(value, UUID) and connection.vendor == "sqlite" else value for value in values]
    with pytest.raises(IntegrityError, match=words), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, told)


SET = "UPDATE claims_claimpayment SET {} WHERE id = %s"


class TestPaying:
    def test_what_was_not_approved(self, waiting: ClaimPayment) -> None:
        for status in ("issued", "cleared", "voided"):
            refused(STEP_BY_STEP, SET.format(f"status = '{status}', paid_at = created_at"), waiting.pk)

    def test_what_was_stopped(self, approved: ClaimPayment) -> None:
        ClaimPayment.objects.filter(pk=approved.pk).update(status="stopped")
        for status in ("approved", "issued", "cleared"):
            refused(STEP_BY_STEP, SET.format(f"status = '{status}', paid_at = created_at"), approved.pk)

    @pytest.mark.parametrize("status", ["issued", "cleared"])
    def test_what_nobody_asked_for(self, approved: ClaimPayment, status: str) -> None:
        columns = "claim_id, amount, coverage, cost_type, payee, requested_by_id, approved_by_id, basis, waits_for, seal, created_at"
        key = approved.pk.int + 1
        fresh = f"{key:032x}" if connection.vendor == "sqlite" else str(type(approved.pk)(int=key))
        select = f"SELECT %s, '{status}', created_at, {columns} FROM claims_claimpayment WHERE id = %s"  # names of ours
        refused(ASKED_FIRST, f"INSERT INTO claims_claimpayment (id, status, paid_at, {columns}) {select}", fresh, approved.pk)

    def test_more_than_was_approved_on_the_claim(self, claim: Claim) -> None:
        refused("beyond what was approved", "UPDATE claims_claim SET paid_amount = approved_amount + 1 WHERE id = %s", claim.pk)


class TestApproving:
    def test_by_who_asked_for_it(self, waiting: ClaimPayment, maker: User) -> None:
        for basis in ("second_person", "", "elsewhere"):
            change = f"status = 'approved', approved_by_id = requested_by_id, basis = '{basis}', seal = '{waiting.digest()}'"
            with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(SET.format(change), [waiting.pk.hex if connection.vendor == "sqlite" else waiting.pk])

    def test_by_another_as_if_on_the_own_authority(self, waiting: ClaimPayment) -> None:
        change = f"status = 'approved', approved_by_id = %s, basis = 'own_authority', seal = '{waiting.digest()}'"
        refused(TWO_PEOPLE, SET.format(change), supervisor().pk, waiting.pk)

    def test_by_nobody_on_behalf_of_somebody(self, waiting: ClaimPayment) -> None:
        refused(TWO_PEOPLE, SET.format(f"status = 'approved', basis = 'own_authority', seal = '{waiting.digest()}'"), waiting.pk)

    @needs.postgresql
    def test_something_else_than_what_was_asked_for(self, waiting: ClaimPayment) -> None:
        """The seal is of the amount, the payee and what it is paid for: the database works it out itself."""
        change = f"status = 'approved', approved_by_id = %s, basis = 'second_person', seal = '{'0' * 64}'"
        refused(TWO_PEOPLE, SET.format(change), supervisor().pk, waiting.pk)

    @needs.postgresql
    def test_what_was_asked_for_but_to_another_account(self, claim: Claim, maker: User) -> None:
        pay_claim(maker, claim.pk, amount=Decimal("500.00"), routing_number="121000248", account_number="44171234567")
        asked = ClaimPayment.objects.get(claim=claim)
        asked.account_mark = None
        change = f"status = 'approved', approved_by_id = %s, basis = 'second_person', seal = '{asked.digest()}'"
        refused(TWO_PEOPLE, SET.format(change), supervisor().pk, asked.pk)


class TestAltering:
    @pytest.mark.parametrize("change", ["amount = amount + 1", "payee = 'Another'", "coverage = 'other'", "cost_type = 'expense'"])
    def test_what_is_paid(self, approved: ClaimPayment, change: str) -> None:
        refused("never edited", SET.format(change), approved.pk)

    @pytest.mark.parametrize(
        "change", ["approved_by_id = requested_by_id", "approved_by_id = NULL", "basis = 'own_authority'", "seal = 'x'"]
    )
    def test_who_approved_it_and_what(self, approved: ClaimPayment, change: str) -> None:
        refused(APPROVED, SET.format(change), approved.pk)
        issue_payment(staff("Finance"), approved.pk)
        refused(APPROVED, SET.format(change), approved.pk)

    def test_what_was_approved_on_the_claim(self, claim: Claim) -> None:
        refused(APPROVED, "UPDATE claims_claim SET approved_amount = approved_amount + 1000 WHERE id = %s", claim.pk)

    def test_a_payment_away(self, approved: ClaimPayment) -> None:
        refused("never deleted", "DELETE FROM claims_claimpayment WHERE id = %s", approved.pk)
