"""At least once, in the order of each record, whatever the receiver and the process do; and signed so that the receiver can tell."""

import base64
import datetime
import hmac
import io
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from tests.factories import superuser
from tests.mail.posted import posted
from tests.webhooks.deliveries import delivery, due_again, endpoint
from tests.webhooks.receiver import Got, Handler, Receiver, hangs_up, receiving, status
from vanguard.ids import new_id
from vanguard.webhooks import outgoing, sending, services
from vanguard.webhooks.models import Delivery, Endpoint, Health
from vanguard.webhooks.sending import LONGEST_WAIT, RESTS_AFTER, deliver, settle, take, wait_after
from vanguard.webhooks.services import ping, redeliver, rotate_secret, subscribe, switch_off, switch_on

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """The machine may be busy with something else."""
    monkeypatch.setattr(outgoing, "READ_SECONDS", 60.0)
    monkeypatch.setattr(outgoing, "WHOLE_SECONDS", 60.0)


def is_signed(got: Got, secret: str) -> bool:
    """As a receiver finds out."""
    message = f"{got.headers['webhook-id']}.{got.headers['webhook-timestamp']}.".encode() + got.body
    expected = base64.b64encode(hmac.digest(base64.b64decode(secret.removeprefix("whsec_")), message, "sha256")).decode()
    return f"v1,{expected}" in got.headers["webhook-signature"].split()


def state_of(each: Delivery) -> tuple[str, int, int | None]:
    each.refresh_from_db()
    return each.state, each.attempts, each.status


class TestOneDelivery:
    def test_it_arrives_signed_with_the_id_of_its_event(self, receiver: Receiver) -> None:
        to, secret = subscribe(None, name="Partner", url=receiver.url + "?tenant=7", event_types=["claim.filed"])
        sent = delivery(to)
        done = deliver()
        assert (done.delivered, done.failed, state_of(sent)) == (1, 0, ("delivered", 1, 200))
        [got] = receiver.got
        assert got.path == "/hook?tenant=7"
        assert got.headers["webhook-id"] == got.told["id"] == str(sent.event_id)
        assert got.headers["content-type"] == "application/json"
        assert abs(int(got.headers["webhook-timestamp"]) - time.time()) < 60
        assert is_signed(got, secret)
        assert not is_signed(got, "whsec_" + base64.b64encode(bytes(32)).decode())
        deliver()
        assert len(receiver.got) == 1

    def test_one_that_failed_is_tried_again_under_the_same_id_with_the_same_body(self, receiver: Receiver) -> None:
        sent = delivery(endpoint(receiver.url))
        receiver.answer(500, hangs_up, status(302, Location="http://127.0.0.1:9/"), 200)
        for attempt in (1, 2, 3):
            deliver()
            assert state_of(sent)[:2] == ("waiting", attempt)
            assert sent.next_at > timezone.now()
            deliver()
            assert len(receiver.got) == attempt, "not before its time"
            due_again()
        deliver()
        assert state_of(sent) == ("delivered", 4, 200)
        assert len({(got.headers["webhook-id"], got.body) for got in receiver.got}) == 1

    def test_the_waits_grow_and_end_and_no_two_are_alike(self) -> None:
        for attempt in range(1, 30):
            ideal = min(10 * 3 ** (attempt - 1), LONGEST_WAIT.total_seconds())
            assert 0.74 * ideal < wait_after(attempt).total_seconds() < 1.26 * ideal
        assert len({wait_after(1) for _ in range(20)}) > 1

    def test_after_three_days_it_is_given_up_and_by_hand_it_goes_again(self, receiver: Receiver) -> None:
        sent = delivery(endpoint(receiver.url))
        receiver.answer(500, 200)
        Delivery.objects.update(begun_at=timezone.now() - datetime.timedelta(days=3))
        deliver()
        assert state_of(sent) == ("given_up", 1, 500)
        redeliver(None, sent.pk)
        deliver()
        assert state_of(sent) == ("delivered", 1, 200)
        assert receiver.got[0].headers["webhook-id"] == receiver.got[1].headers["webhook-id"]

    def test_a_receiver_that_asks_to_be_left_alone_for_a_while_is(self, receiver: Receiver) -> None:
        sent = delivery(endpoint(receiver.url))
        receiver.answer(status(429, Retry_After="3600"))
        deliver()
        sent.refresh_from_db()
        assert sent.next_at > timezone.now() + datetime.timedelta(minutes=59)

    def test_its_answer_is_kept_short_and_encrypted(self, receiver: Receiver) -> None:
        sent = delivery(endpoint(receiver.url))
        receiver.answer(status(500, b"canary " * 1000))
        deliver()
        sent.refresh_from_db()
        assert sent.answer == ("canary " * 1000)[: outgoing.MOST_KEPT]
        with connection.cursor() as cursor:
            cursor.execute("SELECT answer FROM webhooks_delivery")
            assert b"canary" not in bytes(cursor.fetchone()[0])


class TestOrder:
    def test_what_happened_to_a_record_later_waits_for_what_was_before(self, receiver: Receiver) -> None:
        to, claim = endpoint(receiver.url, "claim.filed", "claim.started"), new_id()
        first, second = delivery(to, claim), delivery(to, claim, "claim.started")
        receiver.answer(500, 200)
        deliver()
        assert (state_of(first)[:2], state_of(second)[:2]) == (("waiting", 1), ("waiting", 0))
        due_again()
        deliver()
        assert receiver.types == ["claim.filed", "claim.filed", "claim.started"]

    def test_other_records_and_other_endpoints_do_not_wait(self, receiver: Receiver) -> None:
        with receiving() as other:
            to, another, claim = endpoint(receiver.url), endpoint(other.url), new_id()
            stuck, beside = delivery(to, claim), delivery(to)
            Delivery.objects.create(endpoint=another, event=stuck.event, subject=claim)
            Delivery.objects.filter(pk=stuck.pk).update(next_at=timezone.now() + datetime.timedelta(hours=1))
            deliver()
            assert state_of(beside)[0] == "delivered"
            assert state_of(stuck)[0] == "waiting"
            assert len(other.got) == 1

    def test_once_the_first_is_given_up_the_next_goes(self, receiver: Receiver) -> None:
        to, claim = endpoint(receiver.url), new_id()
        first, second = delivery(to, claim), delivery(to, claim)
        receiver.answer(400, 200)
        Delivery.objects.filter(pk=first.pk).update(begun_at=timezone.now() - datetime.timedelta(days=3))
        deliver()
        deliver()
        assert (state_of(first)[0], state_of(second)[0]) == ("given_up", "delivered")

    def test_a_slow_receiver_holds_up_nobody_else(self, receiver: Receiver) -> None:
        """It answers only once the other one has everything: who waited for it would wait for ever."""
        with receiving() as other:
            slow_one, fast_one = endpoint(receiver.url), endpoint(other.url)
            sent = [delivery(slow_one) for _ in range(4)] + [delivery(fast_one) for _ in range(20)]
            all_there = threading.Event()

            def after_the_others(handler: Handler) -> None:
                all_there.wait(60)
                handler.say(200)

            def last_one(handler: Handler) -> None:
                if len(other.got) == 20:
                    all_there.set()
                handler.say(200)

            receiver.answer(after_the_others)
            other.answer(last_one)
            assert deliver().delivered == len(sent)
            assert {state_of(each) for each in sent} == {("delivered", 1, 200)}


class TestHealth:
    def test_an_endpoint_that_fails_again_and_again_is_asked_by_one_delivery_ever_less_often(self, receiver: Receiver) -> None:
        to = endpoint(receiver.url)
        for _ in range(20):
            delivery(to)
        receiver.answer(503)
        deliver()
        health = Health.objects.get(endpoint=to)
        assert health.resting_until is not None
        assert health.resting_until > timezone.now()
        assert RESTS_AFTER <= len(receiver.got) <= RESTS_AFTER + 1
        assert (health.failing_since is not None, health.last_success_at) == (True, None)

    def test_when_it_is_back_everything_goes_at_once(self, receiver: Receiver) -> None:
        to = endpoint(receiver.url)
        for _ in range(8):
            delivery(to)
        receiver.answer(*[503] * 6, 200)
        deliver()
        Health.objects.update(resting_until=None)
        one = Delivery.objects.filter(attempts=0).first()
        assert one is not None
        deliver()
        if Delivery.objects.filter(state="waiting").exists():
            Health.objects.update(resting_until=None)
            deliver()
        assert not Delivery.objects.exclude(state="delivered").exists()
        health = Health.objects.get(endpoint=to)
        assert (health.failures, health.failing_since, health.resting_until) == (0, None, None)

    @pytest.mark.parametrize("how", ["failing", "gone"])
    def test_after_five_days_or_when_it_says_that_it_is_gone_it_is_switched_off_and_administrators_are_told(
        self, receiver: Receiver, how: str
    ) -> None:
        boss, to = superuser(email="boss@example.com"), endpoint(receiver.url)
        delivery(to)
        waiting = delivery(to)
        receiver.answer(500 if how == "failing" else 410)
        if how == "failing":
            Health.objects.update(failing_since=timezone.now() - datetime.timedelta(days=5), failures=RESTS_AFTER)
        deliver()
        to.refresh_from_db()
        assert to.off == how
        [letter] = posted()
        assert letter.to == [boss.email]
        assert str(to.pk) in letter.body
        count = len(receiver.got)
        due_again()
        deliver()
        assert len(receiver.got) == count
        receiver.answer(200)
        switch_on(None, to.pk)
        deliver()
        assert state_of(waiting)[0] == "delivered"

    def test_one_that_was_switched_off_by_hand_is_not_called(self, receiver: Receiver) -> None:
        to = endpoint(receiver.url)
        sent = delivery(to)
        switch_off(None, to.pk)
        deliver()
        assert (state_of(sent)[:2], receiver.got) == (("waiting", 0), [])


class TestSecrets:
    def test_for_a_day_both_secrets_sign_and_then_the_new_one_alone(self, receiver: Receiver) -> None:
        to, old = subscribe(None, name="Partner", url=receiver.url, event_types=["claim.filed"])
        _, new = rotate_secret(None, to.pk)
        delivery(to)
        deliver()
        assert is_signed(receiver.got[-1], old)
        assert is_signed(receiver.got[-1], new)
        Endpoint.objects.update(earlier_until=timezone.now())
        delivery(to)
        deliver()
        assert not is_signed(receiver.got[-1], old)
        assert is_signed(receiver.got[-1], new)
        services.clear_deliveries()
        assert Endpoint.objects.get().earlier_secret == ""

    def test_neither_secret_nor_address_stands_in_the_database_in_clear(self, receiver: Receiver) -> None:
        _, secret = subscribe(None, name="Partner", url=receiver.url + "?token=canary", event_types=["claim.filed"])
        with connection.cursor() as cursor:
            cursor.execute("SELECT secret, url FROM webhooks_endpoint")
            stored = b"".join(bytes(value) for value in cursor.fetchone())
            cursor.execute("SELECT new FROM audit_record WHERE table_name = 'webhooks_endpoint'")
            trail = str(cursor.fetchall())
            cursor.execute("SELECT changes FROM auditlog_logentry")
            entries = str(cursor.fetchall())
        for each in (stored.decode(), trail, entries):
            assert secret not in each
            assert "canary" not in each
        assert "Partner" in trail

    def test_it_is_brought_under_a_new_key(self, receiver: Receiver) -> None:
        from vanguard.rotation import parts

        assert {"webhooks.Endpoint.secret", "webhooks.Endpoint.earlier_secret", "webhooks.Endpoint.url", "webhooks.Delivery.answer"} <= {
            part.name for part in parts()
        }


class TestHands:
    """Several processes, and processes that are gone."""

    def test_what_one_has_in_hand_another_leaves_alone_until_its_minute_is_over(self, receiver: Receiver) -> None:
        sent = delivery(endpoint(receiver.url))
        [taken] = take({}, 16)
        assert take({}, 16) == []
        Delivery.objects.update(leased_until=timezone.now() - datetime.timedelta(seconds=1))
        [again] = take({}, 16)
        assert (taken.attempt, again.attempt) == (1, 2)
        settle(taken, outgoing.Answer(500))
        assert state_of(sent)[0] == "waiting"
        assert sent.status is None, "who took too long has no say any more"
        settle(again, outgoing.Answer(200))
        assert state_of(sent) == ("delivered", 2, 200)

    def test_one_that_was_removed_meanwhile_is_forgotten(self, receiver: Receiver) -> None:
        to = endpoint(receiver.url)
        delivery(to)
        [taken] = take({}, 16)
        services.remove_endpoint(None, to.pk)
        settle(taken, outgoing.Answer(200))
        assert not Delivery.objects.exists()


def test_the_command_says_what_it_did(receiver: Receiver) -> None:
    delivery(endpoint(receiver.url))
    out = io.StringIO()
    call_command("deliver_webhooks", stdout=out)
    assert out.getvalue() == "0 to deliver, 1 delivered, 0 failed.\n"


def test_a_ping_goes_at_once_past_everything_that_waits(
    receiver: Receiver, django_capture_on_commit_callbacks: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    to = endpoint(receiver.url)
    delivery(to)
    Health.objects.update(resting_until=timezone.now() + datetime.timedelta(hours=1), failures=9)
    sent = ping(None, to.pk)
    sending.send_now(sent.pk)
    assert (receiver.types, state_of(sent)[0]) == (["ping"], "delivered")


def test_old_deliveries_go_and_the_newest_stay(receiver: Receiver) -> None:
    to = endpoint(receiver.url)
    old, new = delivery(to), delivery(to)
    type(old.event).objects.filter(pk=old.event_id).update(created_at=timezone.now() - datetime.timedelta(days=31))
    assert services.clear_deliveries() == 1
    assert list(Delivery.objects.all()) == [new]
    assert type(old.event).objects.count() == 1
