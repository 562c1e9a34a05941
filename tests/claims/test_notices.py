"""Notices that are no claim yet: kept as told, filed on a policy that was found, recorded to be denied, or discarded."""

import datetime
from decimal import Decimal
from typing import Any

import pytest
from auditlog.models import LogEntry
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.utils import timezone

from claims.intake.models import NoticeDraft
from claims.models import Claim
from claims.services import (
    PossibleDuplicate,
    approve_claim,
    deny_claim,
    discard_notice,
    file_notice,
    start_claim,
    submit_claim,
    take_notice,
    update_claim,
)
from policies.models import Policy
from policies.services import cancel_policy, update_policy
from tests.api.calling import Caller
from tests.factories import PolicyFactory, adjuster, policyholder, submitted_claim, underwriter
from tests.workbench.desk import desk_of, local, send, source, words
from vanguard.errors import Conflict, Invalid, NotAllowed

pytestmark = pytest.mark.django_db
LIST = "/admin/intake/noticedraft/"


def told(**fields: Any) -> NoticeDraft:
    given: dict[str, Any] = {"caller_name": "Rosa Delgado", "caller_phone": "415 555 0107", "policy_told": "Something with 123"}
    return take_notice(adjuster(), **(given | fields))


def facts(policy: Policy, **fields: Any) -> dict[str, Any]:
    loss = timezone.now() - datetime.timedelta(days=3)
    return {"policy_id": policy.pk, "claim_type": "hail", "claim_amount": Decimal("900.00"), "incident_date": loss} | fields


def test_a_notice_becomes_a_claim_that_was_reported_when_the_call_came() -> None:
    at = timezone.now() - datetime.timedelta(hours=30)
    draft, person = told(reported_date=at), adjuster()
    claim = file_notice(person, draft.pk, **facts(PolicyFactory.create()))
    assert claim.reported_date == at
    fresh = NoticeDraft.objects.get(pk=draft.pk)
    assert (fresh.status, fresh.claim, fresh.settled_by) == ("filed", claim, person)
    with pytest.raises(Conflict) as refused:
        file_notice(person, draft.pk, **facts(PolicyFactory.create()))
    assert refused.value.code == "settled"


def test_filing_a_notice_asks_all_that_filing_asks_and_nothing_is_half_done() -> None:
    draft, policy = told(), PolicyFactory.create()
    submit_claim(None, **facts(policy))
    with pytest.raises(PossibleDuplicate):
        file_notice(adjuster(), draft.pk, **facts(policy))
    with pytest.raises(Conflict) as refused:
        file_notice(adjuster(), draft.pk, **facts(policy, incident_date=policy.start_date - datetime.timedelta(days=1)))
    assert refused.value.code == "not_in_force"
    assert NoticeDraft.objects.get(pk=draft.pk).status == "open"
    with pytest.raises(NotAllowed):
        file_notice(underwriter(), draft.pk, **facts(PolicyFactory.create()))


def test_a_notice_says_who_or_what_it_is_about_and_is_discarded_with_a_reason_only() -> None:
    with pytest.raises(Invalid):
        take_notice(adjuster(), description="Something broke")
    draft, person = told(), adjuster()
    with pytest.raises(Invalid):
        discard_notice(person, draft.pk, reason=" ")
    discard_notice(person, draft.pk, reason="Insured elsewhere")
    assert NoticeDraft.objects.get(pk=draft.pk).settled_because == "Insured elsewhere"
    with pytest.raises(Conflict):
        discard_notice(person, draft.pk, reason="Again")


def test_a_loss_outside_the_cover_is_recorded_by_staff_with_why_and_can_only_be_denied() -> None:
    policy, person = PolicyFactory.create(), adjuster()
    outside = facts(policy, incident_date=policy.start_date - datetime.timedelta(hours=5))
    claim = file_notice(person, told().pk, to_be_denied=True, **outside)
    assert claim.status == "pending"
    assert "was not in force at the loss" in claim.finding.message
    start_claim(person, claim.pk)
    with pytest.raises(Conflict) as refused:
        approve_claim(person, claim.pk)
    assert refused.value.code == "not_in_force"
    update_claim(person, claim.pk, version=None, changes={"description": "Hail before the policy began"})
    assert deny_claim(person, claim.pk, reason="Before inception").status == "denied"


def test_only_a_loss_outside_the_cover_is_recorded_so_and_never_by_a_policyholder() -> None:
    policy = PolicyFactory.create()
    with pytest.raises(Conflict) as refused:
        file_notice(adjuster(), told().pk, to_be_denied=True, **facts(policy))
    assert refused.value.code == "in_force"
    outside = facts(policy, incident_date=policy.start_date - datetime.timedelta(hours=5))
    with pytest.raises(NotAllowed):
        submit_claim(policyholder(policy.customer), to_be_denied=True, **outside)
    body = {"policyId": str(policy.pk), "claimType": "hail", "claimAmount": 1, "incidentDate": outside["incident_date"].isoformat()}
    assert Caller(adjuster()).post("/claims", body | {"toBeDenied": True}).status == 422
    assert not Claim.objects.exists()


def test_a_claim_to_be_denied_does_not_stand_in_the_way_of_the_policys_terms() -> None:
    policy = PolicyFactory.create()
    before = policy.start_date - datetime.timedelta(hours=5)
    file_notice(adjuster(), told().pk, to_be_denied=True, **facts(policy, incident_date=before))
    update_policy(None, policy.pk, version=1, changes={"start_date": policy.start_date + datetime.timedelta(days=1)})
    cancelled = PolicyFactory.create()
    cancel_policy(None, cancelled.pk)


def test_who_called_is_ciphertext_and_not_in_the_audit_trail() -> None:
    told()
    with connection.cursor() as cursor:
        cursor.execute("SELECT caller_name, caller_phone FROM intake_noticedraft")
        assert "Rosa" not in str(cursor.fetchall())
    assert "Rosa" not in str(list(LogEntry.objects.values()))


def test_the_database_keeps_a_settled_notice_whole() -> None:
    draft = told()
    for broken in ({"status": "filed"}, {"status": "discarded", "settled_at": timezone.now()}, {"settled_at": timezone.now()}):
        with pytest.raises(IntegrityError), transaction.atomic():
            NoticeDraft.objects.filter(pk=draft.pk).update(**broken)


def test_a_claim_that_came_of_a_notice_is_not_deleted() -> None:
    person = adjuster()
    claim = file_notice(person, told().pk, **facts(PolicyFactory.create()))
    answer = Caller(person).send("DELETE", f"/claims/{claim.pk}", If_Match='"1"')
    assert (answer.status, answer.errors) == (409, {"status": "in_use"})


@pytest.fixture
def desk() -> Client:
    return desk_of(adjuster(first_name="Maya", last_name="Okafor"))


def test_a_call_is_noted_listed_and_filed_from_its_page(desk: Client) -> None:
    policy = PolicyFactory.create(policy_number="POL-2026-000123")
    kept = desk.post(f"{LIST}add/", {"caller_name": "Rosa Delgado", "policy_told": "ends in 123", "claim_type": "Hail"}, follow=True)
    assert "The notice is kept." in words(kept)
    draft = NoticeDraft.objects.get()
    assert "Rosa Delgado" in words(desk.get(LIST))
    page = f"{LIST}{draft.pk}/"
    given = {"policy": policy.policy_number, "claim_type": "Hail", "claim_amount": "900.00"}
    loss = {"incident_date": local(timezone.now() - datetime.timedelta(days=3))}
    outside = {"incident_date": local(policy.start_date - datetime.timedelta(days=9))}
    refused = send(desk, f"{page}file/", "command-form", **(given | outside))
    assert "was not in force at the loss" in words(refused)
    filed = send(desk, f"{page}file/", "command-form", **(given | loss))
    assert f"{Claim.objects.get()} is filed." in words(filed)
    assert Claim.objects.get().claim_number in source(desk.get(f"{LIST}?view=filed"))


def test_a_notice_that_looks_like_a_claim_is_compared_and_decided_when_it_is_filed(desk: Client) -> None:
    claim = submitted_claim()
    draft = take_notice(None, policy_id=claim.policy_id, claim_type=claim.claim_type)
    sent = {"policy": claim.policy.policy_number, "claim_type": claim.claim_type, "claim_amount": "70.00"}
    sent |= {"incident_date": local(claim.incident_date)}
    held = send(desk, f"{LIST}{draft.pk}/file/", "command-form", **sent)
    assert "It is that one: open it" in words(held)
    said = {"not_duplicate_of": str(claim.pk), "not_duplicate_reason": "The cellar, a day later"}
    assert "is filed." in words(send(desk, f"{LIST}{draft.pk}/file/", "command-form", **(sent | said)))
    assert Claim.objects.count() == 2


def test_a_loss_outside_the_cover_is_recorded_from_the_page_and_the_claim_says_so(desk: Client) -> None:
    policy = PolicyFactory.create()
    draft = take_notice(None, policy_id=policy.pk, claim_type="hail")
    sent = {"policy": policy.policy_number, "claim_type": "hail", "claim_amount": "70.00"}
    sent |= {"incident_date": local(policy.start_date - datetime.timedelta(days=9))}
    send(desk, f"{LIST}{draft.pk}/record/", "command-form", **sent)
    page = words(desk.get(f"/admin/claims/claim/{Claim.objects.get().pk}/change/"))
    assert "Recorded to be denied." in page
    assert "was not in force at the loss" in page
