"""The command as processes: two at once, one that is killed in the middle, one that is asked to end. Nothing is lost."""

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
from django.db import connection

from tests import needs
from tests.webhooks.deliveries import delivery, due_again, endpoint
from tests.webhooks.receiver import Receiver, slow
from vanguard.ids import new_id
from vanguard.webhooks.models import Delivery
from vanguard.webhooks.sending import deliver

# Other processes see only what is committed.
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow, needs.postgresql]
ROOT = Path(__file__).resolve().parents[2]


def sender(*arguments: str) -> subprocess.Popen[str]:
    """`manage.py deliver_webhooks` on the test's database."""
    at = connection.settings_dict
    url = f"postgres://{at['USER']}:{at['PASSWORD']}@{at['HOST']}:{at['PORT'] or 5432}/{at['NAME']}"
    around = os.environ | {"ENVIRONMENT": "test", "DATABASE_URL": url}
    command = [sys.executable, str(ROOT / "manage.py"), "deliver_webhooks", *arguments]
    return subprocess.Popen(command, env=around, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def waited(receiver: Receiver, number: int) -> None:
    """Until so many have arrived."""
    until = time.monotonic() + 120
    while len(receiver.got) < number:
        assert time.monotonic() < until, "nothing arrived"
        time.sleep(0.02)


def test_two_at_once_deliver_each_event_once_and_each_record_in_order(receiver: Receiver) -> None:
    to, claims = endpoint(receiver.url), [new_id() for _ in range(20)]
    sent = [delivery(to, claim) for _ in range(4) for claim in claims]
    both = [sender(), sender()]
    said = [process.communicate(timeout=240)[0] for process in both]
    assert [process.returncode for process in both] == [0, 0], said
    arrived = [got.told["id"] for got in receiver.got]
    assert Counter(arrived) == Counter(str(each.event_id) for each in sent)
    for claim in claims:
        of_claim = [got.told["id"] for got in receiver.got if got.told["data"]["claimId"] == str(claim)]
        assert of_claim == [str(each.event_id) for each in sent if each.subject == claim]


def test_what_a_killed_process_had_in_hand_is_delivered_by_another(receiver: Receiver) -> None:
    to = endpoint(receiver.url)
    sent = [delivery(to) for _ in range(6)]
    receiver.answer(slow(0.3))
    killed = sender("--every", "1")
    try:
        waited(receiver, 3)
    finally:
        killed.kill()
        killed.wait(60)
    assert Delivery.objects.filter(state="waiting").exists()
    receiver.answer(200)
    due_again()
    deliver()
    assert not Delivery.objects.exclude(state="delivered").exists()
    assert {got.told["id"] for got in receiver.got} == {str(each.event_id) for each in sent}


def test_one_that_is_asked_to_end_finishes_what_it_has_in_hand(receiver: Receiver) -> None:
    to = endpoint(receiver.url)
    for _ in range(6):
        delivery(to)
    receiver.answer(slow(0.5))
    ending = sender("--every", "1")
    try:
        waited(receiver, 1)
        ending.send_signal(signal.SIGTERM)
        assert ending.wait(60) == 0
    finally:
        ending.kill()
    assert not Delivery.objects.filter(leased_until__isnull=False).exists()
    assert Delivery.objects.filter(state="delivered").count() == len(receiver.got)
