import datetime
import re
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from claims.clocks.calendar import end_of_day
from claims.models import Claim
from claims.services import delete_claim, submit_claim, update_claim
from policies.services import cancel_policy, update_policy
from tests.factories import PolicyFactory, adjuster, policyholder, submitted_claim, supervisor, underwriter
from vanguard.errors import Conflict, Invalid, NotAllowed, NotFound, StaleVersion

pytestmark = pytest.mark.django_db


def notice(**fields: Any) -> dict[str, Any]:
    """What a caller sends for a loss of five days ago."""
    return {
        "claim_type": "theft",
        "claim_amount": Decimal("1500.00"),
        "incident_date": timezone.now() - datetime.timedelta(days=5),
    } | fields


def following(number: str) -> str:
    """The number after this one."""
    series, _, last = number.rpartition("-")
    return f"{series}-{int(last) + 1:06d}"


def test_a_claim_is_filed_with_a_readable_number_its_history_and_its_first_deadline() -> None:
    actor, policy = adjuster(), PolicyFactory.create()
    first = submit_claim(actor, policy_id=policy.pk, **notice())
    second = submit_claim(actor, policy_id=policy.pk, **notice(claim_type="fire"))
    assert re.fullmatch(rf"CLM-{timezone.now().year}-\d{{6}}", first.claim_number)
    assert second.claim_number == following(first.claim_number)
    assert (first.status, first.stage, first.assignee) == ("pending", "triaged", None)
    assert first.due_at == end_of_day(first.reported_date + datetime.timedelta(days=15))
    row = first.transitions.get()
    assert (row.command, row.actor, row.from_status, row.to_status, row.amount) == ("submit", actor, "", "pending", Decimal("1500.00"))


def test_a_number_that_was_chosen_by_hand_is_passed_over() -> None:
    policy = PolicyFactory.create()
    chosen = following(submit_claim(None, policy_id=policy.pk, **notice()).claim_number)
    submit_claim(None, policy_id=policy.pk, claim_number=chosen, **notice(claim_type="fire"))
    submit_claim(None, policy_id=policy.pk, claim_number=following(chosen), **notice(claim_type="hail"))
    assert submit_claim(None, policy_id=policy.pk, **notice(claim_type="wind")).claim_number == following(following(chosen))


def test_a_taken_number_is_refused_and_leaves_nothing() -> None:
    policy = PolicyFactory.create()
    submit_claim(None, policy_id=policy.pk, claim_number="A-1", **notice())
    with pytest.raises(Conflict) as refused:
        submit_claim(None, policy_id=policy.pk, claim_number="A-1", **notice(claim_type="fire"))
    assert (refused.value.code, refused.value.errors[0].field) == ("duplicate", "claim_number")
    assert Claim.objects.count() == 1


@pytest.mark.parametrize(
    ("fields", "field", "code"),
    [
        ({"incident_date": datetime.datetime(2999, 1, 1, tzinfo=datetime.UTC)}, "incident_date", "in_future"),
        ({"reported_date": datetime.datetime(2999, 1, 1, tzinfo=datetime.UTC)}, "reported_date", "in_future"),
        ({"reported_date": datetime.datetime(2001, 1, 1, tzinfo=datetime.UTC)}, "incident_date", "after_reported"),
        ({"claim_amount": Decimal("-0.01")}, "claim_amount", "min_value"),
        ({"claim_amount": Decimal("NaN")}, "claim_amount", "invalid"),
        ({"claim_amount": Decimal("1.005")}, "claim_amount", "max_decimal_places"),
        ({"claim_amount": Decimal("10") ** 30}, "claim_amount", "max_digits"),
        ({"claim_type": ""}, "claim_type", "blank"),
        ({"claim_type": "x" * 51}, "claim_type", "max_length"),
        ({"description": "a\x00b"}, "description", "control_characters"),
        ({"status": "approved"}, "status", "not_a_start"),
    ],
)
def test_a_notice_that_is_wrong_in_itself_names_the_field(fields: dict[str, Any], field: str, code: str) -> None:
    policy = PolicyFactory.create()
    with pytest.raises(Invalid) as refused:
        submit_claim(None, policy_id=policy.pk, **notice(**fields))
    assert (field, code) in [(error.field, error.code) for error in refused.value.errors]
    assert not Claim.objects.exists()


def test_the_first_instant_of_the_period_is_covered_and_the_last_is_not() -> None:
    start = timezone.now() - datetime.timedelta(days=400)
    policy = PolicyFactory.create(start_date=start, end_date=start + datetime.timedelta(days=365))
    submit_claim(None, policy_id=policy.pk, **notice(incident_date=policy.start_date))
    for outside in (policy.end_date, policy.start_date - datetime.timedelta(microseconds=1)):
        with pytest.raises(Conflict) as refused:
            submit_claim(None, policy_id=policy.pk, **notice(incident_date=outside))
        assert (refused.value.code, refused.value.errors[0].field) == ("not_in_force", "incident_date")
        assert policy.policy_number in refused.value.message


def test_policy_starts_at_one_minute_past_midnight_in_los_angeles_so_a_loss_that_evening_belongs_to_the_prior_term() -> None:
    start = datetime.datetime(2026, 1, 1, 8, 1, tzinfo=datetime.UTC)
    prior = PolicyFactory.create(start_date=start - datetime.timedelta(days=365), end_date=start)
    policy = PolicyFactory.create(start_date=start, end_date=start + datetime.timedelta(days=365))
    loss = datetime.datetime(2026, 1, 1, 4, 30, tzinfo=datetime.UTC)
    assert prior.is_in_force_at(loss)
    assert not policy.is_in_force_at(loss)
    with pytest.raises(Conflict):
        submit_claim(None, policy_id=policy.pk, **notice(incident_date=loss))
    assert submit_claim(None, policy_id=prior.pk, **notice(incident_date=loss)).policy == prior


def test_a_loss_after_the_cancellation_took_effect_is_refused_and_one_before_is_not() -> None:
    policy = PolicyFactory.create()
    cancel_policy(underwriter(), policy.pk, effective_at=timezone.now() - datetime.timedelta(days=6))
    with pytest.raises(Conflict, match="cancelled"):
        submit_claim(None, policy_id=policy.pk, **notice())
    assert submit_claim(None, policy_id=policy.pk, **notice(incident_date=timezone.now() - datetime.timedelta(days=7)))


def test_the_policyholder_files_on_the_own_policy_and_finds_no_other() -> None:
    own, other = PolicyFactory.create(), PolicyFactory.create()
    holder = policyholder(own.customer)
    assert submit_claim(holder, policy_id=own.pk, **notice()).policy == own
    for unseen in (other.pk, uuid4()):
        with pytest.raises(NotFound):
            submit_claim(holder, policy_id=unseen, **notice())


def test_an_underwriter_does_not_file_claims() -> None:
    with pytest.raises(NotAllowed):
        submit_claim(underwriter(), policy_id=PolicyFactory.create().pk, **notice())


def test_an_edit_changes_only_what_was_sent_and_is_in_the_history() -> None:
    actor, claim = adjuster(), submitted_claim(description="Burst pipe")
    edited = update_claim(actor, claim.pk, version=claim.version, changes={"claim_amount": Decimal("6000.00")})
    fresh = Claim.objects.get(pk=claim.pk)
    assert (fresh.claim_amount, fresh.description, fresh.version) == (Decimal("6000.00"), "Burst pipe", claim.version + 1)
    assert edited.version == fresh.version
    assert [row.command for row in fresh.transitions.all()] == ["submit", "edit"]


def test_an_edit_of_a_page_that_is_out_of_date_changes_nothing() -> None:
    claim = submitted_claim()
    update_claim(None, claim.pk, version=1, changes={"description": "first"})
    with pytest.raises(StaleVersion):
        update_claim(None, claim.pk, version=1, changes={"description": "second"})
    assert Claim.objects.get(pk=claim.pk).description == "first"


@pytest.mark.parametrize(("field", "value"), [("status", "approved"), ("claim_number", "X"), ("policy_id", uuid4())])
def test_status_number_and_policy_are_not_changed_by_an_edit(field: str, value: object) -> None:
    claim = submitted_claim()
    with pytest.raises(Conflict) as refused:
        update_claim(None, claim.pk, version=1, changes={field: value})
    assert (refused.value.code, refused.value.errors[0].field) == ("use_command", field)
    assert update_claim(None, claim.pk, version=1, changes={field: getattr(claim, field)}).version == 1


def test_only_a_pending_claim_is_deleted_and_by_who_may() -> None:
    claim = submitted_claim()
    with pytest.raises(NotAllowed):
        delete_claim(underwriter(), claim.pk, version=1)
    delete_claim(supervisor(), claim.pk, version=1)
    assert not Claim.objects.exists()


def test_a_policy_with_a_claim_keeps_the_loss_inside_its_period() -> None:
    claim = submitted_claim()
    later = claim.incident_date + datetime.timedelta(days=1)
    with pytest.raises(Conflict) as refused:
        update_policy(None, claim.policy_id, version=1, changes={"start_date": later})
    assert refused.value.code == "claims_outside"


def _broken(**fields: Any) -> dict[str, Any]:
    return fields


@pytest.mark.parametrize(
    "fields",
    [
        _broken(claim_amount=Decimal("-1")),
        _broken(status="paid"),
        _broken(stage="approved"),
        _broken(status="approved", stage="approved"),
        _broken(closed_at=timezone.now(), due_at=None),
        _broken(reported_date=datetime.datetime(2000, 1, 1, tzinfo=datetime.UTC)),
        _broken(proposed_amount=Decimal("1.00")),
        _broken(status="denied", stage="denied", processed_date=timezone.now(), approved_amount=Decimal("1.00")),
    ],
)
def test_the_database_itself_refuses_what_no_claim_can_be(fields: dict[str, Any]) -> None:
    claim = submitted_claim()
    with pytest.raises(IntegrityError), transaction.atomic():
        Claim.objects.filter(pk=claim.pk).update(**fields)
