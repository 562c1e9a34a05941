"""Each open claim has one owner or waits in a queue: given by workload, taken next, put back, handed over."""

import datetime
import threading
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from claims.intake.models import Queue, TriageRule
from claims.models import Claim
from claims.services import assign_claim, hand_over, release_claim, start_claim, submit_claim, take_next_claim
from tests import needs
from tests.api.calling import Caller
from tests.factories import PolicyFactory, adjuster, started_claim, submitted_claim, supervisor
from vanguard.accounts.models import User
from vanguard.errors import Conflict, Invalid, NotAllowed

pytestmark = pytest.mark.django_db


def queue(name: str, *members: User, **fields: Any) -> Queue:
    found, _ = Queue.objects.update_or_create(name=name, defaults=fields)
    found.members.set(members)
    return found


def test_who_is_in_queues_takes_from_these_the_nearest_deadline_first() -> None:
    person, now = adjuster(), timezone.now()
    queue("Property", person)
    submitted_claim(claim_type="theft", reported_date=now - datetime.timedelta(days=9))
    later = submitted_claim(reported_date=now - datetime.timedelta(days=2))
    sooner = submitted_claim(reported_date=now - datetime.timedelta(days=6))
    assert [take_next_claim(person), take_next_claim(person), take_next_claim(person)] == [sooner, later, None]


def test_who_is_in_no_queue_takes_the_nearest_of_all() -> None:
    claim = submitted_claim(claim_type="theft")
    assert take_next_claim(adjuster()) == claim


def test_what_triage_keeps_for_a_role_is_passed_over_and_refused_to_others() -> None:
    boss, person = supervisor(), adjuster()
    TriageRule.objects.update(role=boss.groups.get())
    claim = submitted_claim()
    assert take_next_claim(person) is None
    attempts: list[Callable[[], Claim]] = [lambda: assign_claim(person, claim.pk), lambda: start_claim(person, claim.pk)]
    for attempt in attempts:
        with pytest.raises(Conflict) as refused:
            attempt()
        assert refused.value.code == "needs_role"
    with pytest.raises(Conflict):
        assign_claim(boss, claim.pk, assignee_id=person.pk)
    assert take_next_claim(boss) == claim


def test_a_queue_that_assigns_gives_each_claim_to_the_member_with_the_least_work_by_severity() -> None:
    one, two = sorted((adjuster(), adjuster()), key=lambda user: user.pk)
    property_queue = queue("Property", one, two, assigns=True)
    given = [submitted_claim().assignee for _ in range(4)]
    assert given == [one, two, one, two], "a tie goes to the lowest key"
    TriageRule.objects.filter(name="Water damage").update(severity="complex")
    heavy = submitted_claim()
    assert (heavy.assignee, heavy.stage) == (one, "assigned")
    assert [submitted_claim().assignee for _ in range(2)] == [two, one], "a complex claim weighs more than two medium ones"
    step = heavy.transitions.get(command="assign")
    assert (step.actor, step.reason) == (None, f"To {one}")
    assert property_queue.claims.count() == 7


def test_a_queue_does_not_assign_unless_it_says_so_nor_to_the_insured_nor_without_members() -> None:
    person = adjuster()
    general = queue("Property", person)
    assert submitted_claim().assignee is None
    Queue.objects.filter(pk=general.pk).update(assigns=True)
    assert submitted_claim(PolicyFactory.create(customer__user=person)).assignee is None
    general.members.clear()
    assert submitted_claim().assignee is None


def test_an_owner_puts_a_claim_back_with_a_reason_and_it_waits_in_its_queue() -> None:
    owner = adjuster()
    claim = submitted_claim()
    assign_claim(owner, claim.pk)
    with pytest.raises(NotAllowed):
        release_claim(adjuster(), claim.pk, reason="x")
    with pytest.raises(Invalid):
        release_claim(owner, claim.pk, reason="")
    released = release_claim(owner, claim.pk, reason="I know the insured")
    assert (released.assignee, released.stage) == (None, "triaged")
    assert claim.transitions.get(command="release").reason == f"From {owner}: I know the insured"
    with pytest.raises(Conflict):
        release_claim(supervisor(), claim.pk, reason="Again")
    started = started_claim(owner)
    assert release_claim(owner, started.pk, reason="Leave").stage == "investigation"


def test_all_claims_of_somebody_who_is_away_go_to_the_team_and_what_nobody_can_have_waits() -> None:
    away, one, two, boss = adjuster(), adjuster(), adjuster(), supervisor()
    queue("Property", away, one, two)
    mine = [started_claim(away) for _ in range(4)]
    other = started_claim(away, claim_type="theft")
    with pytest.raises(NotAllowed):
        hand_over(one, away.pk, reason="Leave")
    assert hand_over(boss, away.pk, reason="On leave until January") == (4, 1)
    owners = Counter(Claim.objects.get(pk=claim.pk).assignee for claim in mine)
    assert owners == {one: 2, two: 2}
    assert Claim.objects.get(pk=other.pk).assignee is None
    assert other.transitions.get(command="release").reason.endswith("On leave until January")
    step = mine[0].transitions.get(command="assign")
    assert (step.actor, step.reason.endswith(": On leave until January")) == (boss, True)
    assert hand_over(boss, away.pk, reason="Again") == (0, 0)


def test_the_api_takes_next_and_says_when_nothing_waits() -> None:
    person, claim = adjuster(), submitted_claim()
    caller = Caller(person)
    assert caller.post("/claims/next").data["id"] == str(claim.pk)
    assert caller.post("/claims/next").status == 404
    back = caller.post(f"/claims/{claim.pk}/release", {"reason": "Taken by mistake"})
    assert (back.status, "assigneeId" in back.data) == (200, False)


def _together(number: int, work: Any) -> None:
    barrier = threading.Barrier(number)

    def run(place: int) -> None:
        try:
            barrier.wait(timeout=20)
            work(place)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(place,)) for place in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)


@needs.postgresql
@pytest.mark.django_db(transaction=True)
def test_twenty_people_who_take_next_at_one_instant_get_twenty_different_claims() -> None:
    people = [adjuster() for _ in range(20)]
    queue("Property", *people)
    for _ in range(20):
        submitted_claim()
    taken: list[Claim | None] = []
    _together(20, lambda place: taken.append(take_next_claim(people[place])))
    assert len(taken) == 20
    assert None not in taken
    assert len(set(taken)) == 20


@needs.postgresql
@pytest.mark.django_db(transaction=True)
def test_claims_that_come_in_at_one_instant_are_spread_evenly() -> None:
    members = [adjuster() for _ in range(4)]
    queue("Property", *members, assigns=True)
    policies = [PolicyFactory.create() for _ in range(8)]
    at = timezone.now() - datetime.timedelta(days=3)

    def file(place: int) -> None:
        submit_claim(
            None, policy_id=policies[place].pk, claim_type="hail", claim_amount=policies[place].deductible_amount, incident_date=at
        )

    _together(8, file)
    assert Counter(Claim.objects.values_list("assignee", flat=True)) == {member.pk: 2 for member in members}
