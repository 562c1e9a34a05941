"""Whatever is booked in whatever order, the books agree after each step: entries, invoices, credit, refunds, notices."""

import datetime
from contextlib import suppress
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from policies.billing.models import Kind, Plan
from policies.billing.services import (
    change_plan,
    charge_fee,
    receive_payment,
    refund_payment,
    reverse_entry,
    reverse_payment,
    run_delinquency,
    write_off,
)
from policies.billing.services.instalments import of_premium
from policies.models import Policy
from tests.billing.books import assert_books_agree, booked, fresh, tell
from vanguard.errors import DomainError

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
AMOUNTS = st.decimals(min_value="0.01", max_value="2000.00", places=2)
PICK = st.integers(0, 30)
# In the suite: some hundreds of steps. A longer run: HISTORIES examples of STEPS steps (see docs/billing.md).
HISTORIES, STEPS = 8, 30


class History(RuleBasedStateMachine):
    """One account. Every command may be refused; none may leave the books wrong."""

    @initialize(premium=AMOUNTS, plan=st.sampled_from(Plan.values), days=st.integers(-300, 30))
    def begin(self, premium: Decimal, plan: str, days: int) -> None:
        self.account = booked(str(premium), plan, start_date=timezone.now() + datetime.timedelta(days=days))
        self.written = premium

    def attempt(self, service: Any, *args: Any, **kwargs: Any) -> None:
        with suppress(DomainError), transaction.atomic():
            service(None, *args, **kwargs)

    @rule(
        amount=AMOUNTS, back=st.booleans(), kind=st.sampled_from(["endorsement", "correction", "renewal", "cancellation", "reinstatement"])
    )
    def premium(self, amount: Decimal, back: bool, kind: str) -> None:
        change = -min(amount, self.written) if back else amount
        tell(self.account.policy, change, kind)
        self.written += change

    @rule(days=st.integers(-40, 40))
    def another_term(self, days: int) -> None:
        policy = self.account.policy
        policy.start_date, policy.end_date = (each + datetime.timedelta(days=days) for each in (policy.start_date, policy.end_date))
        policy.save()
        tell(policy, "0.00", "correction")

    @rule(amount=AMOUNTS)
    def pay(self, amount: Decimal) -> None:
        self.attempt(receive_payment, self.account.policy_id, amount=amount, method="card")

    @rule(which=PICK, amount=AMOUNTS)
    def refund(self, which: int, amount: Decimal) -> None:
        payments = list(self.account.payments.all())
        if payments:
            held = min(amount, fresh(self.account).credit)
            self.attempt(refund_payment, payments[which % len(payments)].pk, amount=held, reason="Overpaid")

    @rule(which=PICK)
    def bounce(self, which: int) -> None:
        payments = list(self.account.payments.all())
        if payments:
            self.attempt(reverse_payment, payments[which % len(payments)].pk, reason="Returned")

    @rule(which=PICK)
    def reverse(self, which: int) -> None:
        entries = list(self.account.entries.all())
        if entries:
            self.attempt(reverse_entry, entries[which % len(entries)].pk, reason="Wrong")

    @rule(amount=AMOUNTS, service=st.sampled_from([charge_fee, write_off]))
    def by_hand(self, amount: Decimal, service: Any) -> None:
        self.attempt(service, self.account.policy_id, amount=amount, reason="By hand")

    @rule(plan=st.sampled_from(Plan.values))
    def another_plan(self, plan: str) -> None:
        self.attempt(change_plan, self.account.policy_id, plan=plan, version=None)

    @rule(days=st.integers(0, 20))
    def chase(self, days: int) -> None:
        run_delinquency(timezone.now() + datetime.timedelta(days=days))

    @invariant()
    def the_books_agree(self) -> None:
        assert_books_agree(self.account)

    @invariant()
    def no_invoice_asks_for_a_fee_and_for_premium(self) -> None:
        fees = set(self.account.invoices.filter(lines__entry__kind=Kind.FEE).values_list("pk", flat=True))
        assert not fees.intersection(of_premium(self.account).values_list("pk", flat=True))

    @invariant()
    def what_was_charged_is_the_written_premium(self) -> None:
        premiums = (Kind.PREMIUM_CHARGE, Kind.ENDORSEMENT_CHARGE, Kind.ENDORSEMENT_CREDIT, Kind.CANCELLATION_CREDIT)
        assert sum(entry.amount for entry in self.account.entries.filter(kind__in=premiums)) == self.written

    def teardown(self) -> None:
        Policy.objects.update(status="expired")  # no later example chases it


def test_the_books_agree_after_any_history() -> None:
    run_state_machine_as_test(
        History,
        settings=settings(max_examples=HISTORIES, stateful_step_count=STEPS, deadline=None, suppress_health_check=list(HealthCheck)),
    )
