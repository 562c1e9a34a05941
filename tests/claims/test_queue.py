import datetime
import threading
import time

import pytest
from django.db import connection, transaction
from django.utils import timezone

from claims.clocks.calendar import end_of_day
from claims.models import Claim
from claims.services import assign_claim, start_claim, take_next_claim
from tests import needs
from tests.factories import PolicyFactory, adjuster, started_claim, submitted_claim, supervisor, underwriter
from vanguard.accounts.models import User
from vanguard.errors import Conflict, Invalid, NotAllowed

pytestmark = pytest.mark.django_db


def test_an_adjuster_takes_the_claim_with_the_nearest_deadline_that_nobody_owns() -> None:
    now = timezone.now()
    later = submitted_claim(reported_date=now - datetime.timedelta(days=2))
    sooner = submitted_claim(reported_date=now - datetime.timedelta(days=9))
    person = adjuster()
    assert [take_next_claim(person), take_next_claim(person), take_next_claim(person)] == [sooner, later, None]
    fresh = Claim.objects.get(pk=sooner.pk)
    assert (fresh.assignee, fresh.stage, fresh.status) == (person, "assigned", "pending")
    assert list(Claim.objects.queue_of(person)) == [sooner, later]


def test_taking_a_claim_that_somebody_owns_needs_a_supervisor() -> None:
    owner, claim = adjuster(), submitted_claim()
    assign_claim(owner, claim.pk)
    with pytest.raises(NotAllowed):
        assign_claim(adjuster(), claim.pk)
    with pytest.raises(NotAllowed):
        assign_claim(owner, claim.pk, assignee_id=adjuster().pk)
    other = adjuster()
    assert assign_claim(supervisor(), claim.pk, assignee_id=other.pk).assignee == other
    assert [row.command for row in claim.transitions.all()] == ["submit", "assign", "assign"]


def test_a_second_taking_is_refused() -> None:
    owner, claim = adjuster(), submitted_claim()
    assign_claim(owner, claim.pk)
    with pytest.raises(Conflict) as refused:
        assign_claim(owner, claim.pk)
    assert refused.value.code == "already_assigned"


def test_only_people_who_handle_claims_can_own_one() -> None:
    claim = submitted_claim()
    for person in (underwriter(), adjuster(is_active=False)):
        with pytest.raises(Invalid) as refused:
            assign_claim(supervisor(), claim.pk, assignee_id=person.pk)
        assert refused.value.errors[0].field == "assignee_id"


def test_starting_a_claim_that_nobody_owns_takes_it() -> None:
    person, claim = adjuster(), submitted_claim()
    started = start_claim(person, claim.pk)
    assert (started.status, started.stage, started.assignee) == ("processing", "investigation", person)
    assert started.due_at == end_of_day(started.reported_date + datetime.timedelta(days=40))


def test_the_queue_never_offers_a_claim_on_the_own_policy() -> None:
    person = adjuster()
    submitted_claim(PolicyFactory.create(customer__user=person))
    assert take_next_claim(person) is None


@pytest.mark.django_db(transaction=True)
def test_two_people_who_take_next_at_the_same_instant_get_different_claims() -> None:
    for _ in range(2):
        submitted_claim()
    people, barrier, taken = [adjuster(), adjuster()], threading.Barrier(2), []

    def take(person: User) -> None:
        barrier.wait()
        try:
            taken.append(take_next_claim(person))
        finally:
            connection.close()

    threads = [threading.Thread(target=take, args=(person,)) for person in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(taken)) == 2
    assert None not in taken


@needs.postgresql
@pytest.mark.django_db(transaction=True)
def test_who_waited_for_the_lock_decides_on_what_the_first_one_left() -> None:
    """Starting a claim takes it only when nobody owns it: also when somebody became its owner while the start was waiting."""
    owner, boss, claim = adjuster(), supervisor(), submitted_claim()
    started: list[Claim] = []

    def start() -> None:
        started.append(start_claim(boss, claim.pk))
        connection.close()

    waiting = threading.Thread(target=start)
    with transaction.atomic():
        assign_claim(owner, claim.pk)
        waiting.start()
        _until_somebody_waits_for_a_lock()
    waiting.join()
    assert started[0].assignee == Claim.objects.get(pk=claim.pk).assignee == owner


def _until_somebody_waits_for_a_lock() -> None:
    with connection.cursor() as cursor:
        for _ in range(200):
            cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
            if cursor.fetchone()[0]:
                return
            time.sleep(0.02)
    raise AssertionError("nobody waited for the lock")


def test_the_querysets_of_the_worklist_say_what_they_are_called() -> None:
    person = adjuster()
    mine, nobodys = started_claim(person), submitted_claim()
    assert list(Claim.objects.unassigned()) == [nobodys]
    assert set(Claim.objects.open()) == {mine, nobodys}
    assert list(Claim.objects.due_before(timezone.now() + datetime.timedelta(days=10))) == [nobodys]
