"""Each coverage of a policy keeps the limit and the deductible that it was sold with, and a loss is settled by the one that answers it."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from claims.books.money import _above_the_limit
from claims.models import Claim
from claims.reports.incurred import incurred_at, movements
from claims.services import approve_claim, faults_of
from claims.services.proving import basis_of, settlement_of
from policies.models import Policy
from policies.papers import letters
from policies.papers.facts import Kind, facts_of
from policies.products.models import ProductVersion
from policies.products.rules import Cover
from policies.quotes import services as quotes
from policies.reading import cover_at, timeline_of
from policies.rules import Endorsement
from policies.services import approve_endorsement, endorse_policy, renew_policy, update_policy
from policies.terms import OwnCover
from tests.api.calling import Caller
from tests.factories import adjuster, started_claim, supervisor, underwriter
from tests.oversight.planting import plant
from tests.papers.test_policy_papers import said
from tests.policies.booking import days_into, fresh, running
from tests.quotes.making import covers, requested
from tests.workbench.desk import confirm, desk_of, hidden, open_form, send, source, words
from vanguard.books import Looking
from vanguard.errors import Conflict, Invalid

pytestmark = [pytest.mark.django_db, pytest.mark.once]
CHOSEN = covers(dwelling=400_000, personalProperty=50_000) | {"liability": Cover(Decimal(200_000), Decimal(0))}


def bound() -> Policy:
    """A homeowners' policy that began today, sold with 400,000, 50,000 and 200,000; liability without a deductible."""
    quote = quotes.price_quote(None, requested(starts_in=0, covers=CHOSEN).pk)
    policy = quotes.bind_quote(None, quote.pk).policy
    assert policy is not None
    return fresh(policy)


def loss(policy: Policy, kind: str, amount: int) -> Claim:
    return started_claim(
        supervisor(),
        policy,
        claim_type=kind,
        claim_amount=Decimal(amount),
        incident_date=policy.start_date,
        reported_date=policy.start_date,
    )


def change(code: str, limit: int | None = None, deductible: int | None = None, **more: Any) -> Endorsement:
    own = OwnCover(*(None if amount is None else Decimal(amount) for amount in (limit, deductible)))
    return Endorsement(covers={code: own}, **more)


@pytest.mark.parametrize(
    ("kind", "coverage", "payable"),
    [("fire", "dwelling", "397500.00"), ("theft", "personalProperty", "47500.00"), ("liability", "liability", "200000.00")],
)
def test_a_bound_policy_settles_each_loss_by_the_coverage_that_answers_it(kind: str, coverage: str, payable: str) -> None:
    claim = loss(bound(), kind, 900_000)
    basis = basis_of(claim)
    assert (basis.promise.code, basis.settlement.payable) == (coverage, Decimal(payable))
    assert (basis.cover.limit, basis.cover.deductible) == (CHOSEN[coverage].limit, CHOSEN[coverage].deductible)
    boss = supervisor()
    with pytest.raises(Conflict) as refused:
        approve_claim(boss, claim.pk, amount=Decimal(payable) + 1)
    assert refused.value.code == "over_limit"
    approve_claim(None, claim.pk, amount=Decimal("100.00"))
    proof = claim.proofs.get()
    assert (proof.read["coverage"], Decimal(proof.read["limit"])) == (coverage, CHOSEN[coverage].limit)
    assert faults_of(proof) == []
    assert claim.coverage_checks.latest("pk").limit == CHOSEN[coverage].limit
    assert list(_above_the_limit(Looking())) == []


def test_the_books_find_an_approval_above_the_answering_coverages_own_limit() -> None:
    claim = loss(bound(), "theft", 900_000)
    approve_claim(None, claim.pk, amount=Decimal("100.00"))
    plant("claims_claim", "approved_amount = 60000", id=str(claim.pk))
    [found] = _above_the_limit(Looking())
    assert "47,500.00" in found.says


def test_booked_in_one_step_all_coverages_go_by_the_one_limit_and_deductible() -> None:
    policy = running()
    assert policy.covers is None
    assert [each.covers for each in policy.versions.get().segments.all()] == [None]
    assert settlement_of(started_claim(adjuster(), policy, claim_type="theft", claim_amount=Decimal(90_000))).payable == Decimal("24000.00")
    assert "covers" not in Caller(underwriter()).get(f"/policies/{policy.pk}").data


def test_the_api_shows_them_on_the_policy_its_versions_and_at_any_moment() -> None:
    policy, caller = bound(), Caller(underwriter())
    path = f"/policies/{policy.pk}"
    sold = {
        "liability": {"limitAmount": 200_000, "deductibleAmount": 0},
        "personalProperty": {"limitAmount": 50_000, "deductibleAmount": 2_500},
    }
    assert caller.get(path).data["covers"] == sold
    assert caller.get(f"/policies?customer_id={policy.customer_id}").data["data"][0]["covers"] == sold
    body = {
        "covers": {"personalProperty": {"limitAmount": 80_000}},
        "effectiveDate": days_into(policy, 30).isoformat(),
        "reason": "Inherited a piano.",
    }
    assert caller.post(f"{path}/endorse/preview", body).data["segments"][-1]["covers"]["personalProperty"]["limitAmount"] == 80_000
    assert caller.post(f"{path}/endorse", body).status == 200
    first, second = caller.get(f"{path}/versions?sort=number").data["data"]
    assert first["changes"]["covers.personalProperty.limitAmount"] == 50_000
    assert first["segments"][0]["covers"] == sold
    assert second["changes"] == {"covers.personalProperty.limitAmount": 80_000}
    assert [each["covers"]["personalProperty"]["limitAmount"] for each in second["segments"]] == [50_000, 80_000]
    # Not yet; then from that day on, with the deductible that it had.
    assert caller.get(path).data["covers"] == sold
    then = caller.get(f"{path}?effective_at={days_into(policy, 31).date()}").data["covers"]["personalProperty"]
    assert then == {"limitAmount": 80_000, "deductibleAmount": 2_500}


@pytest.mark.parametrize(
    ("sent", "errors"),
    [
        ({"dwelling": {"limitAmount": 1}}, {"covers.dwelling": "principal"}),
        ({"boats": {"limitAmount": 1}}, {"covers.boats": "unknown"}),
        ({}, {"": "required"}),
        ({"liability": {"limitAmount": -1}}, None),
        ({"liability": {"limit": 1}}, None),
    ],
)
def test_an_endorsement_of_what_is_no_coverage_of_its_own_names_the_field(sent: dict[str, Any], errors: dict[str, str] | None) -> None:
    answer = Caller(underwriter()).post(f"/policies/{bound().pk}/endorse", {"covers": sent})
    assert answer.status == 422
    assert errors is None or answer.errors == errors


def test_the_service_refuses_what_is_no_amount() -> None:
    with pytest.raises(Invalid) as refused:
        endorse_policy(None, bound().pk, Endorsement(covers={"liability": OwnCover(Decimal("0.001"))}))
    assert refused.value.errors[0].field == "covers.liability.limit_amount"


def test_out_of_sequence_comes_to_the_same_and_two_of_the_same_figure_clash() -> None:
    policy, maker = bound(), underwriter()
    endorse_policy(maker, policy.pk, change("personalProperty", 80_000, effective_at=days_into(policy, 60)))
    endorse_policy(maker, policy.pk, change("personalProperty", None, 5_000, effective_at=days_into(policy, 30)))
    held = [dict(each.terms.covers)["personalProperty"] for each in timeline_of(policy).segments]
    assert held == [OwnCover(Decimal(a), Decimal(b)) for a, b in ((50_000, 2_500), (50_000, 5_000), (80_000, 5_000))]
    caller, body = (
        Caller(maker),
        {"covers": {"personalProperty": {"limitAmount": 60_000}}, "effectiveDate": days_into(policy, 45).isoformat()},
    )
    assert caller.post(f"/policies/{policy.pk}/endorse", body).errors == {"covers.personalProperty.limitAmount": "clash"}
    kept = body | {"keep": {"covers.personalProperty.limitAmount": "this"}}
    assert caller.post(f"/policies/{policy.pk}/endorse", kept).status == 200
    assert cover_at(fresh(policy), days_into(policy, 90)).answering("personalProperty").limit == 60_000


@pytest.mark.parametrize(("more", "field"), [((80_000, None), "limit_amount"), ((None, 500), "deductible_amount")])
def test_more_of_one_coverage_over_a_known_loss_waits_for_a_second_person(more: tuple[int | None, int | None], field: str) -> None:
    policy, maker = bound(), underwriter()
    claim = loss(policy, "theft", 900_000)
    with pytest.raises(Conflict) as refused:
        endorse_policy(maker, policy.pk, change("personalProperty", *more, effective_at=policy.start_date))
    assert (refused.value.code, refused.value.errors[0].field) == ("known_loss", f"covers.personalProperty.{field}")
    stated = change("personalProperty", *more, effective_at=policy.start_date, no_known_loss="None other.")
    endorse_policy(maker, policy.pk, stated)
    assert settlement_of(Claim.objects.get(pk=claim.pk)).payable == Decimal("47500.00")
    approve_endorsement(underwriter(), policy.pk)
    assert settlement_of(Claim.objects.get(pk=claim.pk)).payable == Decimal("77500.00" if more[0] else "49500.00")


@pytest.mark.parametrize(
    ("kind", "approved", "too_low", "low"),
    [
        # Up to the limit, without a deductible; limit less deductible; the policy's own figures.
        ("liability", 200_000, change("liability", 199_999), change("liability", 250_000)),
        ("theft", 47_500, change("personalProperty", 49_999), change("personalProperty", 50_001)),
        ("fire", 397_500, Endorsement({"coverage_amount": Decimal(399_999)}), change("personalProperty", 20_000)),
    ],
)
def test_what_was_approved_stays_covered_by_the_rule_and_the_figures_of_its_coverage(
    kind: str, approved: int, too_low: Endorsement, low: Endorsement
) -> None:
    policy = bound()
    claim = loss(policy, kind, 900_000)
    approve_claim(None, claim.pk, amount=Decimal(approved))
    assert Claim.objects.get(pk=claim.pk).approved_amount == approved
    with pytest.raises(Conflict) as refused:
        endorse_policy(None, policy.pk, replace(too_low, effective_at=policy.start_date))
    assert refused.value.code == "claims_above"
    endorse_policy(None, policy.pk, replace(low, effective_at=policy.start_date, no_known_loss="None other."))


def test_a_correction_and_a_renewal_keep_them() -> None:
    policy = bound()
    update_policy(underwriter(), policy.pk, version=None, changes={"coverage_amount": Decimal("410000.00")})
    assert fresh(policy).covers == policy.covers
    renewal = renew_policy(underwriter(), policy.pk)
    assert (renewal.covers, renewal.versions.get().segments.get().covers) == (policy.covers, policy.covers)
    assert renew_policy(underwriter(), renewal.pk, terms={"policy_type": "pet"}).covers is None  # a product that has no such coverages


def test_the_schedule_prints_all_of_them() -> None:
    policy = bound()
    text = said(letters.paper_of(facts_of(policy, Kind.SCHEDULE)))
    assert "Homeowners: dwelling" in text
    assert "Personal property $50,000.00 $2,500.00" in text
    assert "Personal liability $200,000.00 $0.00" in text
    endorse_policy(underwriter(), policy.pk, change("personalProperty", 80_000, effective_at=days_into(policy, 30)))
    told = said(letters.paper_of(facts_of(fresh(policy), Kind.ENDORSEMENT)))
    assert "Limit of personal property $80,000.00" in told


def test_the_desk_shows_them_and_endorses_one() -> None:
    policy, desk = bound(), desk_of(underwriter())
    url = f"/admin/policies/policy/{policy.pk}/"
    assert "Personal property 50,000.00 2,500.00" in words(desk.get(f"{url}change/"))
    form = source(desk.get(f"{url}endorse/"))
    assert 'name="covers.personalProperty.limit_amount"' in form
    terms = {name: str(getattr(policy, name)) for name in ("coverage_amount", "deductible_amount", "policy_type", "premium_amount")}
    own = {
        f"covers.{code}.{figure}_amount": str(getattr(each, figure))
        for code, each in policy.own_covers.items()
        for figure in ("limit", "deductible")
    }
    sent = terms | own | {"covers.personalProperty.limit_amount": "80000.00", "reason": "A piano."}
    carried = hidden(source(send(desk, f"{url}endorse/", **sent)), "command-form")
    at_rates = sent | carried | {"premium_amount": carried["proposed"]}
    assert "is endorsed" in words(desk.post(f"{url}endorse/", at_rates, follow=True))
    assert fresh(policy).own_covers["personalProperty"] == OwnCover(Decimal(80_000), Decimal(2_500))
    page = words(desk.get(f"{url}change/"))
    assert "limit of personal property 80,000.00" in page.partition("Endorsement: ")[2]


def test_the_desk_names_the_principal_coverage_and_whose_figures_it_has() -> None:
    page = words(desk_of(underwriter()).get(f"/admin/policies/policy/{bound().pk}/change/"))
    assert "Dwelling the policy’s own 400,000.00" in page
    assert page.index("Dwelling the policy’s own") < page.index("Personal property 50,000.00")


def test_the_desk_gives_a_coverage_its_own_figures_where_none_had_any() -> None:
    version = ProductVersion.objects.valid_at(timezone.now()).get(product__policy_type="homeowners")
    policy, desk = running(product_version=version), desk_of(underwriter())
    url = f"/admin/policies/policy/{policy.pk}/endorse/"
    form = source(desk.get(url))
    assert '<option value="personalProperty">Personal property</option>' in form
    assert 'value="dwelling"' not in form
    terms = {name: str(getattr(policy, name)) for name in ("coverage_amount", "deductible_amount", "policy_type", "premium_amount")}
    refused = [
        ({"cover": "personalProperty"}, "Say what its limit or its deductible is."),
        ({"cover_limit": "80,000.00"}, "Say which coverage it is."),
        ({"cover": "personalProperty", "cover_limit": "-1"}, "Enter 0.00 or more."),
    ]
    for sent, says in refused:
        assert says in words(desk.post(url, open_form(desk, url) | terms | sent))
    chosen = {"cover": "personalProperty", "cover_limit": "80,000.00", "cover_deductible": ""}
    assert "Limit of personal property 25,000.00 80,000.00" in words(desk.post(url, open_form(desk, url) | terms | chosen))
    assert "is endorsed" in words(confirm(desk, url, **terms, **chosen))
    assert fresh(policy).own_covers == {"personalProperty": OwnCover(Decimal(80_000), None)}
    assert 'name="covers.personalProperty.limit_amount"' in source(desk.get(url))


@pytest.mark.parametrize(
    ("kind", "claimed", "incurred"),
    [("theft", 90_000, 47_500), ("Theft", 90_000, 47_500), ("fire", 90_000, 87_500), ("liability", 250_000, 200_000)],
    ids=["by its own coverage", "in whatever letters", "by the principal one", "by one without a deductible"],
)
def test_what_a_claim_may_cost_goes_by_the_coverage_that_answers_it(kind: str, claimed: int, incurred: int) -> None:
    claim = loss(bound(), kind, claimed)
    now = timezone.now()
    assert Claim.objects.annotate(cost=incurred_at(now)).get(pk=claim.pk).cost == incurred
    booked = sum((source.rows.aggregate(sum=source.held)["sum"] or Decimal(0) for source in movements(now)), Decimal(0))
    assert booked == incurred


def test_whether_a_loss_is_covered_takes_no_more_queries(django_assert_num_queries: Any) -> None:
    policy = bound()
    with django_assert_num_queries(0):
        assert cover_at(policy, policy.start_date).answering("personalProperty").limit == 50_000


def test_figures_of_single_coverages_are_told_and_carried_too() -> None:
    policy, caller = bound(), Caller(underwriter())
    renewal = renew_policy(None, policy.pk)
    endorse_policy(None, renewal.pk, change("liability", 250_000, effective_at=renewal.start_date))  # its own
    body = {"covers": {"personalProperty": {"limitAmount": 80_000}, "liability": {"limitAmount": 300_000}}}
    seen = caller.post(f"/policies/{policy.pk}/endorse/preview", body).data
    behind = {each["field"]: (each["renewal"], each["now"], each["own"]) for each in seen["behind"]}
    assert behind == {
        "covers.liability.limitAmount": ("250000.00", "300000.00", True),
        "covers.personalProperty.limitAmount": ("50000.00", "80000.00", False),
    }
    said = caller.post(f"/policies/{policy.pk}/endorse", body | {"carryToRenewal": True})
    assert said.status == 200, said
    after = fresh(renewal).own_covers
    assert after["personalProperty"] == OwnCover(Decimal(80_000), Decimal(2_500))
    assert after["liability"].limit == 250_000
