"""Rules as data say how severe a new claim is and where it waits; a person may say so anew, with a reason."""

from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from claims.intake.matching import first_match, least_busy
from claims.intake.models import Queue, Severity, Triage, TriageRule
from claims.models import Claim
from claims.services import approve_claim, deny_claim, triage_claim
from tests.api.calling import Caller
from tests.factories import PolicyFactory, adjuster, policyholder, started_claim, submitted_claim, supervisor, underwriter
from vanguard.errors import Conflict, Invalid, NotAllowed

pytestmark = pytest.mark.once


def rule(position: int = 1, **fields: Any) -> TriageRule:
    return TriageRule(position=position, name=f"Rule {position}", severity=Severity.LOW, **fields)


@pytest.mark.parametrize(
    ("fields", "caught"),
    [
        ({}, True),
        ({"claim_type": "Water damage"}, True),
        ({"claim_type": "fire"}, False),
        ({"amount_from": Decimal("5000.00")}, True),
        ({"amount_from": Decimal("5000.01")}, False),
        ({"amount_to": Decimal("5000.00")}, False),
        ({"amount_to": Decimal("5000.01")}, True),
        ({"words": "injur, hospital"}, True),
        ({"words": "fatal, jury"}, False),  # “injury” does not begin with it
        ({"words": "injur", "amount_from": Decimal("9000.00")}, False),
    ],
)
def test_a_rule_catches_what_fulfils_all_its_conditions(fields: dict[str, Any], caught: bool) -> None:
    found = first_match([rule(**fields)], claim_type="water_damage", amount=Decimal("5000.00"), text="Minor INJURY of a guest.")
    assert (found is not None) == caught


def test_the_first_rule_that_catches_decides() -> None:
    rules = [rule(1, claim_type="fire"), rule(2, amount_from=Decimal("1.00")), rule(3)]
    assert first_match(rules, claim_type="theft", amount=Decimal("2.00"), text="") is rules[1]


def test_who_has_the_least_to_do_is_next_and_a_tie_is_settled_always_alike() -> None:
    one, two, three = (UUID(int=number) for number in (1, 2, 3))
    assert least_busy([three, two, one], {one: 5, two: 3}, {}) == three
    assert least_busy([three, two, one], {one: 3, two: 3, three: 3}, {one: 2, two: 1, three: 3}) == two
    assert least_busy([three, two, one], {}, {}) == one
    assert least_busy([], {}, {}) is None


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("fields", "severity", "queue", "by"),
    [
        ({"claim_type": "collision", "description": "Both drivers were hurt."}, "complex", "Complex losses", "Somebody is injured"),
        ({"description": "The house is a total loss."}, "complex", "Complex losses", "Total loss"),
        ({"claim_amount": Decimal("25000.00")}, "high", "General", "Large"),
        ({"claim_type": "glass"}, "low", "Auto", "Glass"),
        ({"claim_type": "Water damage"}, "medium", "Property", "Water damage"),
        ({"claim_type": "theft"}, "medium", "General", "Everything else"),
    ],
)
def test_a_claim_is_triaged_as_it_is_filed(fields: dict[str, Any], severity: str, queue: str, by: str) -> None:
    claim = submitted_claim(**fields)
    found = claim.triage
    assert found.queue is not None
    assert found.rule is not None
    assert (found.severity, found.queue.name, found.rule.name, claim.stage) == (severity, queue, by, "triaged")


@pytest.mark.django_db
def test_without_a_rule_that_catches_it_a_claim_is_only_reported() -> None:
    TriageRule.objects.filter(name="Everything else").update(active=False)
    claim = submitted_claim(claim_type="theft")
    assert (claim.stage, Triage.objects.filter(claim=claim).exists()) == ("reported", False)
    Queue.objects.filter(name="Property").update(active=False)
    assert submitted_claim(claim_type="hail").stage == "reported"


@pytest.mark.django_db
def test_a_person_triages_anew_with_a_reason_that_stays_in_the_history() -> None:
    person, claim = adjuster(), submitted_claim()
    queue = Queue.objects.get(name="Complex losses")
    triage_claim(person, claim.pk, severity="complex", queue_id=queue.pk, reason="Three tenants affected")
    found = Triage.objects.get(claim=claim)
    assert (found.severity, found.queue, found.rule) == ("complex", queue, None)
    step = claim.transitions.get(command="triage")
    assert (step.actor, step.reason) == (person, "Complex, Complex losses: Three tenants affected")
    assert Claim.objects.get(pk=claim.pk).version == claim.version + 1


@pytest.mark.django_db
def test_a_queue_gets_only_what_it_takes() -> None:
    claim, boss = submitted_claim(), supervisor()
    auto = Queue.objects.create(name="Windscreens", claim_types="glass, Water damage", severities="low")
    with pytest.raises(Conflict) as refused:
        triage_claim(boss, claim.pk, severity="high", queue_id=auto.pk, reason="x")
    assert refused.value.code == "wrong_queue"
    triage_claim(boss, claim.pk, severity="low", queue_id=auto.pk, reason="Small")
    Queue.objects.filter(pk=auto.pk).update(active=False)
    with pytest.raises(Conflict):
        triage_claim(boss, claim.pk, severity="low", queue_id=auto.pk, reason="Again")


@pytest.mark.django_db
def test_triage_needs_a_reason_a_severity_an_open_claim_and_somebody_who_may() -> None:
    owner = adjuster()
    claim, queue = started_claim(owner), Queue.objects.get(name="General")
    for wrong in ({"reason": " "}, {"severity": "huge"}):
        with pytest.raises(Invalid):
            triage_claim(owner, claim.pk, **({"severity": "low", "queue_id": queue.pk, "reason": "x"} | wrong))  # type: ignore[arg-type]
    for person in (underwriter(), adjuster()):
        with pytest.raises(NotAllowed):
            triage_claim(person, claim.pk, severity="low", queue_id=queue.pk, reason="x")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("fields", "at"),
    [
        ({"words": "a"}, "words"),
        ({"position": 900}, "position"),  # behind the one that catches everything
        ({"amount_from": Decimal("9.00"), "amount_to": Decimal("9.00")}, "__all__"),
        ({"severity": "huge"}, "severity"),
        ({"amount_from": Decimal("-1.00")}, "amount_from"),
        ({"position": 10}, "position"),  # taken
    ],
)
def test_a_rule_that_could_never_fire_is_refused_with_the_way_out(fields: dict[str, Any], at: str) -> None:
    queue = Queue.objects.get(name="General")
    made = TriageRule(**({"position": 15, "name": "New", "severity": "low", "queue": queue} | fields))
    with pytest.raises(ValidationError) as refused:
        made.full_clean()
    assert at in refused.value.message_dict


@pytest.mark.django_db
def test_the_database_itself_refuses_a_rule_or_a_triage_that_cannot_be() -> None:
    claim = submitted_claim()
    for broken in ({"severity": "huge"}, {"amount_from": Decimal(2), "amount_to": Decimal(1)}):
        with pytest.raises(IntegrityError), transaction.atomic():
            TriageRule.objects.filter(name="Large").update(**broken)
    with pytest.raises(IntegrityError), transaction.atomic():
        Triage.objects.filter(claim=claim).update(severity="huge")


@pytest.mark.django_db
def test_through_the_api_staff_read_and_change_the_triage_and_the_policyholder_never_sees_it() -> None:
    claim, queue = submitted_claim(PolicyFactory.create()), Queue.objects.get(name="General")
    staff, holder = Caller(adjuster()), Caller(policyholder(claim.policy.customer))
    shown = staff.get(f"/claims/{claim.pk}/triage").data
    assert (shown["severity"], shown["queue"], shown["rule"], shown["links"]) == ("medium", "Property", "Water damage", [])
    body = {"severity": "high", "queueId": queue.pk, "reason": "Mould"}
    assert staff.post(f"/claims/{claim.pk}/triage", body).status == 200
    assert "rule" not in staff.get(f"/claims/{claim.pk}/triage").data
    assert holder.get(f"/claims/{claim.pk}/triage").status == 403
    assert holder.post(f"/claims/{claim.pk}/triage", body).status == 403
    seen = holder.get(f"/claims/{claim.pk}").text
    assert not [word for word in ("severity", "queue", "Property", "General", 'triage"') if word in seen]


@pytest.mark.django_db
def test_a_decided_claim_keeps_its_triage() -> None:
    claim = started_claim(adjuster())
    deny_claim(None, claim.pk, reason="No cover for wear")
    assert Triage.objects.get(claim=claim).severity == "medium"
    other = started_claim(adjuster())
    approve_claim(None, other.pk)
    assert Triage.objects.filter(claim=other).exists()
