"""A changed rule over what was decided: which outcomes change, by what was known then; nothing is switched on by looking."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from html import unescape
from urllib.parse import urlencode

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from claims.fraud.facts import facts_of, facts_of_many
from claims.fraud.models import FraudRule
from claims.models import AuthorityLimit, Claim, ClaimTransition
from claims.oversight.admin import rehearsals
from claims.oversight.rehearsal import AuthorityRehearsal, ClockRehearsal, FraudRehearsal, Limit, Rehearsal, Rehearsed, fraud, rehearse
from claims.services import approve_claim, approve_payment, pay_claim, reopen_claim, stop_payment, update_claim
from tests.factories import PolicyFactory, adjuster, staff, started_claim, superuser, supervisor
from tests.workbench.desk import desk_of, source, words
from vanguard.accounts.models import User

pytestmark = [pytest.mark.django_db, pytest.mark.once]
SECOND, ALONE, HIGHER = "Would take a second person", "Would not take a second person", "Would take a second person with more authority"


def limit(amount: str | None, role: str = "Adjuster", claim_type: str = "", cost_type: str = "indemnity") -> Limit:
    return Limit(role, claim_type, cost_type, None if amount is None else Decimal(amount))


def by(*limits: Limit) -> Rehearsed:
    return rehearse(AuthorityRehearsal(limits), timezone.now() + timedelta(seconds=1))


def changes(rehearsed: Rehearsed) -> list[tuple[str, str, str]]:
    return sorted((each.claim_number, each.decision, each.change) for each in rehearsed.changed)


def claim_of(owner: User, payable: str, **fields: object) -> Claim:
    policy = PolicyFactory.create(coverage_amount=Decimal("200000.00"))
    return started_claim(owner, policy, claim_amount=Decimal(payable) + Decimal("1000.00"), **fields)


def test_a_lower_limit_names_the_approvals_that_would_have_taken_a_second_person() -> None:
    maya = adjuster()
    small, large = claim_of(maya, "4000.00"), claim_of(maya, "20000.00")
    for claim in (small, large):
        approve_claim(maya, claim.pk)
    found = by(limit("10000.00"))
    assert (found.examined, changes(found)) == (2, [(large.claim_number, "Claim approved", SECOND)])
    assert [(tally.change, tally.number, tally.amount) for tally in found.tallies] == [(SECOND, 1, Decimal("20000.00"))]
    assert found.changed[0].would == "20,000.00 in all, above 10,000.00"
    assert changes(by(limit("20000.00"))) == []
    assert len(by(limit(None)).changed) == 2


def test_a_higher_limit_names_those_that_would_not_any_more() -> None:
    maya, daniel = adjuster(), supervisor(first_name="Daniel", last_name="Reyes")
    claim = claim_of(maya, "40000.00")
    approve_claim(maya, claim.pk)
    approve_claim(daniel, claim.pk)
    found = by(limit("40000.00"))
    assert changes(found) == [(claim.claim_number, "Claim approved", ALONE)]
    assert found.changed[0].then == "approved by Daniel Reyes as second person"
    assert changes(by(limit("39999.99"))) == []
    assert changes(by(limit("30000.00", role="Supervisor"))) == [(claim.claim_number, "Claim approved", HIGHER)]


def test_a_limit_for_a_type_of_loss_touches_that_type_only() -> None:
    maya = adjuster()
    water, fire = claim_of(maya, "4000.00"), claim_of(maya, "4000.00", claim_type="fire")
    for claim in (water, fire):
        approve_claim(maya, claim.pk)
    assert changes(by(limit("100.00", claim_type="fire"))) == [(fire.claim_number, "Claim approved", SECOND)]
    assert changes(by(limit("100.00", cost_type="expense"))) == []


def test_payments_are_held_against_all_that_was_under_way_then() -> None:
    maya = adjuster()
    claim = claim_of(maya, "20000.00")
    approve_claim(maya, claim.pk)
    pay_claim(maya, claim.pk, amount=Decimal("6000.00"))
    stop_payment(maya, claim.payments.get().pk, reason="Wrong account")
    pay_claim(maya, claim.pk, amount=Decimal("6000.00"))
    pay_claim(maya, claim.pk, amount=Decimal("5000.00"))
    found = by(limit("10000.00"))
    assert [(each.decision, each.amount, each.change) for each in found.changed if "Payment" in each.decision] == [
        ("Payment of indemnity", Decimal("5000.00"), SECOND)
    ]
    assert found.changed[0].would.startswith("11,000.00 in all")


def test_what_finance_carried_out_and_a_payee_of_ours_is_no_question_of_limits() -> None:
    maya = adjuster()
    supervisor(first_name="Ada", last_name="Quill")
    claim = claim_of(maya, "9000.00")
    approve_claim(maya, claim.pk)
    pay_claim(maya, claim.pk, amount=Decimal("3000.00"), payee="Ada Quill")
    approve_payment(supervisor(), claim.payments.get().pk)
    pay_claim(staff("Finance"), claim.pk, amount=Decimal("3000.00"))
    assert [each.decision for each in by(limit("1.00")).changed] == ["Claim approved"]


def test_limits_roles_and_facts_are_those_of_the_decision() -> None:
    maya, daniel = adjuster(), supervisor()
    early = claim_of(maya, "20000.00")
    approve_claim(maya, early.pk)
    decided = early.transitions.get(command="approve").at
    role = Group.objects.get(name="Adjuster")
    present = AuthorityLimit.objects.get(role=role, cost_type="indemnity")
    present.amount = Decimal("5000.00")
    present.save()
    maya.groups.remove(role)
    reopen_claim(daniel, early.pk, reason="New evidence")
    update_claim(daniel, early.pk, version=None, changes={"claim_type": "fire"})
    assert early.transitions.get(command="approve").at == decided
    # By today's limit, role and type it would have taken a second person; by those of then it did not, and a fire's limit is none of it.
    assert changes(by(limit("25000.00"))) == []
    assert changes(by(limit("1.00", claim_type="fire"))) == []
    assert changes(by(limit("1.00", claim_type="water_damage"))) == [(early.claim_number, "Claim approved", SECOND)]


def test_decisions_of_more_than_a_year_ago_and_of_administrators_are_left_alone() -> None:
    boss, maya = superuser(), adjuster()
    approve_claim(boss, claim_of(boss, "4000.00").pk)
    old = claim_of(maya, "4000.00")
    approve_claim(maya, old.pk)
    ClaimTransition.objects.filter(claim=old, command="approve").update(at=timezone.now() - timedelta(days=400))
    assert by(limit("1.00")).examined == 0


def test_other_days_name_the_deadlines_that_would_be_missed_or_kept() -> None:
    maya = adjuster()
    claim = claim_of(maya, "4000.00", reported_date=timezone.now() - timedelta(days=9))
    now = timezone.now() + timedelta(seconds=1)
    assert rehearse(ClockRehearsal("acknowledge", 30), now).changed == []
    late = rehearse(ClockRehearsal("acknowledge", 5), now)
    assert [(each.claim_number, each.change, each.then) for each in late.changed] == [
        (claim.claim_number, "Would be missed", "kept, done after 9 days")
    ]
    slow = claim_of(maya, "4000.00", incident_date=now - timedelta(days=60), reported_date=now - timedelta(days=50))
    patient = rehearse(ClockRehearsal("decide", 60), now)
    assert [(each.claim_number, each.change) for each in patient.changed] == [(slow.claim_number, "Would still be running")]


def suspicious(code: str, weight: int, **parameters: int) -> Rehearsed:
    return rehearse(FraudRehearsal(FraudRule(code=code, weight=weight, parameters=parameters)), timezone.now() + timedelta(seconds=1))


def test_another_fraud_rule_names_the_claims_for_which_a_referral_would_be_suggested_and_no_longer() -> None:
    late = started_claim(adjuster(), claim_amount=Decimal("4321.00"), incident_date=days_ago(60))
    started_claim(adjuster(), claim_amount=Decimal("4321.00"))
    assert suspicious("late_report", 20, days=30).changed == []
    found = suspicious("late_report", 100, days=30)
    assert (found.examined, changes(found)) == (2, [(late.claim_number, "Claim reported", "A referral would be suggested")])
    assert "Reported late" in found.changed[0].would
    FraudRule.objects.create(code="late_report", weight=100, parameters={"days": 30}, valid_from=days_ago(50))
    assert changes(suspicious("late_report", 100, days=55)) == [(late.claim_number, "Claim reported", "No referral would be suggested")]


def only_threshold(weight: int | None) -> None:
    """The threshold that always counted: 0 suggests a referral for every claim; without one, none is ever suggested."""
    FraudRule.objects.filter(code="threshold").delete()
    if weight is not None:
        FraudRule.objects.create(code="threshold", weight=weight, valid_from=days_ago(1000))


def test_a_threshold_of_nothing_suggests_every_referral_and_no_threshold_none() -> None:
    claim = started_claim(adjuster(), claim_amount=Decimal("4321.00"))
    only_threshold(None)
    assert changes(suspicious("threshold", 0)) == [(claim.claim_number, "Claim reported", "A referral would be suggested")]
    only_threshold(0)
    assert changes(suspicious("threshold", 0)) == []
    off = FraudRehearsal(FraudRule(code="threshold", weight=0, active=False))
    gone = rehearse(off, timezone.now() + timedelta(seconds=1))
    assert changes(gone) == [(claim.claim_number, "Claim reported", "No referral would be suggested")]


def test_a_fraud_rule_is_held_against_the_amount_that_was_told() -> None:
    maya = adjuster()
    claim = started_claim(maya, claim_amount=Decimal("8000.00"))
    update_claim(maya, claim.pk, version=None, changes={"claim_amount": Decimal("8123.00")})
    assert changes(suspicious("round_amount", 100, multiple=1000, least=1000)) == [
        (claim.claim_number, "Claim reported", "A referral would be suggested")
    ]


def test_of_many_claims_the_facts_are_those_of_each_one() -> None:
    policy = PolicyFactory.create()
    claims = [started_claim(adjuster(), policy, claim_amount=Decimal(amount)) for amount in (3000, 4000)]
    other = started_claim(adjuster(), PolicyFactory.create(customer__phone=policy.customer.phone))
    rows = list(Claim.objects.select_related("policy__customer").filter(pk__in=[claims[1].pk, other.pk]))
    many = facts_of_many(rows)
    for claim in rows:
        assert replace(facts_of(claim), authorities=()) == many[claim.pk]


def test_a_fraud_rule_is_rehearsed_on_the_page_and_nothing_is_changed() -> None:
    claim, before = started_claim(adjuster(), claim_amount=Decimal("8000.00")), FraudRule.objects.count()
    desk, url = desk_of(supervisor()), "/admin/rehearsal/fraud/?code=round_amount&weight=100&multiple=1000&least=1000"
    figures = '{"least": 1000, "multiple": 1000}'
    page = desk.get(url)
    assert "A referral would be suggested" in words(page)
    assert f'href="/admin/claims/claim/{claim.pk}/change/"' in source(page)
    assert "A supervisor changes fraud rules." in words(desk_of(staff("Compliance")).get(url))
    assert claim.claim_number in desk.get(f"{url}&as=csv").content.decode()
    switch = f"/admin/fraud/fraudrule/add/?{urlencode({'code': 'round_amount', 'weight': 100, 'parameters': figures})}"
    assert switch.replace("&", "&amp;") in source(page)
    assert figures in unescape(source(desk.get(switch)))
    assert desk.get("/admin/fraud/fraudrule/add/?parameters=nonsense").status_code == 200
    wrong = desk.get("/admin/rehearsal/fraud/?code=round_amount&weight=100&multiple=1")
    assert wrong.status_code == 422
    assert FraudRule.objects.count() == before
    assert desk_of(adjuster()).get("/admin/rehearsal/fraud/").status_code == 403


def days_ago(days: int) -> datetime:
    return timezone.now() - timedelta(days=days)


def test_every_rule_is_rehearsed_the_same_way() -> None:
    rules: list[Rehearsal] = [AuthorityRehearsal([]), ClockRehearsal("pay", 10), FraudRehearsal(FraudRule(code="shared_phone", weight=9))]
    assert [rehearse(rule, timezone.now()).examined for rule in rules] == [0, 0, 0]


RULES: list[Callable[[], Rehearsal]] = [
    lambda: AuthorityRehearsal([limit("1.00")]),
    lambda: ClockRehearsal("acknowledge", 1),
    lambda: FraudRehearsal(FraudRule(code="late_report", weight=1, parameters={"days": 2})),
]


@pytest.mark.parametrize("rule", RULES, ids=["authority", "clocks", "fraud"])
def test_of_more_decisions_than_are_looked_at_the_newest_are(rule: Callable[[], Rehearsal]) -> None:
    maya = adjuster()
    for days in (30, 20, 10):
        claim = claim_of(maya, "4000.00", incident_date=days_ago(days + 5), reported_date=days_ago(days))
        approve_claim(maya, claim.pk)
        ClaimTransition.objects.filter(claim=claim, command="approve").update(at=days_ago(days - 1))
    now = timezone.now() + timedelta(seconds=1)
    whole, cut = rehearse(rule(), now), rehearse(rule(), now, most=2)
    assert (whole.examined, whole.is_cut) == (3, False)
    assert (cut.examined, cut.is_cut) == (2, True)
    assert cut.since > days_ago(31)


def test_the_page_says_that_only_the_newest_were_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rehearsals, "MOST", 1)
    for _ in range(2):
        started_claim(adjuster(), claim_amount=Decimal("8000.00"))
    page = desk_of(supervisor()).get("/admin/rehearsal/fraud/?code=round_amount&weight=100&multiple=1000&least=1000")
    assert "1 decision looked at: there are more in twelve months, and the newest are looked at" in words(page)


def test_a_supervisor_rehearses_on_the_page_and_nothing_is_changed() -> None:
    maya, daniel = adjuster(), supervisor()
    claim = claim_of(maya, "20000.00")
    approve_claim(maya, claim.pk)
    role = Group.objects.get(name="Adjuster")
    url = f"/admin/rehearsal/authority/?role={role.pk}&claim_type=&cost_type=indemnity&amount=10,000.00"
    before = list(AuthorityLimit.objects.values_list("pk", "amount"))
    desk = desk_of(daniel)
    page = desk.get(url)
    assert "Adjuster, any type, indemnity: $10,000.00 instead of $25,000.00" in words(page)
    assert "1, $20,000.00 in all" in words(page)
    assert f'href="/admin/claims/claim/{claim.pk}/change/"' in source(page)
    assert "An administrator changes limits of authority." in words(page)
    assert claim.claim_number in desk.get(f"{url}&as=csv").content.decode()
    assert list(AuthorityLimit.objects.values_list("pk", "amount")) == before
    switch = f"/admin/claims/authoritylimit/{AuthorityLimit.objects.get(role=role, cost_type='indemnity').pk}/change/"
    assert switch in source(desk_of(superuser()).get(url))
    wrong = desk.get(url.replace("10,000.00", "much"))
    assert (wrong.status_code, "Enter an amount" in words(wrong)) == (422, True)
    assert "Would be missed" in words(desk.get("/admin/rehearsal/clocks/?clock=acknowledge&days=1"))
    assert [desk_of(adjuster()).get(f"/admin/rehearsal/{each}").status_code for each in ("", "authority/", "clocks/")] == [403] * 3


CANCELLED = {"status": "cancelled", "cancellation_reason": "insured_request"}
CANDIDATES = [
    FraudRule(code="late_report", weight=100, parameters={"days": 30}),
    FraudRule(code="round_amount", weight=100, parameters={"multiple": 1000, "least": 1000}),
    FraudRule(code="early_claim", weight=100, parameters={"days": 30}),
    FraudRule(code="early_claim", weight=0, parameters={"days": 30}, active=False),
    FraudRule(code="repeated_claimant", weight=100, parameters={"claims": 2, "months": 12}),
    FraudRule(code="before_the_end", weight=100, parameters={"days": 60}),
    FraudRule(code="under_limit", weight=100, parameters={"percent": 10}),
    FraudRule(code="under_authority", weight=100, parameters={"percent": 10}),
    FraudRule(code="shared_phone", weight=100),
    FraudRule(code="threshold", weight=10),
    FraudRule(code="threshold", weight=0),
]
# Beside which threshold; None: without one.
BESIDE = [
    *((candidate, 40) for candidate in CANDIDATES),
    (FraudRule(code="threshold", weight=0), None),
    (FraudRule(code="threshold", weight=0, active=False), 0),
]


@pytest.mark.parametrize(("candidate", "stood"), BESIDE, ids=lambda each: getattr(each, "code", str(each)))
def test_of_claims_whose_rows_tell_enough_nothing_else_is_read_and_no_outcome_is_another(
    candidate: FraudRule, stood: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    only_threshold(stood)
    maya, now = adjuster(), timezone.now() + timedelta(seconds=1)
    began = days_ago(300)
    old = PolicyFactory.create(start_date=began, end_date=began + timedelta(days=365), coverage_amount=Decimal("9500.00"))
    renewed = PolicyFactory.create(customer=old.customer, start_date=days_ago(70), end_date=days_ago(-295), policy_type=old.policy_type)
    ended = PolicyFactory.create(start_date=days_ago(70), end_date=days_ago(-295), cancelled_at=days_ago(5), **CANCELLED)
    for policy, amount, lost in ((old, 9000, 60), (old, 4321, 3), (renewed, 24000, 50), (ended, 8123, 20)):
        started_claim(maya, policy, claim_amount=Decimal(amount), incident_date=days_ago(lost), reported_date=days_ago(2))
    narrowed = rehearse(FraudRehearsal(candidate), now)
    with CaptureQueriesContext(connection) as queries:
        rehearse(FraudRehearsal(candidate), now)
    monkeypatch.setattr(fraud._Look, "may_change", True)
    assert rehearse(FraudRehearsal(candidate), now) == narrowed
    # Some for each lot, and none for each claim.
    assert not [each["sql"] for each in queries if '"id" = ' in each["sql"]]
