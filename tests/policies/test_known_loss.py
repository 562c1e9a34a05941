"""More cover over a known loss, whichever way it comes about, takes a statement that none other is known and a second person."""

import datetime
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from claims.models import Claim
from claims.services import discard_notice, submit_claim, take_notice
from policies.models import Policy
from policies.reading import cover_at
from policies.rules import Endorsement
from policies.services import (
    approve_endorsement,
    cancel_policy,
    decline_endorsement,
    endorse_policy,
    reinstate_policy,
    renew_policy,
    update_policy,
)
from tests.api.calling import Caller
from tests.factories import adjuster, submitted_claim, underwriter
from tests.policies.booking import booked, days_into, ended_yesterday, fresh, running
from tests.workbench.desk import desk_of, hidden, open_form, source, words
from vanguard.accounts.models import User
from vanguard.errors import Conflict, StaleVersion

pytestmark = [pytest.mark.django_db, pytest.mark.once]
STATEMENT = "Signed by the insured: no other loss is known."
DAY = datetime.timedelta(days=1)
LOWER, HIGHER = {"deductible_amount": Decimal("500.00")}, {"coverage_amount": Decimal("50000.00")}
type Way = Callable[[User, Policy, Claim, str], Policy]


def lower_deductible(actor: User, policy: Policy, claim: Claim, statement: str) -> Policy:
    asked = Endorsement(LOWER, effective_at=claim.incident_date - DAY, no_known_loss=statement)
    return endorse_policy(actor, policy.pk, asked)


def raise_limit(actor: User, policy: Policy, claim: Claim, statement: str) -> Policy:
    asked = Endorsement(HIGHER, effective_at=claim.incident_date - DAY, no_known_loss=statement)
    return endorse_policy(actor, policy.pk, asked)


def reinstate_without_gap(actor: User, policy: Policy, claim: Claim, statement: str) -> Policy:
    if fresh(policy).cancelled_at is None:
        cancel_policy(None, policy.pk, effective_at=claim.incident_date - DAY)
    return reinstate_policy(actor, policy.pk, reason="Paid late.", no_known_loss=statement)


WAYS = {
    "deductible_amount": lower_deductible,
    "coverage_amount": raise_limit,
    "effective_date": reinstate_without_gap,
}


@pytest.mark.parametrize(("field", "way"), WAYS.items())
def test_it_is_held_until_there_is_a_statement_and_another_person_approves(field: str, way: Way) -> None:
    policy, maker, second = running(), underwriter(), underwriter()
    claim = submitted_claim(policy)
    with pytest.raises(Conflict) as refused:
        way(maker, policy, claim, "")
    assert (refused.value.code, refused.value.errors[0].field) == ("known_loss", field)
    before = fresh(policy).booked_versions
    waits = way(maker, policy, claim, STATEMENT)
    assert waits.booked_versions == before == fresh(policy).booked_versions
    with pytest.raises(Conflict) as own:
        approve_endorsement(maker, policy.pk)
    assert own.value.code == "four_eyes"
    approve_endorsement(second, policy.pk)
    version, cover = policy.versions.latest("number"), cover_at(fresh(policy), claim.incident_date)
    assert (version.number, version.actor, STATEMENT in version.reason) == (before + 1, second, True)
    assert cover.in_force
    assert {"deductible_amount": cover.deductible == 500, "coverage_amount": cover.limit == 50_000}.get(field, True)


@pytest.mark.parametrize("changes", [LOWER, HIGHER])
def test_a_correction_is_no_way_around(changes: dict[str, Decimal]) -> None:
    claim = submitted_claim(running())
    with pytest.raises(Conflict) as refused:
        update_policy(underwriter(), claim.policy_id, version=None, changes=changes)
    assert (refused.value.code, refused.value.errors[0].field) == ("known_loss", next(iter(changes)))


@pytest.mark.parametrize(
    ("told", "known"),
    [
        ({"policy": True}, True),
        ({"policy_told": "number pol {number}, he thinks"}, True),
        ({"policy": True, "incident_date": None}, True),
        ({"policy_told": "POL-1999-000001"}, False),
        ({"policy": True, "before": 20}, False),  # more cover begins after it
        ({"policy": True, "discarded": True}, False),
    ],
)
def test_a_loss_that_is_a_notice_and_no_claim_yet_is_known_too(told: dict[str, Any], known: bool) -> None:
    policy, now = running(), timezone.now()
    given = {"incident_date": now - (told.get("before", 10)) * DAY} | {name: told[name] for name in ("incident_date",) if name in told}
    number = policy.policy_number.removeprefix("POL-").replace("-", " ")
    words = told.get("policy_told", "").format(number=number)
    draft = take_notice(adjuster(), policy_id=policy.pk if "policy" in told else None, policy_told=words, caller_name="Ann", **given)
    if "discarded" in told:
        discard_notice(adjuster(), draft.pk, reason="A prank call.")
    asked = Endorsement(HIGHER, effective_at=now - 15 * DAY)
    if not known:
        assert endorse_policy(underwriter(), policy.pk, asked).booked_versions == 2
        return
    with pytest.raises(Conflict) as refused:
        endorse_policy(underwriter(), policy.pk, asked)
    assert (refused.value.code, refused.value.errors[0].field) == ("known_loss", "coverage_amount")
    body = {"coverageAmount": 50_000, "effectiveDate": (now - 15 * DAY).isoformat()}
    assert Caller(underwriter()).post(f"/policies/{policy.pk}/endorse", body).errors == {"coverageAmount": "known_loss"}


@pytest.mark.parametrize(
    ("told", "known"),
    [
        ("POL-{year}-{last}", True),
        ("POL {year} {last} R2", True),
        ("{last}, she says", True),
        ("POL-{year}-9{last}", False),
        ("{year}", False),
        ("{last} 02139", True),  # the caller's ZIP code beside it
    ],
)
def test_a_notice_told_by_the_number_of_another_term_or_by_its_last_digits_is_known(told: str, known: bool) -> None:
    renewal, now = renew_policy(None, ended_yesterday().pk), timezone.now()
    _, year, last, _ = renewal.policy_number.split("-")
    take_notice(adjuster(), policy_told=told.format(year=year, last=last), caller_name="Ann", incident_date=now)
    asked = Endorsement(HIGHER, effective_at=renewal.start_date)
    if not known:
        assert endorse_policy(underwriter(), renewal.pk, asked).booked_versions == 2
        return
    with pytest.raises(Conflict) as refused:
        endorse_policy(underwriter(), renewal.pk, asked)
    assert refused.value.code == "known_loss"


@pytest.mark.parametrize(("field", "days"), [("start_date", -30), ("end_date", 30)])
def test_a_correction_of_dates_gives_no_cover_over_a_loss_that_is_known(field: str, days: int) -> None:
    today = timezone.now().replace(hour=0, minute=0, second=0, microsecond=0)
    start, end = (today - 10 * DAY, today + 355 * DAY) if field == "start_date" else (today - 375 * DAY, today - 10 * DAY)
    policy = booked(start.date().isoformat(), end.date().isoformat())
    outside = getattr(policy, field) + (5 if days > 0 else -5) * DAY
    moved = {field: getattr(policy, field) + days * DAY}
    claim = submit_claim(
        adjuster(), policy_id=policy.pk, claim_type="fire", claim_amount=Decimal(5000), incident_date=outside, to_be_denied=True
    )
    with pytest.raises(Conflict) as refused:
        update_policy(underwriter(), policy.pk, version=None, changes=moved)
    assert (refused.value.code, refused.value.errors[0].field) == ("known_loss", field)
    assert not cover_at(fresh(policy), claim.incident_date).in_force
    # A shorter step, which leaves the loss outside, is no more cover of it.
    near = {field: getattr(policy, field) + (2 if days > 0 else -2) * DAY}
    assert update_policy(underwriter(), policy.pk, version=None, changes=near).booked_versions == 2


def test_with_a_gap_over_the_loss_nobody_else_is_asked() -> None:
    policy = running()
    claim = submitted_claim(policy)
    cancel_policy(None, policy.pk, effective_at=claim.incident_date - DAY)
    reinstate_policy(underwriter(), policy.pk, effective_at=claim.incident_date + DAY)
    assert (fresh(policy).status, cover_at(fresh(policy), claim.incident_date).in_force) == ("active", False)


def test_without_a_known_loss_one_person_reinstates_and_lowers() -> None:
    policy = running()
    cancel_policy(None, policy.pk, effective_at=days_into(policy, 90))
    reinstate_policy(underwriter(), policy.pk)
    endorse_policy(underwriter(), policy.pk, Endorsement(LOWER, effective_at=days_into(policy, 5)))
    assert fresh(policy).booked_versions == 4


def test_a_higher_deductible_and_a_lower_limit_are_no_more_cover() -> None:
    policy = running()
    claim = submitted_claim(policy)
    less = {"deductible_amount": Decimal("2000.00"), "coverage_amount": Decimal("20000.00")}
    endorse_policy(underwriter(), policy.pk, Endorsement(less, effective_at=claim.incident_date - DAY))
    assert fresh(policy).booked_versions == 2


def test_a_declined_reinstatement_leaves_the_policy_cancelled_and_can_be_asked_for_again() -> None:
    policy, maker = running(), underwriter()
    claim = submitted_claim(policy)
    reinstate_without_gap(maker, policy, claim, STATEMENT)
    with pytest.raises(Conflict) as waiting:
        reinstate_without_gap(maker, policy, claim, STATEMENT)
    assert waiting.value.code == "waiting"
    decline_endorsement(underwriter(), policy.pk, reason="The police report is missing.")
    assert fresh(policy).status == "cancelled"
    reinstate_without_gap(maker, policy, claim, STATEMENT)
    assert policy.endorsement_requests.count() == 2


def test_the_api_takes_the_statement_and_answers_with_the_policy_as_it_is() -> None:
    policy, maker, second = running(), Caller(underwriter()), Caller(underwriter())
    claim = submitted_claim(policy)
    cancel_policy(None, policy.pk, effective_at=claim.incident_date - DAY)
    path = f"/policies/{policy.pk}/reinstate"
    assert maker.post(path, {}).errors == {"effectiveDate": "known_loss"}
    assert maker.post(f"{path}/preview", {"noKnownLoss": STATEMENT}).data["needsApproval"] is True
    asked = maker.post(path, {"noKnownLoss": STATEMENT})
    assert (asked.status, asked.data["status"]) == (200, "cancelled")
    assert maker.post(f"/policies/{policy.pk}/approve").errors == {"": "four_eyes"}
    assert second.post(f"/policies/{policy.pk}/approve").data["status"] == "active"


def test_the_page_asks_for_the_statement_and_says_what_waits() -> None:
    policy, at_priya = running(), desk_of(underwriter())
    claim = submitted_claim(policy)
    cancel_policy(None, policy.pk, effective_at=claim.incident_date - DAY)
    url, form = f"/admin/policies/policy/{policy.pk}/reinstate/", {"effective_date": "", "reason": "Paid late."}
    refused = at_priya.post(url, open_form(at_priya, url) | form)
    assert refused.status_code == 409
    assert f"The loss of {claim.claim_number}" in words(refused)
    assert "cover would be put back from before it" in words(refused)
    stated = form | {"no_known_loss": STATEMENT}
    shown = at_priya.post(url, hidden(source(refused), "command-form") | stated)
    assert "Ask for the approval" in words(shown)
    page = words(at_priya.post(url, hidden(source(shown), "command-form") | stated, follow=True))
    assert "A reinstatement waits for a second person" in page
    second, approve = desk_of(underwriter()), f"/admin/policies/policy/{policy.pk}/approve/"
    assert "In force again from" in words(second.get(approve))
    done = second.post(approve, open_form(second, approve), follow=True)
    assert "is changed as it was asked for" in words(done)
    assert fresh(policy).status == "active"


def test_what_was_exchanged_after_the_second_person_looked_is_not_approved_in_their_name() -> None:
    policy, maker, second = running(), underwriter(), underwriter()
    claim = submitted_claim(policy)
    raise_limit(maker, policy, claim, STATEMENT)
    seen = fresh(policy).version
    decline_endorsement(maker, policy.pk)
    much = Endorsement({"coverage_amount": Decimal("5000000.00")}, effective_at=claim.incident_date - DAY, no_known_loss=STATEMENT)
    endorse_policy(maker, policy.pk, much)
    with pytest.raises(StaleVersion):
        approve_endorsement(second, policy.pk, version=seen)
    assert cover_at(fresh(policy), claim.incident_date).limit < Decimal("5000000.00")


def test_the_insured_is_no_second_person_on_the_own_policy() -> None:
    policy, maker, insured = running(), underwriter(), underwriter()
    policy.customer.user = insured
    policy.customer.save()
    raise_limit(maker, policy, submitted_claim(policy), STATEMENT)
    with pytest.raises(Conflict) as refused:
        approve_endorsement(insured, policy.pk)
    assert refused.value.code == "party"


def test_an_approval_is_a_persons_in_the_database_too() -> None:
    policy, maker = running(), underwriter()
    raise_limit(maker, policy, submitted_claim(policy), STATEMENT)
    with pytest.raises(Conflict) as refused:
        approve_endorsement(None, policy.pk)
    assert refused.value.code == "four_eyes"
    waiting = policy.endorsement_requests.filter(outcome="waiting")
    nobody: dict[str, Any] = {"outcome": "approved", "decided_at": timezone.now()}
    for wrong in (nobody, {"outcome": "approved", "decided_by": underwriter()}, {"outcome": "declined"}, {"decided_by": underwriter()}):
        with pytest.raises(IntegrityError), transaction.atomic():
            waiting.update(**wrong)
    assert waiting.update(**(nobody | {"decided_by": underwriter()})) == 1
