"""What an underwriter has to do is found without opening policies: changes of others to approve, cover that ends unpaid, terms to renew."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from policies.models import Policy
from policies.services import cancel_policy, renew_policy
from tests.factories import PolicyFactory, submitted_claim, underwriter
from tests.policies.booking import running
from tests.policies.test_known_loss import lower_deductible
from tests.workbench.desk import desk_of, source, words

pytestmark = pytest.mark.django_db
LIST = "/admin/policies/policy/"


def rows(client: Client, view: str) -> str:
    return source(client.get(f"{LIST}?view={view}")).partition("<tbody")[2]


def test_a_change_that_waits_is_found_by_the_second_person_and_not_counted_for_who_asked() -> None:
    asks, decides = underwriter(), underwriter()
    policy = running()
    claim = submitted_claim(policy, incident_date=timezone.now() - timedelta(days=5), reported_date=timezone.now())
    assert "For a second person" not in words(desk_of(decides).get("/admin/"))
    lower_deductible(asks, policy, claim, "No other loss is known.")
    for person, counted in ((decides, True), (asks, False)):
        home = desk_of(person).get("/admin/")
        beside = source(home).partition("Changes to approve")[2].partition("</a>")[0]
        assert (">1<" in beside) is counted
        assert ("For a second person" in words(home)) is counted
    assert policy.policy_number in rows(desk_of(decides), "waiting")
    assert policy.policy_number not in rows(desk_of(decides), "grace")


def test_policies_in_grace_are_a_view_with_the_day_on_which_cover_ends(at_priya: Client) -> None:
    soon, later = (running() for _ in range(2))
    running()
    for policy, days in ((later, 20), (soon, 9)):
        Policy.objects.filter(pk=policy.pk).update(lapses_at=timezone.now() + timedelta(days=days))
    found = rows(at_priya, "grace")
    assert found.count('class="wb-id"') == 2
    assert found.index(soon.policy_number) < found.index(later.policy_number), "what ends first comes first"
    assert "unpaid, ends" in found
    assert "In grace 2" in words(at_priya.get("/admin/"))
    Policy.objects.filter(pk=soon.pk).update(lapses_at=timezone.now() - timedelta(days=1))
    assert soon.policy_number not in rows(at_priya, "grace"), "it has lapsed, whether that is booked or not"


def test_what_is_renewed_already_is_not_to_be_renewed(at_priya: Client) -> None:
    end = timezone.now() + timedelta(days=10)
    renewed, open_ = (PolicyFactory.create(start_date=end - timedelta(days=365), end_date=end) for _ in range(2))
    assert rows(at_priya, "ending").count('class="wb-id"') == 2
    renewal = renew_policy(None, renewed.pk)
    found = rows(at_priya, "ending")
    assert renewed.policy_number not in found
    assert open_.policy_number in found
    cancel_policy(None, renewal.pk)
    assert renewed.policy_number in rows(at_priya, "ending"), "a renewal that was cancelled is none"
