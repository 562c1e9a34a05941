"""A small book that adds up, and a way past the rules of the database."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.utils import timezone

from claims.models import Claim
from claims.services import (
    approve_claim,
    approve_payment,
    attach_document,
    clear_payment,
    close_claim,
    issue_payment,
    pay_claim,
    record_recovery,
    set_reserve,
)
from policies.billing.models import BillingAccount
from policies.billing.services import receive_payment
from policies.models import Policy
from policies.papers.models import PolicyDocument
from policies.papers.services import make_document
from policies.products.models import Product
from policies.reading import published
from policies.rules import Endorsement
from policies.services import endorse_policy
from tests.billing.books import booked
from tests.factories import PolicyFactory, adjuster, staff, started_claim, submitted_claim, supervisor


@dataclass(frozen=True, slots=True)
class Book:
    """One record of each sort that the invariants are about."""

    closed: Claim
    # Paid and closed without a reserve: what it cost is told by its terms.
    unreserved: Claim
    waiting: Claim
    liability: Claim
    account: BillingAccount
    endorsed: Policy
    paper: PolicyDocument


def a_book() -> Book:
    """Made by the services, so that it adds up."""
    maker, second = adjuster(), supervisor()
    finance = staff("Finance")
    policy = PolicyFactory.create(coverage_amount=Decimal("90000.00"))
    closed = started_claim(maker, policy, claim_amount=Decimal("40000.00"))
    set_reserve(maker, closed.pk, amount=Decimal("30000.00"), reason="First estimate")
    approve_claim(maker, closed.pk)
    approve_claim(second, closed.pk)
    pay_claim(maker, closed.pk)
    payment = closed.payments.get()
    approve_payment(second, payment.pk)
    issue_payment(finance, payment.pk)
    clear_payment(finance, payment.pk)
    record_recovery(finance, closed.pk, amount=Decimal("500.00"), source="salvage")
    attach_document(maker, closed.pk, upload=SimpleUploadedFile("estimate.pdf", b"%PDF-1.7\nfigures\n%%EOF\n"))
    closed = close_claim(maker, closed.pk)
    unreserved = started_claim(second, policy, claim_type="hail", claim_amount=Decimal("2000.00"))
    approve_claim(second, unreserved.pk)
    pay_claim(second, unreserved.pk)
    issue_payment(finance, unreserved.payments.get().pk)
    clear_payment(finance, unreserved.payments.get().pk)
    unreserved = close_claim(second, unreserved.pk)
    waiting = started_claim(maker, policy, claim_amount=Decimal("3000.00"), incident_date=timezone.now() - timedelta(days=20))
    account = booked("1200.00", plan="quarterly")
    receive_payment(finance, account.policy_id, amount=Decimal("300.00"), method="check")
    endorsed = booked("1200.00", start_date=timezone.now() - timedelta(days=100)).policy
    values: dict[str, Any] = {"coverage_amount": Decimal("30000.00")}
    endorse_policy(None, endorsed.pk, asked=Endorsement(effective_at=timezone.now() + timedelta(days=5), terms=values))
    paper = make_document(None, endorsed.pk, kind="schedule").document
    version = Product.objects.get(code="HO").versions.order_by("number").last()
    homeowner = PolicyFactory.create(product_version=version, coverage_amount=Decimal("900000.00"))
    liability = submitted_claim(homeowner, claim_type="liability", claim_amount=Decimal("200000.00"))
    return Book(closed, unreserved, waiting, liability, account, endorsed, paper)


@contextmanager
def rules_off(*tables: str) -> Iterator[None]:
    """Raw SQL may write to these tables what their triggers, and on SQLite their checks, would refuse."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            for table in tables:
                cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
            yield
            for table in tables:
                cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
            return
        marks = ", ".join(["%s"] * len(tables))
        cursor.execute(f"SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name IN ({marks})", tables)
        triggers = cursor.fetchall()
        for name, _ in triggers:
            cursor.execute(f"DROP TRIGGER {name}")
        yield
        for _, statement in triggers:
            cursor.execute(statement)


@contextmanager
def check_off(table: str, check: str) -> Iterator[None]:
    """Rows may be written that this check would refuse. On PostgreSQL it is back when the test's transaction is rolled back."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {check}")
            yield
            return
        cursor.execute("PRAGMA ignore_check_constraints = ON")
        yield
        cursor.execute("PRAGMA ignore_check_constraints = OFF")


def plant(table: str, change: str, **where: Any) -> None:
    """UPDATE, past all rules."""
    model_keys = [key.replace("-", "") if connection.vendor == "sqlite" and isinstance(key, str) else key for key in where.values()]
    condition = " AND ".join(f"{name} = %s" for name in where)
    with rules_off(table), connection.cursor() as cursor:
        cursor.execute(f"UPDATE {table} SET {change}" + (f" WHERE {condition}" if where else ""), model_keys)
        assert cursor.rowcount, "nothing was planted"
    published.forget()
