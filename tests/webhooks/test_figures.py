"""What an operator is told of webhooks: how much waits and for how long, whether partners are reached, whether anybody sends."""

import datetime

import pytest
from django.utils import timezone

from tests.observability.test_asked_figures import told
from tests.webhooks.deliveries import delivery, due_again, endpoint
from tests.webhooks.receiver import Receiver
from vanguard.webhooks.models import Cursor, Delivery, Endpoint, Health
from vanguard.webhooks.sending import deliver
from vanguard.webhooks.services import switch_off

pytestmark = pytest.mark.django_db
NAMES = ("waiting", "oldest_seconds", "failing", "failing_seconds", "given_up", "switched_off", "silent_seconds")


def figures() -> dict[str, float]:
    found = told()
    return {name: round(found[f"vanguard_webhooks_{name}"]) for name in NAMES}


def ago(**by: float) -> datetime.datetime:
    return timezone.now() - datetime.timedelta(**by)


def test_where_nobody_is_subscribed_nothing_is_amiss() -> None:
    Cursor.objects.all().delete()
    assert figures() == dict.fromkeys(NAMES, 0)


def test_what_waits_and_where_nothing_arrives_is_told_until_it_is_delivered(receiver: Receiver) -> None:
    to = endpoint(receiver.url)
    for _ in range(3):
        delivery(to)
    Delivery.objects.update(begun_at=ago(minutes=10))
    receiver.answer(500)
    deliver()
    Health.objects.update(failing_since=ago(hours=2))
    now = figures()
    assert (now["waiting"], now["failing"], now["given_up"]) == (3, 1, 0)
    assert now["oldest_seconds"] == pytest.approx(600, abs=60)
    assert now["failing_seconds"] == pytest.approx(7200, abs=60)
    receiver.answer(200)
    due_again()
    deliver()
    now = figures()
    assert (now["waiting"], now["oldest_seconds"], now["failing"], now["failing_seconds"]) == (0, 0, 0, 0)


def test_what_was_given_up_is_told_for_a_day(receiver: Receiver) -> None:
    to = endpoint(receiver.url)
    delivery(to)
    Delivery.objects.update(state="given_up", tried_at=ago(hours=23))
    assert figures()["given_up"] == 1
    Delivery.objects.update(tried_at=ago(hours=25))
    assert figures()["given_up"] == 0


def test_a_webhook_that_the_platform_switched_off_is_told_and_one_that_a_person_did_is_not(receiver: Receiver) -> None:
    to = endpoint(receiver.url)
    delivery(to)
    switch_off(None, to.pk)
    assert (figures()["switched_off"], figures()["waiting"]) == (0, 0)
    Endpoint.objects.update(off="failing")
    assert figures()["switched_off"] == 1


def test_a_sender_that_does_not_run_is_told_of(receiver: Receiver) -> None:
    endpoint(receiver.url)
    assert figures()["silent_seconds"] < 60  # from the first subscription on
    deliver()
    Cursor.objects.update(looked_at=ago(minutes=20))
    assert figures()["silent_seconds"] == pytest.approx(1200, abs=60)
