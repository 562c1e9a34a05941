"""What an undecided claim may cost, in reports as in its settlement's proof: the database and Python come to the same sum."""

from collections import Counter
from datetime import timedelta
from decimal import Decimal
from random import Random

import pytest
from django.utils import timezone

from claims.models import Claim, ClaimPayment, ClaimTransition
from claims.reports.bordereau import Line, lines_of
from claims.reports.incurred import incurred_at
from claims.reports.inventory import inventory
from claims.reports.periods import bounds, end_of
from claims.reports.question import Question, today
from claims.reports.terms import Terms
from claims.reports.triangle import triangle
from claims.services import approve_claim, approve_payment, issue_payment, pay_claim, update_claim
from claims.services.proving import basis_of, settlement_of
from claims.settlement import settle
from policies.models import Policy, PolicySegment, PolicyVersion
from policies.products.models import ProductVersion
from policies.reading import cover_at
from policies.rules import Endorsement
from policies.services import endorse_policy
from tests.clock import SetClock
from tests.factories import PolicyFactory, staff, started_claim, submitted_claim, superuser
from tests.oversight.planting import plant
from tests.policies.test_coverages import bound, change
from tests.reports.books import at, day
from vanguard.money import to_cents

pytestmark = pytest.mark.django_db
D = Decimal
KINDS = ["fire", "FIRE", "theft", "Theft", "liability", "dwelling", "collision", "glass", "property_damage", "meteorite"]
CODES = ["personalProperty", "liability", "collision", "comprehensive"]
RULES = ("limit", "limit_less_deductible")


def now_on_sale(policy_type: str) -> ProductVersion:
    return ProductVersion.objects.valid_at(timezone.now()).get(product__policy_type=policy_type)


def estimated(claim: Claim, until: object = None) -> Decimal:
    rows = Claim.objects.filter(pk=claim.pk).annotate(cost=incurred_at(until or end_of(today())))  # type: ignore[arg-type]
    return to_cents(rows.get().cost)


# -- Each rule, depreciation, aggregate
@pytest.mark.parametrize(
    ("policy_type", "kind", "expected"),
    [
        ("homeowners", "fire", 9_000),
        ("homeowners", "liability", 10_000),
        ("personal_auto", "collision", 10_000),
        ("personal_auto", "property_damage", 9_000),
    ],
)
def test_an_open_claim_may_cost_what_its_coverages_rule_pays(policy_type: str, kind: str, expected: int) -> None:
    policy = PolicyFactory.create(policy_type=policy_type, product_version=now_on_sale(policy_type), coverage_amount=D(10_000))
    claim = submitted_claim(policy, claim_type=kind, claim_amount=D(15_000))
    assert settlement_of(claim).payable == estimated(claim) == expected
    assert [figure.value for figure in inventory(Question(today())).tables[0].foot][-1] == expected
    assert sum(cell.value for cell in triangle("incurred", "year", "month", user=None)) == expected


def test_what_age_and_wear_take_off_is_not_expected_to_be_paid() -> None:
    claim = started_claim(superuser(), claim_amount=D(6_000))
    update_claim(None, claim.pk, version=None, changes={"depreciation": D(1_500)})
    assert settlement_of(Claim.objects.get(pk=claim.pk)).payable == estimated(claim) == D(3_500)


def test_no_more_is_expected_than_other_claims_have_left_of_the_aggregate() -> None:
    policy = PolicyFactory.create(product_version=now_on_sale("homeowners"), coverage_amount=D(900_000))
    claim = submitted_claim(policy, claim_type="liability", claim_amount=D(850_000))
    assert estimated(claim) == D(849_000)
    fire = started_claim(superuser(), policy, claim_amount=D(700_000))
    approve_claim(superuser(), fire.pk)
    pay_claim(None, fire.pk, amount=D(600_000), coverage="liability")
    approve_payment(superuser(), fire.payments.get().pk)
    issue_payment(staff("Finance"), fire.payments.get().pk)
    assert settlement_of(claim).payable == estimated(claim) == D(400_000)
    since, before = bounds(f"{today():%Y-%m}")
    assert sum(lines_of(since, before).values(), Line()).off == (0, D(0))


# -- The version in force at the loss, as known then
def test_the_terms_are_those_in_force_at_the_loss_and_as_they_were_known(clock: SetClock) -> None:
    clock.set("2026-01-05 12:00")
    policy = bound()
    clock.set("2026-02-10 12:00")
    claim = submitted_claim(
        policy, claim_type="theft", claim_amount=D(90_000), incident_date=at("2026-02-09"), reported_date=at("2026-02-10")
    )
    assert estimated(claim, end_of(day("2026-02-28"))) == D(47_500)
    clock.set("2026-03-10 12:00")
    endorse_policy(None, policy.pk, change("personalProperty", 80_000, effective_at=at("2026-03-01")))
    assert (settlement_of(Claim.objects.get(pk=claim.pk)).payable, estimated(claim, end_of(day("2026-03-31")))) == (D(47_500), D(47_500))
    clock.set("2026-04-10 12:00")
    backdated = change("personalProperty", 30_000, effective_at=at("2026-02-01"), keep={"covers.personalProperty.limit_amount": "later"})
    endorse_policy(None, policy.pk, backdated)
    known = [estimated(claim, end_of(day(each))) for each in ("2026-02-28", "2026-03-31", "2026-04-30")]
    assert known == [D(47_500), D(47_500), D(27_500)]
    months = [sum(lines_of(*bounds(f"2026-0{month}")).values(), Line()) for month in range(1, 6)]
    assert [each.incurred for each in months] == [D(0), D(47_500), D(0), D(-20_000), D(0)]
    assert [each.off for each in months] == [(0, D(0))] * 5


def test_the_deductible_that_held_at_the_loss_counts_where_it_was_raised_since() -> None:
    policy = PolicyFactory.create()
    claim = submitted_claim(policy)
    endorse_policy(None, policy.pk, Endorsement({"deductible_amount": D(3_000)}, effective_at=timezone.now()))
    assert Policy.objects.get(pk=policy.pk).deductible_amount == D(3_000)
    assert settlement_of(Claim.objects.get(pk=claim.pk)).payable == estimated(claim) == D(4_000)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> SetClock:
    return SetClock(monkeypatch)


# -- The database against Python
class Invented:
    """A book by chance: every rule, coverages with figures of their own, later versions, aggregates used up by others."""

    def __init__(self, seed: int) -> None:
        self.rng = Random(seed)  # invents claims, guards nothing
        self.begin = timezone.now() - timedelta(days=300)
        # Two that bind often, one of them on the coverage that answers whatever no other one names.
        plant("products_coverage", "aggregate = 300000", code="dwelling")
        plant("products_coverage", "aggregate = 300000", code="collision")
        self.versions = [None, *ProductVersion.objects.filter(status="published").exclude(product__policy_type="pet")]

    def amount(self, most: int) -> Decimal:
        return D(self.rng.randint(0, most * 100)) / 100

    def figures(self) -> dict[str, object]:
        own = {}
        for code in self.rng.sample(CODES, self.rng.randint(0, 3)):
            given = {"limitAmount": f"{self.amount(200_000)}", "deductibleAmount": f"{self.amount(3_000)}"}
            own[code] = {name: given[name] for name in self.rng.sample(sorted(given), self.rng.randint(1, 2))}
        limit = self.rng.choice([self.amount(2_000), self.amount(900_000)])
        return {"coverage_amount": limit, "deductible_amount": self.amount(3_000), "covers": own or None}

    def policy(self) -> Policy:
        version = self.rng.choice(self.versions)
        policy = PolicyFactory.create(start_date=self.begin, created_at=self.begin, product_version=version, **self.figures())
        for number in range(2, self.rng.randint(2, 4)):
            self._book(policy, number)
        for _ in range(self.rng.randint(1, 4)):
            self._claim(policy)
        return policy

    def _book(self, policy: Policy, number: int) -> None:
        """Other terms from some day on."""
        middle = self.begin + timedelta(days=self.rng.randint(20, 250))
        booked = PolicyVersion.objects.create(
            policy=policy, number=number, kind="endorsement", effective_at=middle, booked_at=self.begin + timedelta(days=90 * (number - 1)),
            premium_change=0, written_premium=policy.premium_amount,
        )  # fmt: skip
        before, after = self.figures(), self.figures()
        for starts_at, ends_at, terms in ((policy.start_date, middle, before), (middle, policy.end_date, after)):
            PolicySegment.objects.create(
                version=booked, starts_at=starts_at, ends_at=ends_at, days=1, policy_type=policy.policy_type, term_premium=0, premium=0,
                in_force=True, **terms,
            )  # fmt: skip
        Policy.objects.filter(pk=policy.pk).update(booked_versions=number, **after)

    def _claim(self, policy: Policy) -> None:
        loss, happened = self.amount(400_000), self.begin + timedelta(days=self.rng.randint(0, 290), hours=1)
        worn = self.rng.choice([None, to_cents(loss * self.rng.randint(0, 100) / 100)])
        claim = Claim.objects.create(
            claim_number=f"E-{Claim.objects.count():05d}", policy=policy, claim_type=self.rng.choice(KINDS), claim_amount=loss,
            depreciation=worn, incident_date=happened, reported_date=happened,
        )  # fmt: skip
        ClaimTransition.objects.create(claim=claim, command="submit", at=happened, to_status="pending", stage="reported")
        if self.rng.random() < 0.5:
            for _ in range(self.rng.randint(0, 3)):
                self._payment(claim)
            claim.approved_amount = claim.payments.committed("indemnity") + self.rng.choice([D(0), self.amount(150_000)])
            claim.status, claim.stage, claim.processed_date = "approved", "approved", timezone.now()
            claim.save()

    def _payment(self, claim: Claim) -> None:
        out = self.rng.choice([None, timezone.now()])
        code = self.rng.choice(["", "dwelling", "unknown", *CODES])
        status, kind = "cleared" if out else "requested", self.rng.choice(["indemnity", "indemnity", "expense"])
        ClaimPayment.objects.create(
            claim=claim, amount=self.amount(100_000) + 1, coverage=code, paid_at=out, status=status, cost_type=kind, payee="Harold Finch"
        )


@pytest.mark.parametrize("seed", [1, 2])
def test_the_database_and_the_proof_come_to_the_same_for_claims_of_every_rule(seed: int) -> None:
    invented, met = Invented(seed), Counter[str]()
    for _ in range(60):
        invented.policy()
    soon = timezone.now() + timedelta(days=1)
    told = dict(Claim.objects.annotate(cost=Terms(soon).estimate()).values_list("pk", "cost"))
    by_step = dict(ClaimTransition.objects.annotate(cost=Terms(soon).estimate("claim__")).values_list("claim", "cost"))
    for claim in Claim.objects.select_related("policy"):
        basis = basis_of(claim)
        assert to_cents(told[claim.pk]) == to_cents(by_step[claim.pk]) == basis.settlement.settlement, (claim.claim_type, basis)
        met.update((basis.settlement.rule, basis.settlement.counts, f"versions {min(claim.policy.booked_versions, 2)}"))
    assert {*RULES, "loss", "limit", "aggregate", "versions 1", "versions 2"} <= met.keys(), met


def test_the_database_takes_the_terms_as_they_were_known() -> None:
    invented = Invented(3)
    for _ in range(40):
        invented.policy()
    then = invented.begin + timedelta(days=130)
    told = dict(Claim.objects.annotate(cost=Terms(then).estimate()).values_list("pk", "cost"))
    for claim in Claim.objects.select_related("policy"):
        basis = basis_of(claim)
        known = cover_at(claim.policy, claim.incident_date, then).answering(basis.promise.code)
        again = settle(
            claim.claim_amount, known.deductible, known.limit, rule=basis.promise.rule, left=basis.settlement.left,
            depreciation=claim.depreciation or D(0),
        )  # fmt: skip
        assert to_cents(told[claim.pk]) == again.settlement, claim.claim_type
