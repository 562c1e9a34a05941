"""Each indicator on its own, from facts alone; the rules as data; and what is read of a claim."""

import datetime
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from claims.fraud.facts import assessment_of, facts_of
from claims.fraud.indicators import Facts, assess, valid_rules
from claims.fraud.models import Code, FraudRule
from claims.fraud.seeding import FIRST, SINCE
from claims.models import Claim
from customers.services import update_customer
from policies.services import cancel_policy
from tests.api.calling import Caller
from tests.factories import CustomerFactory, PolicyFactory, adjuster, policyholder, staff, submitted_claim

LOSS = datetime.datetime(2026, 6, 1, 12, tzinfo=datetime.UTC)
DAY = datetime.timedelta(days=1)
NOTHING = Facts(
    amount=Decimal("1234.56"),
    incident=LOSS,
    reported=LOSS + DAY,
    inception=LOSS - 400 * DAY,
    ended=None,
    earlier_losses=(),
    phones=0,
    accounts=0,
    limit=Decimal("25000.00"),
    authorities=(Decimal("2500.00"),),
)
RULES = {code.value: FraudRule(code=code, parameters=given, weight=weight, valid_from=SINCE) for code, (given, weight) in FIRST.items()}


def test_an_ordinary_claim_shows_nothing() -> None:
    found = assess(NOTHING, RULES)
    assert (found.hits, found.score, found.suggests) == ((), 0, False)


@pytest.mark.parametrize(
    ("facts", "code", "says"),
    [
        ({"inception": LOSS - 30 * DAY}, "early_claim", "30 days after the insurance began"),
        ({"inception": LOSS}, "early_claim", "less than a day after"),
        ({"inception": LOSS - 31 * DAY}, "", ""),
        ({"inception": LOSS + DAY}, "", ""),
        ({"reported": LOSS + 31 * DAY}, "late_report", "31 days after the loss"),
        ({"reported": LOSS + 30 * DAY}, "", ""),
        ({"amount": Decimal("4000.00")}, "round_amount", "$4,000.00 is claimed: a multiple of 1,000"),
        ({"amount": Decimal("1000.00")}, "", ""),
        ({"amount": Decimal("4000.01")}, "", ""),
        ({"earlier_losses": (LOSS - 9 * DAY, LOSS - 700 * DAY)}, "repeated_claimant", "3rd loss within 24 months"),
        ({"earlier_losses": (LOSS - 9 * DAY, LOSS - 740 * DAY)}, "", ""),
        ({"phones": 1}, "shared_phone", "1 other customer has the same phone"),
        ({"phones": 2}, "shared_phone", "2 other customers have the same phone"),
        ({"accounts": 1}, "shared_account", "claims of 1 other customer."),
        ({"accounts": 2}, "shared_account", "claims of 2 other customers."),
        ({"ended": LOSS + 14 * DAY}, "before_the_end", "cancelled 14 days after the loss"),
        ({"ended": LOSS + 15 * DAY}, "", ""),
        ({"ended": LOSS - DAY}, "", ""),
        ({"amount": Decimal("23750.01")}, "under_limit", "just under the limit of 25,000.00"),
        ({"amount": Decimal("23749.99")}, "", ""),
        ({"amount": Decimal("2499.99")}, "under_authority", "just under 2,500.00"),
        ({"amount": Decimal("2500.01")}, "", ""),
    ],
)
def test_each_indicator_says_what_it_saw_and_stays_silent_at_its_edge(facts: dict[str, Any], code: str, says: str) -> None:
    hits = assess(replace(NOTHING, **facts), RULES).hits
    assert [hit.code for hit in hits] == ([code] if code else [])
    assert all(says in hit.reason and hit.weight == RULES[code].weight for hit in hits)


def test_the_score_is_the_sum_and_suggests_a_referral_from_the_threshold_on() -> None:
    facts = replace(NOTHING, inception=LOSS - DAY, phones=1)
    found = assess(facts, RULES)
    assert ([hit.code for hit in found.hits], found.score, found.suggests) == (["early_claim", "shared_phone"], 45, False)
    assert assess(replace(facts, reported=LOSS + 40 * DAY), RULES).suggests
    without = {code: rule for code, rule in RULES.items() if code != Code.THRESHOLD}
    assert not assess(replace(facts, reported=LOSS + 40 * DAY), without).suggests


def test_rules_can_be_run_as_they_were_valid_at_any_moment() -> None:
    changed = FraudRule(code=Code.EARLY_CLAIM, parameters={"days": 60}, weight=40, valid_from=LOSS)
    off = FraudRule(code=Code.EARLY_CLAIM, parameters={"days": 60}, weight=40, valid_from=LOSS + DAY, active=False)
    rules = [*RULES.values(), off, changed]
    facts = replace(NOTHING, inception=LOSS - 45 * DAY)
    scores = [assess(facts, valid_rules(rules, at)).score for at in (LOSS - DAY, LOSS, LOSS + DAY)]
    assert scores == [0, 40, 0]


@pytest.mark.parametrize(
    ("code", "given", "weight"),
    [
        ("early_claim", {}, 10),
        ("early_claim", {"days": 0}, 10),
        ("early_claim", {"days": "30"}, 10),
        ("early_claim", {"days": True}, 10),
        ("early_claim", {"days": 30, "hours": 1}, 10),
        ("early_claim", [30], 10),
        ("shared_phone", {"days": 1}, 10),
        ("shared_phone", {}, 101),
    ],
)
def test_a_rule_that_makes_no_sense_is_refused(code: str, given: Any, weight: int) -> None:
    with pytest.raises(ValidationError):
        FraudRule(code=code, parameters=given, weight=weight).full_clean(validate_unique=False, validate_constraints=False)


@pytest.mark.django_db
def test_the_database_itself_refuses_a_weight_above_100_and_two_rows_of_one_moment() -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        FraudRule.objects.filter(code=Code.EARLY_CLAIM).update(weight=101)
    with pytest.raises(IntegrityError), transaction.atomic():
        FraudRule.objects.create(code=Code.EARLY_CLAIM, parameters={"days": 9}, weight=1, valid_from=SINCE)


@pytest.mark.django_db
def test_the_facts_are_those_of_the_book() -> None:
    start = timezone.now() - 100 * DAY
    before = PolicyFactory.create(start_date=start - 365 * DAY, end_date=start)
    policy = PolicyFactory.create(customer=before.customer, start_date=start)
    other = submitted_claim(before, incident_date=start - DAY, reported_date=start)
    claim = submitted_claim(policy, claim_amount=Decimal("24000.00"))
    cancel_policy(None, policy.pk, effective_at=timezone.now() - DAY)
    facts = facts_of(Claim.objects.select_related("policy__customer").get(pk=claim.pk))
    assert facts.inception == before.start_date, "a renewal is no inception"
    assert facts.earlier_losses == (other.incident_date,)
    assert (facts.limit, Decimal("25000.00") in facts.authorities) == (Decimal("25000.00"), True)
    assert facts.ended is not None


@pytest.mark.django_db
def test_a_phone_is_compared_by_its_digest_however_it_is_spelled() -> None:
    one = CustomerFactory.create(phone="(415) 555-0107")
    claim = submitted_claim(PolicyFactory.create(customer=one))
    assert facts_of(claim).phones == 0
    two = CustomerFactory.create(phone="+1 415 555 0107")
    assert one.phone_hash == two.phone_hash != ""
    assert facts_of(claim).phones == 1
    update_customer(None, two.pk, version=None, changes={"phone": "+1 415 555 0199"})
    assert facts_of(claim).phones == 0


@pytest.mark.django_db
def test_indicators_are_read_by_who_may_and_decide_nothing() -> None:
    policy = PolicyFactory.create(start_date=timezone.now() - 12 * DAY, customer__phone="")
    claim = submitted_claim(policy, claim_amount=Decimal("24000.00"))
    shown = Caller(adjuster()).get(f"/claims/{claim.pk}/indicators").data
    assert [(each["code"], each["weight"]) for each in shown["indicators"]] == [
        ("early_claim", 25),
        ("under_limit", 15),
        ("round_amount", 10),
        ("under_authority", 10),
    ]
    assert (shown["score"], shown["threshold"], shown["suggestsReferral"]) == (60, 50, True)
    assert assessment_of(claim).suggests
    assert Claim.objects.get(pk=claim.pk).status == "pending"
    for outsider in (policyholder(policy.customer), staff("Finance"), staff("Underwriter")):
        assert Caller(outsider).get(f"/claims/{claim.pk}/indicators").status == 403
