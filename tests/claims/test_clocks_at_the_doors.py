"""Deadlines through the API and on the pages, and putting one off."""

import datetime
import threading
from uuid import uuid4

import pytest
from django.db import connection
from django.utils import timezone

from claims.clocks.calendar import end_of_day
from claims.clocks.models import ClockRule, Kind
from claims.clocks.reading import why
from claims.models import Claim
from claims.services import (
    extend_clock,
)
from tests import needs
from tests.api.calling import Caller
from tests.claims.clocks import follows, texan
from tests.factories import PolicyFactory, adjuster, policyholder, superuser, supervisor
from tests.workbench.desk import desk_of, words
from vanguard.errors import Conflict, DomainError, Invalid, NotAllowed, NotFound

pytestmark = pytest.mark.once


@pytest.mark.django_db
def test_texas_lets_a_decision_be_put_off_once_by_forty_five_days_from_the_notice() -> None:
    person = adjuster()
    claim, clock = texan(person)
    before = clock.due_at
    extended = extend_clock(person, claim.pk, clock.pk, reason="The expert is away")
    clock.refresh_from_db()
    assert clock.due_at == end_of_day(timezone.now() + datetime.timedelta(days=45))
    assert (clock.extended_from, clock.extended_by, clock.extension_reason) == (before, person, "The expert is away")
    assert "put off by 45 days" in why(clock)
    assert extended.due_at == min(claim.clocks.running().values_list("due_at", flat=True))
    assert extended.transitions.last().command == "extend"  # type: ignore[union-attr]
    with pytest.raises(Conflict) as refused:
        extend_clock(person, claim.pk, clock.pk, reason="Still away")
    assert refused.value.code == "already_extended"
    assert follows(claim)


@pytest.mark.django_db
def test_what_no_rule_puts_off_what_is_over_and_what_is_anothers_is_refused() -> None:
    person = adjuster()
    claim, clock = texan(person)
    other, _ = texan(person)
    late, overdue = texan(person, timezone.now() - datetime.timedelta(days=60))
    status = claim.clocks.get(kind=Kind.STATUS)
    met = claim.clocks.get(kind=Kind.ACKNOWLEDGE)
    cases = ((claim, status, "no_extension"), (claim, met, "not_running"), (late, overdue, "too_late"))
    for on, which, code in cases:
        with pytest.raises(Conflict) as refused:
            extend_clock(person, on.pk, which.pk, reason="Please")
        assert refused.value.code == code
    for key in (clock.pk, uuid4()):
        with pytest.raises(NotFound):
            extend_clock(person, other.pk, key, reason="Please")
    with pytest.raises(Invalid):
        extend_clock(person, claim.pk, clock.pk, reason=" ")
    with pytest.raises(NotAllowed):
        extend_clock(adjuster(), claim.pk, clock.pk, reason="Not mine")


@pytest.mark.django_db
def test_the_api_tells_the_deadlines_and_puts_one_off() -> None:
    person = adjuster()
    claim, clock = texan(person)
    caller, holder = Caller(person), Caller(policyholder(claim.policy.customer))
    told = {row["kind"]: row for row in caller.get(f"/claims/{claim.pk}/clocks").data}
    assert (told["acknowledge"]["met"], told["acknowledge"]["endedBy"], told["acknowledge"]["breached"]) == (True, "acknowledgement", False)
    assert (told["decide"]["citation"], told["decide"]["extensionDays"]) == ("Texas Ins. Code 542.056", 45)
    assert told["decide"]["reason"].startswith("15 business days after the report")
    url = f"/claims/{claim.pk}/clocks/{clock.pk}/extend"
    assert caller.post(url, {"reason": " "}).status == 422
    assert caller.post(url, {"reason": "The expert is away"}).status == 200
    assert caller.post(url, {"reason": "Still away"}).status == 409
    again = {row["kind"]: row for row in caller.get(f"/claims/{claim.pk}/clocks").data}
    assert ("extensionDays" in again["decide"], again["decide"]["extensionReason"]) == (False, "The expert is away")
    assert (holder.get(f"/claims/{claim.pk}/clocks").status, holder.post(url, {"reason": "Please"}).status) == (403, 403)


@pytest.mark.django_db
def test_the_api_files_under_a_state_and_corrects_it() -> None:
    caller, policy = Caller(adjuster()), PolicyFactory.create()
    loss = (timezone.now() - datetime.timedelta(days=3)).isoformat()
    notice = {"policyId": str(policy.pk), "claimType": "fire", "claimAmount": "900.00", "incidentDate": loss}
    filed = caller.post("/claims", notice | {"jurisdiction": "US-PA"})
    assert (filed.status, filed.data["jurisdiction"]) == (201, "US-PA")
    assert caller.post("/claims", notice | {"jurisdiction": "PA", "claimType": "wind"}).errors == {"jurisdiction": "unknown"}
    moved = caller.post(f"/claims/{filed.data['id']}/jurisdiction", {"jurisdiction": "", "reason": "It is in Ontario"})
    assert (moved.status, "jurisdiction" in moved.data) == (200, False)
    assert caller.post(f"/claims/{filed.data['id']}/inquire", {"reason": "File 17-4"}).status == 200
    assert caller.post(f"/claims/{filed.data['id']}/answer", {"reason": "Explained"}).status == 200
    assert caller.post(f"/claims/{filed.data['id']}/answer", {"reason": "Explained"}).status == 409


@pytest.mark.django_db
def test_the_claim_page_shows_each_deadline_with_its_citation_and_puts_one_off() -> None:
    person = adjuster()
    claim, clock = texan(person)
    desk = desk_of(person)
    page = words(desk.get(f"/admin/claims/claim/{claim.pk}/change/"))
    for part in ("Deadlines Texas", "15 business days after the report", "Texas Ins. Code 542.056.", "Met due", "by the acknowledgement"):
        assert part in page
    sent = desk.post(
        f"/admin/claims/claim/{claim.pk}/extend/", {"clock": str(clock.pk), "reason": "The expert is away", "version": claim.version}
    )
    assert sent.status_code == 302
    assert "The expert is away" in words(desk.get(f"/admin/claims/claim/{claim.pk}/change/"))
    row = words(desk.get("/admin/claims/claim/?view=mine"))
    assert "after the report" in row
    moved = desk.post(f"/admin/claims/claim/{claim.pk}/jurisdiction/", {"jurisdiction": "US-CA", "reason": "Moved"})
    assert moved.status_code == 302
    assert Claim.objects.get(pk=claim.pk).jurisdiction == "US-CA"


@pytest.mark.django_db
def test_a_first_notice_on_the_page_names_the_state() -> None:
    policy, now = PolicyFactory.create(), timezone.localtime() - datetime.timedelta(days=1)
    sent = {"policy": policy.policy_number, "claim_type": "fire", "claim_amount": "900.00", "incident_date": now.strftime("%Y-%m-%dT%H:%M")}
    desk = desk_of(adjuster())
    for chosen, state in (("", "US-CA"), ("US-TX", "US-TX"), ("standard", "")):
        desk.post("/admin/claims/claim/add/", sent | {"jurisdiction": chosen, "claim_type": f"fire {chosen}".strip()})
        assert Claim.objects.latest("created_at").jurisdiction == state


@pytest.mark.django_db
def test_a_rule_that_counts_can_only_be_given_an_end_and_supervisors_add_the_next_one() -> None:
    rule = ClockRule.objects.get(jurisdiction="US-TX", kind=Kind.PAY)
    desk = desk_of(supervisor())
    url = f"/admin/clocks/clockrule/{rule.pk}/change/"
    assert desk.post(url, {"days": "50", "valid_to": "2030-01-01"}).status_code == 302
    rule.refresh_from_db()
    assert (rule.days, rule.valid_to) == (5, datetime.date(2030, 1, 1))
    new = {
        "jurisdiction": "US-TX", "kind": "pay", "action": "Issue the payment", "starts": "approval", "stops": "payment", "days": "7",
        "counts": "business", "citation": "Texas Ins. Code 542.057, new", "valid_from": "2030-01-01",
    }  # fmt: skip
    assert desk.post("/admin/clocks/clockrule/add/", new).status_code == 302
    assert "What starts it cannot meet it." in words(desk.post("/admin/clocks/clockrule/add/", new | {"stops": "approval"}))
    assert (
        desk.post("/admin/clocks/holiday/add/", {"date": "2027-03-05", "name": "A day of mourning", "jurisdiction": "US-TX"}).status_code
        == 302
    )
    assert desk_of(adjuster()).get("/admin/clocks/clockrule/add/").status_code == 403


@needs.postgresql
@pytest.mark.django_db(transaction=True)
def test_of_two_who_put_one_deadline_off_at_once_one_does() -> None:
    person = superuser()
    claim, clock = texan(person)
    said: list[str] = []

    def run() -> None:
        try:
            extend_clock(person, claim.pk, clock.pk, reason="The expert is away")
            said.append("done")
        except DomainError as refused:
            said.append(refused.code)
        finally:
            connection.close()

    both = [threading.Thread(target=run) for _ in range(2)]
    for each in both:
        each.start()
    for each in both:
        each.join()
    assert sorted(said) == ["already_extended", "done"]
    assert claim.transitions.filter(command="extend").count() == 1
