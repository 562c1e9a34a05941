"""Endorsing: what is booked, what is refused, and reading it as of any moment."""

import datetime
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from claims.services import approve_claim
from claims.services.proving import settlement_of
from policies.events import PremiumBooked
from policies.models import PolicySegment, PolicyVersion
from policies.reading import as_of, cover_at, timeline_of
from policies.rules import Endorsement
from policies.services import approve_endorsement, cancel_policy, delete_policy, endorse_policy, reinstate_policy, update_policy
from policies.services.endorsing import Clashing
from tests.factories import adjuster, started_claim, submitted_claim, underwriter
from tests.policies.booking import booked, day, days_into, fresh, running
from vanguard import events
from vanguard.errors import Conflict, DomainError, Invalid, NotAllowed, NotFound, StaleVersion
from vanguard.ids import new_id

pytestmark = pytest.mark.django_db


def factor(at: str, name: str, value: str) -> Endorsement:
    return Endorsement(factors={name: Decimal(value)}, effective_at=day(at))


def limit(amount: str, at: datetime.datetime | None = None, **more: Any) -> Endorsement:
    return Endorsement({"coverage_amount": Decimal(amount)}, effective_at=at, **more)


@pytest.fixture
def told() -> Iterator[list[PremiumBooked]]:
    """What is told of premium."""
    heard: list[PremiumBooked] = []
    events.on(PremiumBooked)(heard.append)
    yield heard
    events._handlers[PremiumBooked].remove(heard.append)


def test_new_business_is_the_first_version(told: list[PremiumBooked]) -> None:
    policy = booked()
    version = policy.versions.get()
    assert (version.number, version.kind, version.premium_change) == (1, "new_business", Decimal("1200.00"))
    assert (version.effective_at, version.segments.get().premium) == (policy.start_date, Decimal("1200.00"))
    assert [(each.version, each.kind, each.amount) for each in told] == [(1, "new_business", Decimal("1200.00"))]


def test_annual_1200_with_a_rating_factor_and_then_backdated_another(told: list[PremiumBooked]) -> None:
    policy, actor = booked(), underwriter()
    endorse_policy(actor, policy.pk, factor("2025-07-01", "garage", "1.20"))
    endorse_policy(actor, policy.pk, factor("2025-04-01", "roof", "1.10"))
    third = policy.versions.get(number=3)
    assert [segment.premium for segment in third.segments.all()] == [Decimal("295.89"), Decimal("329.10"), Decimal("798.51")]
    assert (third.written_premium, third.premium_change, third.actor) == (Decimal("1423.50"), Decimal("102.51"), actor)
    assert [each.amount for each in told] == [Decimal("1200.00"), Decimal("120.99"), Decimal("102.51")]


def test_out_of_sequence_comes_out_as_in_order() -> None:
    asked = [factor("2025-04-01", "roof", "1.10"), limit("30000.00", day("2025-06-01")), factor("2025-07-01", "garage", "1.20")]
    policies = [booked(), booked()]
    for policy, order in zip(policies, (asked, asked[::-1]), strict=True):
        for each in order:
            endorse_policy(None, policy.pk, each)
    assert timeline_of(policies[0]) == timeline_of(policies[1])
    assert [fresh(policy).premium_amount for policy in policies] == [Decimal("1584.00")] * 2


def test_the_policy_shows_the_terms_that_hold_now_and_changes_when_their_day_comes() -> None:
    policy = running()
    endorse_policy(None, policy.pk, limit("30000.00", days_into(policy, 50)))
    assert fresh(policy).coverage_amount == Decimal("30000.00")
    later = timezone.now() + datetime.timedelta(days=20)
    endorse_policy(None, policy.pk, limit("40000.00", later))
    assert (fresh(policy).coverage_amount, fresh(policy).next_change_at) == (Decimal("30000.00"), later)
    assert cover_at(fresh(policy), later).limit == Decimal("40000.00")


def test_two_that_change_the_same_field_are_shown_and_the_choice_is_the_underwriters() -> None:
    policy = booked()
    endorse_policy(None, policy.pk, Endorsement({"deductible_amount": Decimal("500.00")}, effective_at=day("2025-07-01")))
    asked = Endorsement({"deductible_amount": Decimal("2500.00")}, effective_at=day("2025-04-01"))
    with pytest.raises(Clashing) as refused:
        endorse_policy(None, policy.pk, asked)
    (error,) = refused.value.errors
    assert (refused.value.status, error.field, error.code) == (409, "deductible_amount", "clash")
    assert "500.00" in error.message
    assert "2,500.00" in error.message
    assert fresh(policy).booked_versions == 2
    kept = Endorsement(asked.terms, effective_at=asked.effective_at, keep={"deductible_amount": "later"})
    endorse_policy(None, policy.pk, kept)
    assert [segment.terms.deductible_amount for segment in timeline_of(policy).segments] == [
        Decimal("1000.00"), Decimal("2500.00"), Decimal("500.00"),
    ]  # fmt: skip
    other = booked()
    endorse_policy(None, other.pk, Endorsement({"deductible_amount": Decimal("500.00")}, effective_at=day("2025-07-01")))
    endorse_policy(None, other.pk, Endorsement(asked.terms, effective_at=asked.effective_at, keep={"deductible_amount": "this"}))
    assert [segment.terms.deductible_amount for segment in timeline_of(other).segments] == [Decimal("1000.00"), Decimal("2500.00")]


@pytest.mark.parametrize(
    ("asked", "error", "field", "code"),
    [
        (limit("30000.00", day("2024-12-31")), Conflict, "effective_date", "outside_period"),
        (limit("30000.00", day("2026-01-01")), Conflict, "effective_date", "outside_period"),
        (limit("-1.00", day("2025-02-01")), Invalid, "coverage_amount", "min_value"),
        (limit("0.001", day("2025-02-01")), Invalid, "coverage_amount", "max_decimal_places"),
        (factor("2025-02-01", "roof", "-1.2"), Invalid, "factors.roof", "out_of_range"),
        (factor("2025-02-01", "roof", "0"), Invalid, "factors.roof", "out_of_range"),
        (factor("2025-02-01", "Roof!", "1.2"), Invalid, "factors", "invalid"),
        (factor("2025-02-01", "roof", "NaN"), Invalid, "factors.roof", "out_of_range"),
        (Endorsement(effective_at=day("2025-02-01")), Invalid, "", "required"),
        (limit("25000.00", day("2025-02-01")), Invalid, "", "nothing_changed"),
        (Endorsement({"status": "expired"}, effective_at=day("2025-02-01")), Invalid, "status", "unknown_field"),
        (Endorsement({"policy_type": " "}, effective_at=day("2025-02-01")), Invalid, "policy_type", "blank"),
    ],
)
def test_what_is_wrong_with_an_endorsement_names_its_field(asked: Endorsement, error: type[DomainError], field: str, code: str) -> None:
    policy = booked()
    with pytest.raises(error) as refused:
        endorse_policy(None, policy.pk, asked)
    assert (field, code) in [(each.field, each.code) for each in refused.value.errors]
    assert fresh(policy).version == 1


def test_factors_do_not_carry_a_premium_beyond_what_one_can_be() -> None:
    policy = booked(premium="99999999.99")
    with pytest.raises(Invalid) as refused:
        endorse_policy(None, policy.pk, factor("2025-02-01", "roof", "1.01"))
    assert refused.value.errors[0].field == "factors"


def test_a_set_premium_and_rating_factors_are_not_mixed() -> None:
    policy = booked()
    endorse_policy(None, policy.pk, factor("2025-07-01", "roof", "1.10"))
    with pytest.raises(Conflict) as refused:
        endorse_policy(None, policy.pk, Endorsement({"premium_amount": Decimal("1500.00")}, effective_at=day("2025-08-01")))
    assert (refused.value.code, refused.value.errors[0].field) == ("rated", "premium_amount")


def test_terms_are_corrected_until_more_is_booked_and_endorsed_after_that() -> None:
    policy = booked()
    update_policy(None, policy.pk, version=1, changes={"premium_amount": Decimal("1300.00")})
    update_policy(None, policy.pk, version=2, changes={"start_date": day("2024-12-01")})
    kinds = [(version.kind, version.premium_change) for version in policy.versions.all()]
    assert kinds == [("new_business", Decimal("1200.00")), ("correction", Decimal("100.00")), ("correction", Decimal("0.00"))]
    assert timeline_of(policy).term.starts_at == day("2024-12-01")
    endorse_policy(None, policy.pk, limit("30000.00", day("2025-07-01")))
    with pytest.raises(Conflict) as refused:
        update_policy(None, policy.pk, version=None, changes={"premium_amount": Decimal("1.00")})
    assert (refused.value.code, refused.value.errors[0].field) == ("use_command", "premium_amount")
    update_policy(None, policy.pk, version=None, changes={"coverage_amount": fresh(policy).coverage_amount})


def test_raising_a_limit_from_a_date_before_a_known_loss_takes_a_statement_and_another_person() -> None:
    policy, maker, second = running(), underwriter(), underwriter()
    claim = submitted_claim(policy)
    before = claim.incident_date - datetime.timedelta(days=1)
    ways: list[Callable[[], object]] = [
        lambda: endorse_policy(maker, policy.pk, limit("50000.00", before)),
        lambda: update_policy(maker, policy.pk, version=1, changes={"coverage_amount": Decimal("50000.00")}),
    ]
    for refused_way in ways:
        with pytest.raises(Conflict) as refused:
            refused_way()
        assert (refused.value.code, refused.value.errors[0].field) == ("known_loss", "coverage_amount")
    waits = endorse_policy(maker, policy.pk, limit("50000.00", before, no_known_loss="Signed by the insured today."))
    assert (waits.booked_versions, cover_at(fresh(policy), claim.incident_date).limit) == (1, Decimal("25000.00"))
    with pytest.raises(Conflict) as again:
        endorse_policy(maker, policy.pk, limit("50000.00", before, no_known_loss="Again."))
    assert again.value.code == "waiting"
    with pytest.raises(Conflict) as own:
        approve_endorsement(maker, policy.pk)
    assert own.value.code == "four_eyes"
    approve_endorsement(second, policy.pk)
    assert cover_at(fresh(policy), claim.incident_date).limit == Decimal("50000.00")
    version = policy.versions.get(number=2)
    assert (version.actor, "Signed by the insured today." in version.reason) == (second, True)


def test_after_the_known_loss_a_limit_is_raised_by_one_person() -> None:
    policy = running()
    claim = submitted_claim(policy)
    endorse_policy(underwriter(), policy.pk, limit("50000.00", claim.incident_date + datetime.timedelta(minutes=1)))
    assert cover_at(fresh(policy), claim.incident_date).limit == Decimal("25000.00")
    assert cover_at(fresh(policy), timezone.now()).limit == Decimal("50000.00")


def test_the_policy_is_read_as_effective_then_and_as_known_then() -> None:
    policy = booked("2026-01-01", "2027-01-01")
    known = timezone.now()
    endorse_policy(None, policy.pk, limit("30000.00", day("2026-04-01")))
    policy = fresh(policy)
    then, now = as_of(policy, day("2026-05-01"), known), as_of(policy, day("2026-05-01"), timezone.now())
    assert (then.segment.coverage_amount, then.version.number, then.left_out) == (Decimal("25000.00"), 1, 1)
    assert (now.segment.coverage_amount, now.version.number, now.left_out) == (Decimal("30000.00"), 2, 0)
    assert cover_at(policy, day("2026-05-01"), known).limit == Decimal("25000.00")
    assert as_of(policy, day("2025-01-01"), timezone.now()).in_force is False
    with pytest.raises(NotFound) as unknown:
        as_of(policy, day("2026-05-01"), policy.created_at - datetime.timedelta(days=1))
    assert unknown.value.code == "not_known_yet"


def test_cover_of_a_policy_that_was_booked_once_costs_no_query(django_assert_num_queries: Callable[[int], Any]) -> None:
    policy = running()
    with django_assert_num_queries(0):
        assert cover_at(policy, timezone.now()).in_force


def test_who_may_not_endorse_does_not_and_a_stale_page_does_not() -> None:
    policy = running()
    with pytest.raises(NotAllowed):
        endorse_policy(adjuster(), policy.pk, limit("30000.00"))
    endorse_policy(underwriter(), policy.pk, limit("30000.00"), version=1)
    with pytest.raises(StaleVersion):
        endorse_policy(underwriter(), policy.pk, limit("40000.00"), version=1)


@pytest.mark.parametrize("rows", [PolicyVersion.objects, PolicySegment.objects])
def test_the_database_refuses_to_change_what_was_booked(rows: Any) -> None:
    policy = running()
    field = "reason" if rows.model is PolicyVersion else "policy_type"
    with pytest.raises(DatabaseError), transaction.atomic():
        rows.update(**{field: "other"})
    if connection.vendor == "postgresql":
        with pytest.raises(DatabaseError), transaction.atomic():
            rows.all()._raw_delete(rows.db)
    delete_policy(None, policy.pk, version=1)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM policies_policysegment")
        assert cursor.fetchone() == (0,)


def test_the_database_refuses_segments_that_overlap() -> None:
    segment = PolicySegment.objects.get(version__policy=running())
    segment.pk, segment._state.adding = None, True
    segment.starts_at += datetime.timedelta(days=1)
    segment.pk = new_id()
    with pytest.raises(DatabaseError), transaction.atomic():
        segment.save(force_insert=True)


def test_a_loss_is_settled_on_the_terms_of_its_moment() -> None:
    policy = running()
    claim = submitted_claim(policy, claim_amount=Decimal("90000.00"))
    after = claim.incident_date + datetime.timedelta(days=1)
    endorse_policy(None, policy.pk, Endorsement({"deductible_amount": Decimal("500.00")}, effective_at=after))
    claim.refresh_from_db()
    assert settlement_of(claim).payable == Decimal("24000.00")


def test_money_that_was_approved_is_not_endorsed_away() -> None:
    actor = adjuster()
    claim = approve_claim(actor, started_claim(actor).pk)
    before, after = (claim.incident_date + datetime.timedelta(days=shift) for shift in (-1, 1))
    with pytest.raises(Conflict) as refused:
        endorse_policy(None, claim.policy_id, limit("1500.00", before))
    assert refused.value.code == "claims_above"
    assert endorse_policy(None, claim.policy_id, limit("1500.00", after)).booked_versions == 2


def test_a_policy_cancelled_for_later_is_endorsed_before_and_not_after() -> None:
    policy = running()
    cancel_policy(None, policy.pk, effective_at=days_into(policy, 300))
    endorse_policy(None, policy.pk, limit("30000.00", days_into(policy, 200)))
    with pytest.raises(Conflict) as refused:
        endorse_policy(None, policy.pk, limit("40000.00", days_into(policy, 301)))
    assert refused.value.code == "not_in_force"
    reinstate_policy(None, policy.pk)
    assert endorse_policy(None, policy.pk, limit("40000.00", days_into(policy, 301))).status == "active"
