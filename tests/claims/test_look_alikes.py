"""A first notice is compared with what is filed: the same loss is held for a person, another one of the same day is linked."""

import datetime
import threading
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from claims.intake.models import ClaimLink, NoticeDraft
from claims.models import Claim
from claims.services import PossibleDuplicate, approve_claim, deny_claim, link_claims, pay_claim, submit_claim
from policies.models import Policy
from tests import needs
from tests.api.calling import Answer, Caller
from tests.factories import PolicyFactory, adjuster, policyholder, submitted_claim, underwriter
from tests.workbench.desk import desk_of, words
from vanguard.errors import Conflict, Invalid, NotAllowed

pytestmark = pytest.mark.django_db
AT = timezone.now().replace(microsecond=0) - datetime.timedelta(days=20)
HOUR = datetime.timedelta(hours=1)


def notice(policy: Policy, **fields: Any) -> dict[str, Any]:
    return {"policy_id": policy.pk, "claim_type": "theft", "claim_amount": Decimal("1500.00"), "incident_date": AT} | fields


def sent(policy: Policy, **fields: Any) -> dict[str, Any]:
    body = {"policyId": str(policy.pk), "claimType": "theft", "claimAmount": 1500, "incidentDate": AT.isoformat()}
    return body | fields


@pytest.mark.parametrize("actor", [None, adjuster], ids=["the shell", "staff"])
@pytest.mark.parametrize("spelled", ["theft", "Theft"])
def test_the_same_policy_day_and_type_is_held_whoever_files(actor: Any, spelled: str) -> None:
    policy = PolicyFactory.create()
    first = submit_claim(None, **notice(policy))
    with pytest.raises(PossibleDuplicate) as held:
        submit_claim(actor and actor(), **notice(policy, claim_type=spelled, incident_date=AT + 23 * HOUR))
    assert first.claim_number in held.value.message
    assert [each.id for each in held.value.alike] == [first.pk]
    assert Claim.objects.count() == 1


@pytest.mark.parametrize(
    "other",
    [{"claim_type": "fire"}, {"incident_date": AT + 24 * HOUR}, {"incident_date": AT - 24 * HOUR}],
    ids=["another type", "the day after", "the day before"],
)
def test_another_type_or_day_is_filed_at_once(other: dict[str, Any]) -> None:
    policy = PolicyFactory.create()
    submit_claim(None, **notice(policy))
    assert submit_claim(None, **notice(policy, **other))


def test_a_date_alone_and_an_hour_of_the_same_day_are_one_day() -> None:
    policy = PolicyFactory.create()
    midnight = AT.replace(hour=0, minute=0, second=0)
    submit_claim(None, **notice(policy, incident_date=midnight))
    with pytest.raises(PossibleDuplicate):
        submit_claim(None, **notice(policy, incident_date=midnight + datetime.timedelta(hours=23, minutes=59)))


def test_a_person_says_that_it_is_another_loss_and_the_reason_is_kept_on_both() -> None:
    policy, person = PolicyFactory.create(), adjuster()
    first = submit_claim(None, **notice(policy))
    said: dict[str, Any] = {"not_duplicate_of": [first.pk], "not_duplicate_reason": "Another car, the same night"}
    second = submit_claim(person, **notice(policy), **said)
    link = second.earlier_links.get()
    assert (link.earlier, link.kind, link.reason, link.actor) == (first, "another_loss", "Another car, the same night", person)
    assert list(first.later_links.all()) == [link]


def test_each_of_several_look_alikes_is_named_and_none_without_a_reason() -> None:
    policy = PolicyFactory.create()
    first = submit_claim(None, **notice(policy))
    second = submit_claim(None, **notice(policy), not_duplicate_of=[first.pk], not_duplicate_reason="Another bicycle")
    with pytest.raises(PossibleDuplicate) as held:
        submit_claim(None, **notice(policy), not_duplicate_of=[first.pk], not_duplicate_reason="A third one")
    assert [each.id for each in held.value.alike] == [second.pk]
    with pytest.raises(Invalid) as refused:
        submit_claim(None, **notice(policy), not_duplicate_of=[first.pk, second.pk], not_duplicate_reason=" ")
    assert refused.value.errors[0].field == "not_duplicate_reason"


def test_another_type_on_the_same_day_is_linked_as_the_same_event() -> None:
    policy = PolicyFactory.create()
    wind = submit_claim(None, **notice(policy, claim_type="wind"))
    water = submit_claim(None, **notice(policy, claim_type="water_damage", incident_date=AT + HOUR))
    assert [(link.earlier, link.kind) for link in water.earlier_links.all()] == [(wind, "same_event")]


def test_claims_on_different_policies_are_marked_as_one_event_by_hand_and_it_stands_in_both_histories() -> None:
    one, two, person = submitted_claim(), submitted_claim(), adjuster()
    link_claims(person, two.pk, other_id=one.pk, reason="One pile-up")
    for claim, other in ((one, two), (two, one)):
        step = claim.transitions.get(command="link")
        assert (step.actor, step.reason) == (person, f"{other}: One pile-up")
    with pytest.raises(Conflict, match="linked already"):
        link_claims(person, one.pk, other_id=two.pk, reason="Again")
    with pytest.raises(Invalid):
        link_claims(person, one.pk, other_id=one.pk, reason="Itself")
    with pytest.raises(NotAllowed):
        link_claims(underwriter(), one.pk, other_id=two.pk, reason="No")


def test_the_database_keeps_one_link_of_two_claims_and_the_reason_of_a_decision() -> None:
    one, two = submitted_claim(), submitted_claim()
    ClaimLink.objects.create(earlier=one, later=two, kind="same_event")
    for broken in (
        {"earlier": one, "later": two, "kind": "same_event"},
        {"earlier": one, "later": one, "kind": "same_event"},
        {"earlier": two, "later": one, "kind": "another_loss"},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            ClaimLink.objects.create(**broken)


def test_the_api_files_a_look_alike_and_marks_it_for_a_person_who_settles_it() -> None:
    caller, policy = Caller(adjuster()), PolicyFactory.create()
    first, second = (caller.post("/claims", sent(policy)) for _ in range(2))
    assert (first.status, second.status) == (201, 201)
    link = ClaimLink.objects.get()
    assert (str(link.earlier_id), str(link.later_id), link.kind, link.actor) == (first.data["id"], second.data["id"], "looks_alike", None)
    link_claims(adjuster(), link.later_id, other_id=link.earlier_id, reason="Two bicycles")
    link.refresh_from_db()
    assert (link.kind, link.reason) == ("same_event", "Two bicycles")


def test_a_look_alike_is_neither_approved_nor_paid_before_a_person_has_decided() -> None:
    owner, policy = adjuster(), PolicyFactory.create()
    caller = Caller(owner)
    first, second = (caller.post("/claims", sent(policy)).data["id"] for _ in range(2))
    for claim in (first, second):
        caller.post(f"/claims/{claim}/start")
    refused = caller.post(f"/claims/{second}/approve")
    assert (refused.status, list(refused.errors.values())) == (409, ["look_alike"])
    assert Claim.objects.get(pk=first).claim_number in refused.text
    steps: list[Callable[[], object]] = [
        lambda: approve_claim(None, second),
        lambda: pay_claim(None, second, amount=Decimal(1), cost_type="expense"),
    ]
    for step in steps:
        with pytest.raises(Conflict) as held:
            step()
        assert held.value.code == "look_alike"
    desk, version = desk_of(owner), Claim.objects.get(pk=second).version
    page = desk.post(f"/admin/claims/claim/{second}/approve/", {"amount": "500.00", "version": version}, follow=True)
    assert "seems to be the same loss as" in words(page)
    assert caller.post(f"/claims/{first}/approve").data["status"] == "approved"
    link_claims(owner, second, other_id=first, reason="Two bicycles")
    assert caller.post(f"/claims/{second}/approve").data["status"] == "approved"


def test_the_next_step_of_a_look_alike_is_to_decide_that_first_in_the_list_and_on_its_page() -> None:
    policy, person = PolicyFactory.create(), adjuster()
    first, second = Caller(person).post("/claims", sent(policy)).data, Caller(person).post("/claims", sent(policy)).data
    says = f"Decide whether it is the same loss as {first['claimNumber']}, then"
    desk = desk_of(person)
    pages = ("/admin/claims/claim/?view=all", f"/admin/claims/claim/{second['id']}/change/")
    assert [words(desk.get(page)).count(says) for page in pages] == [1, 1]
    link_claims(None, second["id"], other_id=first["id"], reason="One storm, two roofs")
    assert [words(desk.get(page)).count("Decide whether") for page in pages] == [0, 0]


def test_a_look_alike_that_is_the_same_loss_is_denied() -> None:
    owner, policy = adjuster(), PolicyFactory.create()
    caller = Caller(owner)
    _, second = (caller.post("/claims", sent(policy)).data["id"] for _ in range(2))
    caller.post(f"/claims/{second}/start")
    assert deny_claim(owner, second, reason="Filed already", reason_code="duplicate").status == "denied"


def test_who_asked_for_the_look_alikes_names_them_and_hears_of_one_that_came_since() -> None:
    caller, policy = Caller(adjuster()), PolicyFactory.create()
    first = caller.post("/claims", sent(policy)).data
    asked = caller.get(f"/claims/look-alikes?policy_id={policy.pk}&claim_type=Theft&incident_date={AT:%Y-%m-%dT%H:%M:%SZ}")
    assert [claim["id"] for claim in asked.data] == [first["id"]]
    named = sent(policy, notDuplicateOf=[first["id"]], notDuplicateReason="A second bicycle")
    assert caller.post("/claims", named, Idempotency_Key="k").status == 201
    since = caller.post("/claims", named)
    assert (since.status, since.errors) == (409, {"notDuplicateOf": "possible_duplicate"})


def test_a_policyholders_look_alike_is_filed_and_marked_too() -> None:
    policy = PolicyFactory.create()
    caller = Caller(policyholder(policy.customer))
    assert [caller.post("/claims", sent(policy)).status for _ in range(2)] == [201, 201]
    assert ClaimLink.objects.get().kind == "looks_alike"
    assert not NoticeDraft.objects.exists()


def test_nobody_learns_of_claims_on_a_policy_of_somebody_else() -> None:
    claim = submitted_claim()
    stranger = Caller(policyholder())
    query = f"policy_id={claim.policy_id}&claim_type=water_damage&incident_date={claim.incident_date:%Y-%m-%dT%H:%M:%SZ}"
    assert stranger.get(f"/claims/look-alikes?{query}").data == []
    same = sent(claim.policy, claimType="water_damage", incidentDate=claim.incident_date.isoformat())
    assert stranger.post("/claims", same).status == 404
    assert not NoticeDraft.objects.exists()


@needs.postgresql
@pytest.mark.django_db(transaction=True)
def test_of_equal_notices_at_one_instant_each_is_compared_with_those_before() -> None:
    """Each worker reads behind the policy's lock, not as it stood when its statement began."""
    policy, barrier, answers = PolicyFactory.create(), threading.Barrier(4), list[Answer]()
    callers = [Caller(adjuster()) for _ in range(4)]

    def file(caller: Caller) -> None:
        barrier.wait(timeout=10)
        try:
            answers.append(caller.post("/claims", sent(policy)))
        finally:
            connection.close()

    threads = [threading.Thread(target=file, args=(caller,)) for caller in callers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=20)
    assert [answer.status for answer in answers] == [201] * 4
    assert ClaimLink.objects.filter(kind="looks_alike").count() == 3 + 2 + 1


@needs.postgresql
@pytest.mark.django_db(transaction=True)
def test_who_waited_for_the_policy_sees_what_was_filed_meanwhile() -> None:
    policy, outcome = PolicyFactory.create(), list[str]()

    def second() -> None:
        try:
            submit_claim(None, **notice(policy))
            outcome.append("filed")
        except PossibleDuplicate:
            outcome.append("held")
        finally:
            connection.close()

    waiting = threading.Thread(target=second)
    with transaction.atomic():
        submit_claim(None, **notice(policy))
        waiting.start()
        waiting.join(timeout=0.2)
        assert waiting.is_alive()
    waiting.join(timeout=10)
    assert outcome == ["held"]
