"""One filing by two executions: on PostgreSQL two statements that carry everything, elsewhere the ORM, one thing after another."""

import datetime
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import pytest
from auditlog.diff import model_instance_diff
from auditlog.models import LogEntry
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from claims.clocks.models import Clock
from claims.diary.models import DiaryEntry
from claims.intake.models import ClaimLink, Queue, Triage
from claims.models import Claim, ClaimTransition
from policies.models import Policy
from tests import needs
from tests.api.calling import Answer, Caller
from tests.factories import PolicyFactory, adjuster, policyholder, submitted_claim, underwriter
from vanguard import plans
from vanguard.accounts.models import User
from vanguard.audit import creation_of, unit_of_work
from vanguard.errors import Conflict
from vanguard.models import IdempotencyKey
from vanguard.plans import ask, put
from vanguard.recording import telling
from vanguard.steps import Few, Insert, Locked

BY_NATURE = {"id", "claim_number", "claim_id", "object_pk", "object_repr", "created_at", "updated_at", "reported_date", "at", "timestamp"}
BY_NATURE |= {
    "correlation_id",
    "cid",
    "key",
    "headers",
    "body",
    "body_digest",
    "changes",
    "policy",
    "policy_id",
    "incident_date",
    "earlier_id",
    "started_at",
    "later_id",
}


def notice(policy: Policy, **fields: Any) -> dict[str, Any]:
    loss = policy.start_date + datetime.timedelta(days=1)
    return {"policyId": str(policy.pk), "claimType": "theft", "claimAmount": "1500.50", "incidentDate": loss.isoformat()} | fields


@contextmanager
def by_the_orm() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(plans, "_at_once", lambda: None)
        yield


def effects(claim: Claim, user: User) -> dict[str, Any]:
    """Everything that filing left, but for what differs by nature."""
    rows: dict[str, Any] = {
        "claim": Claim.objects.filter(pk=claim.pk),
        "history": ClaimTransition.objects.filter(claim=claim),
        "audit": LogEntry.objects.filter(object_pk=str(claim.pk)),
        "triage": Triage.objects.filter(claim=claim),
        "clocks": Clock.objects.filter(claim=claim).order_by("kind"),
        "diary": DiaryEntry.objects.filter(claim=claim),
        "links": ClaimLink.objects.filter(later=claim),
        "keys": IdempotencyKey.objects.filter(user=user, headers__Location__endswith=str(claim.pk)),
    }
    left: dict[str, Any] = {
        name: [{field: value for field, value in row.items() if field not in BY_NATURE} for row in found.values()]
        for name, found in rows.items()
    }
    entry = rows["audit"].get()
    left["changes"] = {name: change for name, change in entry.changes.items() if name not in BY_NATURE}
    left["named"] = (entry.object_repr == claim.claim_number, entry.cid == rows["history"].get().correlation_id)
    left["answer"] = rows["keys"].get().body.count(str(claim.pk))
    return left


@needs.postgresql
@pytest.mark.django_db(transaction=True)
def test_everything_travels_in_two_statements(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who acts goes along with the first of them."""
    caller, policy = Caller(adjuster()), PolicyFactory.create()
    caller.post("/claims", notice(policy), Idempotency_Key="the-first-makes-the-series")
    monkeypatch.delattr(telling, "tell")
    with CaptureQueriesContext(connection) as sent:
        assert caller.post("/claims", notice(policy, claimType="fire"), Idempotency_Key="k").status == 201
    token = ["SELECT", "SELECT"]  # one on the event loop
    assert [query["sql"].split()[0] for query in sent.captured_queries] == [*token, "BEGIN", "WITH", "WITH", "COMMIT"]


@needs.postgresql
@pytest.mark.django_db
def test_rules_that_are_remembered_are_those_that_stand() -> None:
    """Whoever changes them, and however: what is remembered is held against the rows' versions each time."""

    def names() -> list[str]:
        with transaction.atomic(), unit_of_work(None):
            [found] = ask(Few(Queue.objects.all()))
        return [each.name for each in found]

    assert names() == names() == ["Auto", "Complex losses", "General", "Property"]
    Queue.objects.filter(name="Auto").update(name="Motor")
    assert names() == ["Complex losses", "General", "Motor", "Property"]
    Queue.objects.create(name="Another")
    assert names() == ["Another", "Complex losses", "General", "Motor", "Property"]
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM intake_queue WHERE name = 'Another'")
    assert names() == ["Complex losses", "General", "Motor", "Property"]


@needs.postgresql
@pytest.mark.django_db
@pytest.mark.parametrize("who", ["staff", "policyholder"])
def test_both_executions_leave_the_same(who: str) -> None:
    policy = PolicyFactory.create()
    user = adjuster() if who == "staff" else policyholder(policy.customer)
    caller = Caller(user)
    another = PolicyFactory.create(customer=policy.customer)
    for each in (policy, another):
        submitted_claim(each, incident_date=each.start_date + datetime.timedelta(days=1))
    together = caller.post("/claims", notice(policy), Idempotency_Key="together")
    with by_the_orm():
        in_turn = caller.post("/claims", notice(another), Idempotency_Key="in-turn")
    assert together.data.keys() == in_turn.data.keys()
    claims = [Claim.objects.get(pk=answer.data["id"]) for answer in (together, in_turn)]
    assert effects(claims[0], user) == effects(claims[1], user)


@needs.postgresql
@pytest.mark.django_db
def test_both_executions_refuse_the_same() -> None:
    taken, own = submitted_claim(), PolicyFactory.create()
    staff, holder, other = Caller(adjuster()), Caller(policyholder(own.customer)), Caller(underwriter())
    twin = notice(taken.policy, claimType=taken.claim_type, incidentDate=taken.incident_date.isoformat())
    late = (taken.policy.end_date + datetime.timedelta(days=1)).isoformat()
    calls: list[Callable[[], Answer]] = [
        lambda: staff.post("/claims", notice(own, claimNumber=taken.claim_number), Idempotency_Key="a"),
        lambda: staff.post("/claims", notice(own, incidentDate="2001-01-01"), Idempotency_Key="a"),
        lambda: staff.post("/claims", notice(own, incidentDate=late), Idempotency_Key="a"),
        lambda: staff.post("/claims", notice(own, policyId=str(uuid4())), Idempotency_Key="a"),
        lambda: holder.post("/claims", notice(taken.policy), Idempotency_Key="a"),
        lambda: other.post("/claims", notice(own), Idempotency_Key="a"),
        lambda: staff.post("/claims", twin | {"notDuplicateOf": [str(uuid4())], "notDuplicateReason": "Another"}, Idempotency_Key="a"),
        lambda: staff.post("/claims", twin | {"notDuplicateOf": [str(taken.pk)]}, Idempotency_Key="a"),
    ]

    def answered() -> list[Any]:
        return [(answer.status, answer.errors, answer.body["message"]) for answer in (call() for call in calls)]

    together = answered()
    with by_the_orm():
        assert answered() == together
    assert [status for status, _, _ in together] == [409, 409, 422, 404, 404, 403, 409, 422]
    assert Claim.objects.count() == 1
    assert not IdempotencyKey.objects.exists()


@pytest.mark.django_db
def test_a_key_that_was_used_answers_before_any_refusal() -> None:
    user, policy = adjuster(), PolicyFactory.create()
    caller = Caller(user)
    first = caller.post("/claims", notice(policy), Idempotency_Key="k")
    user.groups.clear()
    assert caller.post("/claims", notice(policy), Idempotency_Key="k").text == first.text
    assert caller.post("/claims", notice(policy, incidentDate="2999-01-01"), Idempotency_Key="k").errors == {
        "Idempotency-Key": "idempotency_key_reused"
    }
    assert caller.post("/claims", notice(policy), Idempotency_Key="other").status == 403


@pytest.mark.django_db
def test_the_audit_entry_is_auditlogs_own_for_every_column_that_holds_something() -> None:
    claim = submitted_claim()
    columns = {field.name: getattr(claim, field.attname) for field in Claim._meta.concrete_fields}
    of_auditlog = model_instance_diff(None, claim)
    expected = {name: list(change) for name, change in of_auditlog.items() if columns.get(name) is not None}
    assert creation_of(claim).changes == expected == LogEntry.objects.get(object_pk=str(claim.pk)).changes


@pytest.mark.django_db
def test_whoever_reads_in_between_finds_what_was_put_before() -> None:
    policy = PolicyFactory.create()
    with unit_of_work(None):
        [locked] = ask(Locked(Policy.objects.all(), policy.pk))
        put(Insert(Policy(policy_number="P-2", customer=policy.customer, **_terms(locked)), unique="policy_number", message="Taken."))
        assert Policy.objects.filter(policy_number="P-2").exists()


@pytest.mark.django_db
def test_a_part_that_is_refused_leaves_the_rest_of_its_transaction() -> None:
    policy = PolicyFactory.create()
    copy = {"policy_number": policy.policy_number, "customer": policy.customer, **_terms(policy)}
    with unit_of_work(None):
        put(Insert(Policy(**copy | {"policy_number": "P-2"})))
        with pytest.raises(Conflict, match="Taken"), unit_of_work(None):
            put(Insert(Policy(**copy), unique="policy_number", message="Taken."))
        put(Insert(Policy(**copy | {"policy_number": "P-3"})))
    assert sorted(Policy.objects.values_list("policy_number", flat=True)) == sorted(["P-2", "P-3", policy.policy_number])


def _terms(policy: Policy) -> dict[str, Any]:
    names = ("policy_type", "premium_amount", "coverage_amount", "start_date", "end_date")
    return {name: getattr(policy, name) for name in names}


@needs.postgresql
@pytest.mark.django_db(transaction=True)
def test_eight_file_while_another_filing_has_not_committed() -> None:
    held, policy = PolicyFactory.create(), PolicyFactory.create()
    submitted_claim(policy)
    filed: list[str] = []

    def run() -> None:
        try:
            filed.append(submitted_claim(PolicyFactory.create(customer=policy.customer)).claim_number)
        finally:
            connection.close()

    with transaction.atomic():
        mine = submitted_claim(held).claim_number
        threads = [threading.Thread(target=run) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(timeout=5)
        assert len({mine, *filed}) == 9
    assert Claim.objects.count() == 10
