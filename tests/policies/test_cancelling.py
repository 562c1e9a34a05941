"""Cancellation by each method, and reinstatement with and without a gap."""

import datetime
from decimal import Decimal
from typing import Any
from urllib.parse import quote

import pytest
from django.utils import timezone

from claims.services import submit_claim
from policies.models import Policy
from policies.reading import cover_at, timeline_of
from policies.services import cancel_policy, reinstate_policy
from tests.api.calling import Caller
from tests.factories import adjuster, underwriter
from tests.policies.booking import days_into, fresh, running
from tests.workbench.desk import desk_of, words
from vanguard.errors import Conflict, Invalid, NotAllowed
from vanguard.workbench.dates import full_instant

pytestmark = [pytest.mark.django_db, pytest.mark.once]


def last_change(policy: Policy) -> Decimal:
    version = policy.versions.last()
    assert version is not None
    return version.premium_change


@pytest.mark.parametrize(
    ("how", "refund"),
    [
        ({"reason": "flat"}, "500.00"),
        ({"method": "short_rate", "penalty_share": Decimal("0.20")}, "235.62"),
        ({"method": "flat", "reason": "rewritten"}, "500.00"),
    ],
)
def test_500_for_365_days_cancelled_on_day_150(how: dict[str, Any], refund: str) -> None:
    policy = running(premium="500.00")
    cancel_policy(underwriter(), policy.pk, effective_at=days_into(policy, 150), **how)
    assert last_change(policy) == -Decimal(refund)
    assert fresh(policy).status == "cancelled"


@pytest.mark.parametrize(
    ("how", "field"),
    [
        ({"method": "half"}, "method"),
        ({"reason": "flat", "method": "short_rate"}, "method"),
        ({"penalty_share": Decimal("0.1")}, "penalty_share"),
        ({"method": "short_rate", "penalty_share": Decimal("1.1")}, "penalty_share"),
        ({"method": "short_rate", "penalty_share": Decimal("-0.1")}, "penalty_share"),
        ({"reason": "bored"}, "reason"),
    ],
)
def test_a_cancellation_that_contradicts_itself_names_the_field(how: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        cancel_policy(None, running().pk, **how)
    assert field in [error.field for error in refused.value.errors]


def test_reinstated_without_a_gap_it_is_as_if_it_had_not_been_cancelled() -> None:
    policy = running(premium="1000.00")
    cancel_policy(None, policy.pk, effective_at=days_into(policy, 90), method="short_rate")
    refund = -last_change(policy)
    back = reinstate_policy(underwriter(), policy.pk, reason="Paid after all")
    assert (last_change(policy), back.status, back.cancelled_at) == (refund, "active", None)
    assert cover_at(back, days_into(policy, 95)).in_force
    assert [row.command for row in policy.transitions.all()] == ["book", "cancel", "reinstate"]


def test_lapse_and_reinstatement_with_a_gap_leave_the_gap_uncovered_whichever_way_a_loss_comes_in() -> None:
    policy = running()
    lapse, again = days_into(policy, 80), days_into(policy, 90)

    def loss(at: datetime.datetime) -> object:
        return submit_claim(None, policy_id=policy.pk, claim_type="theft", claim_amount=Decimal(100), incident_date=at)

    cancel_policy(None, policy.pk, effective_at=lapse, reason="non_payment")
    loss(lapse - datetime.timedelta(days=1))
    with pytest.raises(Conflict, match="cancelled from"):
        loss(lapse + datetime.timedelta(days=1))
    reinstate_policy(None, policy.pk, effective_at=again)
    with pytest.raises(Conflict, match="reinstated from") as refused:
        loss(lapse + datetime.timedelta(days=4))
    assert refused.value.code == "not_in_force"
    loss(again)
    for moment, covered in ((lapse - datetime.timedelta(seconds=1), True), (lapse, False), (again, True)):
        assert fresh(policy).is_in_force_at(moment) is covered
        assert Policy.objects.in_force_at(moment).exists() is covered


def test_reinstating_is_refused_when_nothing_is_cancelled_outside_the_gap_and_to_who_may_not() -> None:
    policy = running()
    with pytest.raises(Conflict) as refused:
        reinstate_policy(None, policy.pk)
    assert refused.value.code == "not_allowed_now"
    cancel_policy(None, policy.pk, effective_at=days_into(policy, 50))
    for moment in (days_into(policy, 49), policy.end_date):
        with pytest.raises(Conflict) as refused:
            reinstate_policy(None, policy.pk, effective_at=moment)
        assert refused.value.errors[0].field == "effective_date"
    with pytest.raises(NotAllowed):
        reinstate_policy(adjuster(), policy.pk)


def test_a_cancellation_for_a_day_to_come_covers_until_then() -> None:
    policy = running()
    day = timezone.now() + datetime.timedelta(days=10)
    cancel_policy(None, policy.pk, effective_at=day)
    assert fresh(policy).is_in_force_at(timezone.now())
    assert not fresh(policy).is_in_force_at(day)


def with_a_gap() -> Policy:
    """Cancelled from its 110th day, in force again from its 150th."""
    policy = running()
    cancel_policy(None, policy.pk, effective_at=days_into(policy, 110))
    return reinstate_policy(None, policy.pk, effective_at=days_into(policy, 150))


def test_cover_is_not_ended_within_a_gap() -> None:
    policy = with_a_gap()
    with pytest.raises(Conflict) as refused:
        cancel_policy(None, policy.pk, effective_at=days_into(policy, 130))
    assert (refused.value.code, refused.value.errors[0].field) == ("not_in_force", "effective_date")


@pytest.mark.parametrize(("days", "ended"), [(150, 110), (151, 151)])
def test_cover_that_is_ended_where_a_gap_ends_had_ended_where_it_began(days: int, ended: int) -> None:
    policy = with_a_gap()
    cancel_policy(None, policy.pk, effective_at=days_into(policy, days))
    assert fresh(policy).cancelled_at == days_into(policy, ended) == timeline_of(policy).cancelled_at


def test_a_reading_of_the_past_gives_the_reason_that_was_known_then() -> None:
    policy = running()
    cancel_policy(None, policy.pk, reason="non_payment", effective_at=days_into(policy, 80))
    first = timezone.now()
    reinstate_policy(None, policy.pk)
    between = timezone.now()
    cancel_policy(None, policy.pk, reason="underwriting", effective_at=days_into(policy, 90))
    caller = Caller(underwriter())
    told = [caller.get(f"/policies/{policy.pk}?known_at={quote(at.isoformat())}").data for at in (first, between, timezone.now())]
    assert [(each["status"], each.get("cancellationReason")) for each in told] == [
        ("cancelled", "non_payment"), ("active", None), ("cancelled", "underwriting"),
    ]  # fmt: skip
    page = desk_of(underwriter()).get(f"/admin/policies/policy/{policy.pk}/change/?known={timezone.now():%Y-%m-%d}")
    assert f"Cancelled from {full_instant(days_into(policy, 90))}, underwriting" in words(page)


def test_every_reason_is_known_again_by_its_words() -> None:
    assert len(set(Policy.CancellationReason.labels)) == len(Policy.CancellationReason)


def test_a_flat_cancellation_undoes_what_followed_a_gap() -> None:
    policy = with_a_gap()
    cancel_policy(None, policy.pk, reason="flat")
    assert (fresh(policy).cancelled_at, timeline_of(policy).written) == (policy.start_date, Decimal(0))
