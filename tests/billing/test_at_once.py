"""Two at the same instant, in real transactions on threads of their own: one effect each, on SQLite and on PostgreSQL."""

import datetime
import json
import threading
from collections.abc import Callable
from decimal import Decimal

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from policies.billing.models import Notice, Payment, ProviderEvent
from policies.billing.providers import LocalProvider
from policies.billing.services import Chased, receive_payment, run_delinquency
from policies.models import Policy
from tests.api.calling import Caller
from tests.api.test_same_instant import at_once
from tests.billing.books import assert_books_agree, booked, fresh, tell
from tests.factories import superuser
from vanguard.money import ZERO

pytestmark = pytest.mark.django_db(transaction=True)


def test_two_payments_at_once_are_both_booked_and_allocated() -> None:
    account, caller = booked("1200.00", "quarterly"), Caller(superuser())
    path, body = f"/policies/{account.policy_id}/payments", {"amount": 200, "method": "card"}
    answers = at_once(*[lambda: caller.post(path, body)] * 6)
    assert [answer.status for answer in answers] == [201] * 6
    assert fresh(account).balance == 0
    assert_books_agree(account)


def test_one_key_at_once_is_paid_once() -> None:
    account, caller = booked("1200.00"), Caller(superuser())
    path, body = f"/policies/{account.policy_id}/payments", {"amount": 200, "method": "card"}
    answers = at_once(*[lambda: caller.post(path, body, Idempotency_Key="once")] * 6)
    assert {(answer.status, answer.text) for answer in answers} == {(201, answers[0].text)}
    assert fresh(account).balance == Decimal("1000.00")


def test_refunded_six_times_at_once_gives_back_what_there_is_once() -> None:
    account, caller = booked("100.00"), Caller(superuser())
    payment = receive_payment(None, account.policy_id, amount=Decimal("150.00"), method="card")
    answers = at_once(*[lambda: caller.post(f"/payments/{payment.pk}/refund", {"amount": 50, "reason": "Overpaid"})] * 6)
    assert sorted(answer.status for answer in answers) == [200] + [409] * 5
    assert (fresh(account).credit, Payment.objects.get().refunded_amount) == (ZERO, Decimal("50.00"))
    assert_books_agree(account)


def test_reversed_six_times_at_once_is_reversed_once() -> None:
    account, caller = booked("100.00"), Caller(superuser())
    payment = receive_payment(None, account.policy_id, amount=Decimal("100.00"), method="card")
    answers = at_once(*[lambda: caller.post(f"/payments/{payment.pk}/reverse", {"reason": "Returned"})] * 6)
    assert sorted(answer.status for answer in answers) == [200] + [409] * 5
    assert fresh(account).balance == Decimal("100.00")


def test_a_webhook_delivered_six_times_at_once_is_booked_once_and_answered_alike() -> None:
    account = booked("100.00")
    content = {
        "id": "evt_1",
        "type": "payment.received",
        "createdAt": timezone.now().isoformat(),
        "reference": "pi_1",
        "amount": "40.00",
        "policyNumber": account.policy.policy_number,
    }
    body = json.dumps(content).encode()
    signature = LocalProvider(settings.PAYMENT_WEBHOOK_SECRET).sign(body, timezone.now())
    answers = at_once(*[lambda: Caller().send_bytes("POST", "/billing/webhooks/local", body, Payment_Signature=signature)] * 6)
    assert {(answer.status, answer.data["outcome"]) for answer in answers} == {(200, "booked")}
    assert (Payment.objects.count(), ProviderEvent.objects.count()) == (1, 1)
    assert fresh(account).balance == Decimal("60.00")


def runs_at_once(now: datetime.datetime) -> list[Chased]:
    """Two workers with the same command."""
    barrier, done = threading.Barrier(2), list[Chased]()

    def run() -> None:
        try:
            barrier.wait(timeout=10)
            done.append(run_delinquency(now))
        finally:
            connection.close()

    threads: list[threading.Thread] = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert len(done) == 2
    return done


def test_two_workers_give_each_notice_once_and_lapse_each_policy_once() -> None:
    start = timezone.now() - datetime.timedelta(days=20)
    accounts = [booked("1200.00", start_date=start) for _ in range(5)]
    noticed = runs_at_once(timezone.now())
    assert sum(len(each.noticed) for each in noticed) == Notice.objects.count() == 5
    lapsed = runs_at_once(timezone.now() + datetime.timedelta(days=40))
    assert sum(len(each.lapsed) for each in lapsed) == 5
    assert Policy.objects.filter(pk__in=[each.policy_id for each in accounts], status="cancelled").count() == 5


def test_an_endorsement_a_payment_and_the_chasing_at_once_neither_lose_money_nor_wait_for_each_other_for_ever() -> None:
    account, caller = booked("1200.00", "monthly", start_date=timezone.now() - datetime.timedelta(days=20)), Caller(superuser())
    path, body = f"/policies/{account.policy_id}/payments", {"amount": 200, "method": "card"}

    def done_in_thread(work: Callable[[], object]) -> Callable[[], None]:
        def run() -> None:
            try:
                work()
            finally:
                connection.close()

        return run

    def four_times(work: Callable[[], object]) -> Callable[[], None]:
        return done_in_thread(lambda: [work() for _ in range(4)])

    work = [
        four_times(lambda: caller.post(path, body)),
        four_times(lambda: tell_locked(account.policy, "10.00")),
        four_times(lambda: run_delinquency(timezone.now())),
    ]
    threads = [threading.Thread(target=each) for each in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert fresh(account).balance == Decimal("1200.00") + 40 - 800
    assert_books_agree(account)


def tell_locked(policy: Policy, amount: str) -> object:
    """As an endorsement does: under the policy's lock, in one transaction."""
    with transaction.atomic():
        tell(Policy.objects.select_for_update().get(pk=policy.pk), amount)
    return None
