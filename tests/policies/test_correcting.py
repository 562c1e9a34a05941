"""A correction is a version like any other, on the product version that is valid at the right start."""

import pytest

from policies.services import renew_policy, update_policy
from tests.api.calling import Caller
from tests.factories import underwriter
from tests.policies.booking import booked, day, fresh
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
