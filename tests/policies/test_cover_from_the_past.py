"""More cover from the past takes the insured's statement and a second person, at the end of a term as at its start."""

import datetime
from unittest.mock import patch

import pytest
from django.utils import timezone

from policies.models import Policy
from policies.services import approve_endorsement, update_policy
from tests.api.calling import Caller
from tests.factories import underwriter
from tests.policies.booking import fresh
from tests.workbench.desk import confirm, desk_of, words
from tests.workbench.test_correcting_terms import STATEMENT, edit, sold, typed, url
from vanguard.errors import Conflict

pytestmark = [pytest.mark.django_db, pytest.mark.once]
DAY = datetime.timedelta(days=1)


def over() -> Policy:
    """A rated term of 180 days that was sold 280 days ago."""
    with patch.object(timezone, "now", return_value=timezone.now() - 280 * DAY):
        return sold(180)


def test_a_term_that_is_over_goes_on_only_by_the_statement_and_a_second_person() -> None:
    policy = over()
    end = policy.end_date + 185 * DAY
    with pytest.raises(Conflict) as refused:
        update_policy(None, policy.pk, version=None, changes={"end_date": end})
    assert (refused.value.code, refused.value.errors[0].field) == ("backdated", "end_date")
    answer = Caller(underwriter()).patch(f"/policies/{policy.pk}", {"endDate": end.isoformat()}, **{"If-Match": f'"{policy.version}"'})
    assert (answer.status, fresh(policy).end_date) == (409, policy.end_date)
    priya = desk_of(underwriter())
    assert "Cover would go on from an end in the past." in words(edit(priya, policy, end_date=f"{end:%Y-%m-%dT%H:%M}"))
    form = typed(policy, end_date=f"{end:%Y-%m-%dT%H:%M}", no_known_loss=STATEMENT)
    assert "another underwriter has to approve the correction" in words(confirm(priya, url(policy, "edit"), **form))
    approve_endorsement(underwriter(), policy.pk)
    assert fresh(policy).end_date == end


def test_a_term_that_is_not_over_is_made_longer_by_one_person() -> None:
    policy = sold(180)
    update_policy(None, policy.pk, version=None, changes={"end_date": policy.end_date + DAY})
    assert fresh(policy).end_date == policy.end_date + DAY
