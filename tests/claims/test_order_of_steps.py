"""The history of a record is in the order in which it happened, whatever the clocks of the nodes say that made it."""

import datetime
from contextlib import AbstractContextManager
from unittest import mock

import pytest
from django.utils import timezone

from claims import services
from claims.oversight.services import verify_books
from policies.services import cancel_policy, renew_policy
from tests.factories import PolicyFactory, started_claim, submitted_claim, superuser

pytestmark = pytest.mark.django_db


def fast_node() -> AbstractContextManager[object]:
    """Whatever is done within is done where the clock is ten minutes ahead."""
    later = timezone.now() + datetime.timedelta(minutes=10)
    # Not `timezone.now` itself, which the fields hold as their default.
    return mock.patch("django.utils.timezone.datetime", mock.Mock(now=mock.Mock(return_value=later)))


def test_steps_of_a_claim_are_in_their_order_and_the_books_agree() -> None:
    owner = superuser()
    claim, other = started_claim(owner), submitted_claim()
    with fast_node():
        services.release_claim(owner, claim.pk, reason="On leave")
        services.link_claims(owner, claim.pk, other_id=other.pk, reason="One storm")
    services.assign_claim(owner, claim.pk)
    services.start_claim(owner, other.pk)
    assert list(claim.transitions.values_list("command", flat=True)) == ["submit", "start", "release", "link", "assign"]
    assert list(other.transitions.values_list("command", flat=True)) == ["submit", "link", "start"]
    [result] = verify_books(["claim_state"]).results.all()
    assert result.offenders == 0


def test_steps_of_a_policy_are_in_their_order() -> None:
    owner, policy = superuser(), PolicyFactory.create()
    with fast_node():
        renew_policy(owner, policy.pk)
    cancel_policy(owner, policy.pk, reason="insured_request")
    assert list(policy.transitions.values_list("command", flat=True)) == ["renew", "cancel"]
    versions = policy.versions.order_by("booked_at")
    assert [version.number for version in versions] == sorted(version.number for version in versions)
