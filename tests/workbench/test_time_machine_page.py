"""The time machine of a policy's page: days and hours in the house's words, by the policy's clock; a question starts at the top."""

import datetime

import pytest
from django.test import Client
from django.utils import timezone

from policies.models import Policy
from policies.services import cancel_policy, reinstate_policy
from tests.factories import PolicyFactory, underwriter
from tests.workbench.desk import desk_of, source, words

pytestmark = [pytest.mark.django_db, pytest.mark.once]
STARTS = datetime.datetime(2026, 1, 1, 8, 1, tzinfo=datetime.UTC)


@pytest.fixture
def at_priya() -> Client:
    return desk_of(underwriter())


@pytest.fixture
def policy() -> Policy:
    """From 1 January, 00:01 in Los Angeles, to 1 July there."""
    return PolicyFactory.create(
        start_date=STARTS, end_date=STARTS.replace(month=7, hour=7), time_zone="America/Los_Angeles", policy_number="POL-2026-000031"
    )


def url(policy: Policy, query: str = "") -> str:
    return f"/admin/policies/policy/{policy.pk}/change/{query}"


def test_the_term_is_told_with_its_hours_by_the_policys_clock(at_priya: Client, policy: Policy) -> None:
    page = words(at_priya.get(url(policy)))
    assert "Term 1 Jan 2026, 00:01 PST to 1 Jul 2026, 00:01 PDT, 181 days, America/Los_Angeles" in page
    assert "1 Jan 2026 00:01 PST 1 Jul 2026 00:01 PDT" in page


def test_a_day_before_it_was_booked_is_told_as_people_write_days(at_priya: Client, policy: Policy) -> None:
    page = words(at_priya.get(url(policy, "?known=2020-02-03")))
    assert "POL-2026-000031 was not booked yet on 3 Feb 2020. This is how it stands now." in page
    assert "2020-02-03" not in page


def test_a_question_is_asked_of_the_page_and_of_no_part_of_it(at_priya: Client, policy: Policy) -> None:
    """An empty action would keep the #papers to which making a paper leads, and jump there again."""
    assert f'<form class="wb-time" action="{url(policy)}" method="get">' in source(at_priya.get(url(policy)))


def test_a_reinstatement_says_from_when_in_the_same_words(at_priya: Client) -> None:
    begun = timezone.now().replace(minute=0, second=0, microsecond=0) - datetime.timedelta(days=30)
    policy = PolicyFactory.create(start_date=begun, end_date=begun + datetime.timedelta(days=300))
    cancel_policy(None, policy.pk, reason="insured_request", effective_at=begun + datetime.timedelta(days=5))
    again = begun + datetime.timedelta(days=20)
    reinstate_policy(None, policy.pk, effective_at=again)
    assert f"From {again.day} {again:%b %Y, %H:%M} UTC" in words(at_priya.get(url(policy)))
