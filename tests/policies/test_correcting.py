"""A correction is a version like any other, on the product version that is valid at the right start."""

import datetime
from decimal import Decimal

import pytest

from claims.services import approve_claim
from policies.models import Policy
from policies.quotes import services as quotes
from policies.services import expire_policies, renew_policy, update_policy
from tests.api.calling import Caller
from tests.factories import adjuster, started_claim, submitted_claim, underwriter
from tests.policies.booking import booked, day, ended_yesterday, fresh, running
from tests.quotes.making import covers, requested
from vanguard.errors import Conflict

pytestmark = [pytest.mark.django_db, pytest.mark.once]


@pytest.mark.parametrize(("start", "number"), [("2020-01-01", 2), ("2019-12-31", 1)])
def test_the_product_version_is_the_one_that_is_valid_at_the_right_start(start: str, number: int) -> None:
    policy = booked("2019-06-01" if number == 2 else "2020-06-01", "2021-06-01")
    before = policy.product_version
    answer = Caller(underwriter()).patch(f"/policies/{policy.pk}", {"startDate": f"{start}T00:00:00Z"}, **{"If-Match": '"1"'})
    assert answer.status == 200, answer
    pinned, made = fresh(policy).product_version, policy.versions.latest("number")
    assert pinned is not None
    assert (pinned != before, pinned.number) == (True, number)
    assert (made.kind, made.effective_at) == ("correction", day(start))
    assert f"now on {pinned}" in made.reason


def test_a_start_at_which_the_product_was_not_sold_is_refused_at_its_field_whichever_term_was_corrected() -> None:
    policy = booked("2020-06-01", "2021-06-01")
    with pytest.raises(Conflict) as refused:
        update_policy(None, policy.pk, version=None, changes={"start_date": day("1950-01-01")})
    assert (refused.value.code, refused.value.errors[0].field) == ("not_sold", "start_date")
    early = booked("1901-01-01", "2000-01-01")
    renewal = renew_policy(None, early.pk)
    update_policy(None, renewal.pk, version=None, changes={"policy_type": "a_type_of_no_product"})
    assert fresh(renewal).product_version is None
    update_policy(None, policy.pk, version=None, changes={"coverage_amount": 1})
    assert fresh(policy).product_version == policy.product_version


def crashed(type_: str, approved: int = 0) -> Policy:
    """A policy, limit 10,000 and deductible 500, with the loss of a car; approved up to `approved`."""
    policy = running(policy_type=type_, coverage_amount=Decimal(10_000), deductible_amount=Decimal(500))
    claim = started_claim(adjuster(), policy, claim_type="collision", claim_amount=Decimal(90_000))
    if approved:
        approve_claim(None, claim.pk, amount=Decimal(approved))
    return policy


@pytest.mark.parametrize(
    ("was", "approved", "becomes", "code"),
    [
        ("personal_auto", 10_000, "homeowners", "claims_above"),  # up to the limit; limit less deductible
        ("homeowners", 9_500, "personal_auto", "known_loss"),
        ("a_type_of_no_product", 0, "personal_auto", "known_loss"),
    ],
)
def test_another_product_is_held_against_what_is_known_by_its_own_rules(was: str, approved: int, becomes: str, code: str) -> None:
    policy = crashed(was, approved)
    answer = Caller(underwriter()).patch(f"/policies/{policy.pk}", {"policyType": becomes}, **{"If-Match": '"1"'})
    assert answer.status == 409, answer
    with pytest.raises(Conflict) as refused:
        update_policy(underwriter(), policy.pk, version=None, changes={"policy_type": becomes})
    assert (refused.value.code, refused.value.errors[0].field) == (code, "policy_type")
    assert "product" in refused.value.message or code == "claims_above"
    assert fresh(policy).product_version == policy.product_version


def test_another_version_that_pays_no_more_is_a_correction_like_any_other() -> None:
    policy, at = booked("2019-06-01", "2021-06-01"), day("2020-12-01")
    submitted_claim(policy, incident_date=at, reported_date=at)
    update_policy(underwriter(), policy.pk, version=None, changes={"start_date": day("2020-01-01")})
    assert fresh(policy).product_version != policy.product_version


def test_figures_of_coverages_that_the_other_product_does_not_have_are_not_left_to_it() -> None:
    quote = quotes.price_quote(None, requested(starts_in=0, covers=covers(personalProperty=50_000)).pk)
    policy = quotes.bind_quote(None, quote.pk).policy
    assert policy is not None
    with pytest.raises(Conflict) as refused:
        update_policy(underwriter(), policy.pk, version=None, changes={"policy_type": "personal_auto"})
    assert (refused.value.code, refused.value.errors[0].field) == ("other_covers", "policy_type")
    assert "Personal auto" in refused.value.message


@pytest.mark.parametrize("of_renewal", [False, True])
def test_a_term_that_had_expired_and_is_longer_after_all_is_active_again(of_renewal: bool) -> None:
    over = ended_yesterday()
    renewal = renew_policy(None, over.pk)
    expire_policies()
    assert fresh(over).status == "expired"
    until = over.end_date + datetime.timedelta(days=10)
    corrected, field = (renewal, "start_date") if of_renewal else (over, "end_date")
    update_policy(underwriter(), corrected.pk, version=None, changes={field: until})
    assert (fresh(over).status, fresh(over).current_status, fresh(over).is_in_force) == ("active", "active", True)
    last = over.transitions.latest("at")
    assert (last.command, last.from_status, last.to_status) == ("change", "expired", "active")
    assert (expire_policies(until), fresh(over).status) == (1, "expired")
